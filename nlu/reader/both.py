"""The rules and the second reader together, in the form in which triage is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.risk import NO_HISTORY, TriageHistory, TriageResult
from nlu.lexicon import load_lexicon
from nlu.normalise import Normaliser
from nlu.reader.reader import SecondReader
from nlu.triage.engine import TriageEngine

_PIECE = 1_500


class BothReaders:
    """Asks the rules first; what the second reader adds may only raise their level."""

    def __init__(self, engine: TriageEngine, normaliser: Normaliser, second: SecondReader | None) -> None:
        """Take the rules, the normaliser of their lexicon, and the second reader; None leaves the rules alone."""
        self._engine = engine
        self._normaliser = normaliser
        self._second = second

    @property
    def has_second_reader(self) -> bool:
        """Tell whether trained weights were found."""
        return self._second is not None

    def assess(self, text: str, history: TriageHistory = NO_HISTORY) -> TriageResult:
        """Return what this message means after what came before it."""
        result = self._engine.assess(text, history)
        if self._second is None:
            return result
        found = [
            self._second.read(self._normaliser.normalise(piece), result, offset) for offset, piece in _pieces(text)
        ]
        return max(found, key=lambda one: one.level)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield a text, or the beginning and the end of a very long one: the rules alone read what lies between."""
    if len(text) <= 2 * _PIECE:
        yield 0, text
        return
    yield 0, text[:_PIECE]
    yield len(text) - _PIECE, text[-_PIECE:]


def load_both(data: Path) -> BothReaders:
    """Return the rules of `data/lexicon` with the second reader of `data/triage`, or alone where it has no weights.

    Raises:
        ContentErrors: A file of the lexicon is wrong.
    """
    lexicon = load_lexicon(data / "lexicon")
    return BothReaders(TriageEngine(lexicon), lexicon.normaliser, SecondReader.load(data / "triage"))
