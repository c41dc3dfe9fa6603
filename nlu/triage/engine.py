"""The rules' verdict on a message: level, domains, whose risk it is, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from core.risk import (
    NO_HISTORY,
    NOTHING_FOUND,
    Domain,
    Evidence,
    Level,
    Subject,
    TriageHistory,
    TriageResult,
)
from nlu.lexicon import Lexicon, load_lexicon
from nlu.lexicon_files import CombinationEntry
from nlu.triage.answers import Answer, read_answer
from nlu.triage.reading import Clue, Reader, Reading
from nlu.triage.victim import DONE_TO_SOMEBODY, speaks_as_victim

_OWN_LIFE = frozenset({Domain.SUICIDE, Domain.SELF_HARM, Domain.OVERDOSE})
_SHORT = 16
_MOST_PIECES = 3
_EARLIER_TURNS = 6
_MOST_EVIDENCE = 16
_MODIFIERS = ("minor", "perinatal_state", "alcohol_now", "just_discharged")
_CONTEXT_TEXT = 400


class TriageEngine:
    """Decides how urgent a person's response to a message must be; pure, in process, no network."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Index the lexicon's rules once; an engine may be shared by threads."""
        self._reader = Reader(lexicon)
        self._combinations = [
            (entry, [frozenset(names.split("|")) for names in entry.all_of]) for entry in lexicon.combinations
        ]
        self._modified = frozenset(name for name, kind in lexicon.kinds.items() if kind.modified)

    def assess(self, text: str, history: TriageHistory = NO_HISTORY) -> TriageResult:
        """Return what this message means after what came before it.

        The level is this message's own, read in context; the caller keeps the episode's maximum.
        """
        reading = self._reader.read(text)
        earlier = self._earlier(history) if history.turns else []
        signals = reading.signals.union(*(one.signals for one in earlier))
        clues = [*reading.clues, *self._combined(reading, signals)]
        if earlier:
            clues += self._joined(reading, history)
        result = self._verdict(clues, signals, reading.normalised.text)
        answer = self._answer(text, reading, history)
        return result if answer is None else _lifted(result, answer, text, history)

    def _earlier(self, history: TriageHistory) -> list[Reading]:
        said = [turn.text[-_CONTEXT_TEXT:] for turn in history.turns if turn.by_citizen and turn.text]
        return [self._reader.read(text) for text in said[-_EARLIER_TURNS:]]

    def _joined(self, reading: Reading, history: TriageHistory) -> list[Clue]:
        """Read a short message together with those just before it: 我把药 / 都吃了."""
        if not history.turns or not history.turns[-1].by_citizen or len(reading.normalised.text) > _SHORT:
            return []
        pieces = _latest_pieces(history)
        raw = reading.normalised.raw
        alone = {clue.evidence.rule: clue.evidence.level for clue in reading.clues}
        found: dict[str, Clue] = {}
        for prefix in dict.fromkeys(
            glue.join(pieces[start:]) + glue for glue in ("", "，") for start in range(len(pieces))
        ):
            for clue in self._reader.read(prefix + raw).clues:
                evidence = clue.evidence
                if evidence.end <= len(prefix) or evidence.level <= alone.get(evidence.rule, Level.L0):
                    continue
                start = max(evidence.start - len(prefix), 0)
                end = evidence.end - len(prefix)
                own = Evidence(raw[start:end], evidence.rule, start, end, evidence.level)
                found[evidence.rule] = Clue(own, clue.domain, clue.subject, clue.kind, clue.signal)
        return list(found.values())

    def _combined(self, reading: Reading, signals: frozenset[str]) -> Iterable[Clue]:
        for entry, wanted in self._combinations:
            if any(names.isdisjoint(signals) for names in wanted):
                continue
            if not signals.isdisjoint(entry.none_of):
                continue
            if not any(names & reading.signals for names in wanted):
                continue
            yield self._combination_clue(entry, reading)

    def _combination_clue(self, entry: CombinationEntry, reading: Reading) -> Clue:
        names = {name for alternatives in entry.all_of for name in alternatives.split("|")}
        spans = [
            (clue.evidence.start, clue.evidence.end)
            for clue in reading.clues
            if {clue.signal, clue.kind, clue.evidence.rule} & names
        ]
        start = min((s for s, _ in spans), default=0)
        end = max((e for _, e in spans), default=len(reading.normalised.raw))
        evidence = Evidence(reading.normalised.raw[start:end], entry.id, start, end, entry.level)
        return Clue(evidence, entry.domain, Subject.UNKNOWN, "combination", None)

    def _answer(self, text: str, reading: Reading, history: TriageHistory) -> Answer | None:
        if not history.turns or history.turns[-1].by_citizen:
            return None
        return read_answer(text, reading.signals, history.turns[-1].text, history)

    def _verdict(self, clues: Sequence[Clue], signals: frozenset[str], text: str) -> TriageResult:
        clues = [clue for clue in clues if clue.evidence.level > Level.L0]
        if not clues:
            return NOTHING_FOUND
        ranked = sorted(clues, key=lambda clue: (-clue.evidence.level, clue.evidence.start))
        level = ranked[0].evidence.level
        evidence = tuple(clue.evidence for clue in ranked[:_MOST_EVIDENCE])
        domains = tuple(dict.fromkeys(clue.domain for clue in ranked if clue.domain is not None))
        subject = _subject(ranked, level, text)
        modifier = next((name for name in _MODIFIERS if name in signals), None)
        lead = ranked[0]
        if level is Level.L2 and modifier and lead.kind in self._modified and subject is not Subject.OTHER:
            raised = Evidence(
                lead.evidence.quote, f"modifier.{modifier}", lead.evidence.start, lead.evidence.end, Level.L3
            )
            level, evidence = Level.L3, (raised, *evidence)
        return TriageResult(level, domains, subject, evidence)


def _latest_pieces(history: TriageHistory) -> list[str]:
    """Return the ends of the citizen's latest messages in a row; earlier ones only if they are short, too."""
    pieces: list[str] = []
    for turn in reversed(history.turns):
        if not turn.by_citizen or len(pieces) == _MOST_PIECES or (pieces and len(turn.text) > _SHORT):
            break
        if turn.text:
            pieces.insert(0, turn.text[-2 * _SHORT :])
    return pieces


def _subject(ranked: Sequence[Clue], level: Level, text: str) -> Subject:
    """Return whose risk the highest evidence is about; somebody's own comes before another's."""
    leading = [clue for clue in ranked if clue.evidence.level is level]
    # Who wants to die counts before whose circumstances are told: 老伴走了，活着没意思.
    leading = [clue for clue in leading if clue.domain in _OWN_LIFE] or leading
    subjects = {clue.subject for clue in leading}
    if Subject.SELF in subjects:
        return Subject.SELF
    if Subject.OTHER not in subjects:
        return Subject.UNKNOWN
    if all(clue.domain in DONE_TO_SOMEBODY for clue in leading) and speaks_as_victim(text):
        return Subject.SELF
    return Subject.OTHER


def _lifted(result: TriageResult, answer: Answer, text: str, history: TriageHistory) -> TriageResult:
    if answer.level <= result.level:
        return result
    evidence = Evidence(text, answer.rule, 0, len(text), answer.level)
    domains = history.domains or (Domain.SUICIDE,)
    return TriageResult(answer.level, domains, Subject.SELF, (evidence,)).joined(result)


def load_engine(data: Path) -> TriageEngine:
    """Return an engine over `data/lexicon`.

    Raises:
        ContentErrors: A file of the lexicon is wrong.
    """
    return TriageEngine(load_lexicon(data / "lexicon"))
