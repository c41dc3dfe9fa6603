"""Training the second reader: `python -m nlu.reader.train`, the same files giving the same weights.

Thresholds are chosen on situations that the measuring model never saw; the weights that are kept then learn from all.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.risk import Level
from nlu.lexicon import load_lexicon
from nlu.reader.features import Slots, Weights, features_of, windows_of
from nlu.reader.fit import fit
from nlu.reader.material import Line, fingerprint, is_english, read_lines, read_ordinary, variants
from nlu.reader.model import FACTS_FILE, HEADS, WEIGHTS_FILE, Model, write_model
from nlu.reader.reader import Thresholds
from nlu.triage.engine import TriageEngine

_FOLDS = 5
_COMPACT = re.compile(r"\[\s+(\d+),\s+(\d+)\s+\]")
_SEED_PREFIX = "seeds:"
_CURVE = (500, 1_000, 2_000)
_LEAST_LIFTING = -0.7
"""Odds of one to two: however few the messages beside a rule, less never lifts."""
_ORDINARY_TRUST_IN_L1 = 0.5

Floats = NDArray[np.float32]
Features = tuple[Slots, Weights]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The shares of harmless messages that thresholds may let through, on messages never learned from."""

    graded_strongly: float
    ordinary_strongly: float = 0.015
    graded_worried: float = 0.15
    ordinary_worried: float = 0.08
    lifted: float = 0.05


_BOUNDS = {"zh": Bounds(graded_strongly=0.04), "en": Bounds(graded_strongly=0.025)}
"""Stricter in English, whose ordinary messages kept apart are short: they alone would let longer ones through."""


class Trainer:
    """Holds the material with its features, which every fold uses again."""

    def __init__(self, data: Path) -> None:
        """Read the material and see it as the reader will."""
        lexicon = load_lexicon(data / "lexicon")
        engine, self._normaliser = TriageEngine(lexicon), lexicon.normaliser
        self._known: dict[str, Features] = {}
        self.lines = read_lines(data)
        self.ordinary = read_ordinary(data, engine, held_back=False)
        self.apart = read_ordinary(data, engine, held_back=True)
        self.rules = [engine.assess(line.text).level for line in self.lines]

    def fit(self, lines: Sequence[Line]) -> Model:
        """Return the model that these lines, the ordinary ones and variants of both give."""
        material = [*lines, *self.ordinary]
        material += variants(lines, self.ordinary)
        wanted = np.array([[line.level >= head for head in range(1, HEADS + 1)] for line in material], np.float32)
        trust = np.array([[line.trust] * HEADS for line in material], np.float32)
        trust[[line.ordinary for line in material], 0] *= _ORDINARY_TRUST_IN_L1
        return fit([self._features(line.text) for line in material], wanted, trust)

    def scores(self, model: Model, lines: Sequence[Line]) -> Floats:
        """Return what the heads say of whole messages: each head's highest window."""
        return np.array([self._score(model, line.text) for line in lines], np.float32).reshape(-1, HEADS)

    def _score(self, model: Model, text: str) -> Floats:
        plain = self._normaliser.normalise(text).text
        windows = [model.scores_of(plain[one.start : one.end]) for one in windows_of(plain)]
        best: Floats = np.max(windows, axis=0) if windows else np.full(HEADS, -9, np.float32)
        return best

    def _features(self, text: str) -> Features:
        if text not in self._known:
            self._known[text] = features_of(self._normaliser.normalise(text).text or " ")
        return self._known[text]


def fold_of(situation: str) -> int:
    """Return in which part of the material a situation is held out."""
    return zlib.crc32(f"f{situation}".encode()) % _FOLDS


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of messages whose situation the model never saw, and of ordinary messages apart."""

    lines: Sequence[Line]
    rules: NDArray[np.int64]
    scores: Floats
    apart: Sequence[Line]
    ordinary: Floats

    def part(self, *, english: bool) -> HeldOut:
        """Return the messages in one language."""
        keep = np.array([is_english(line.text) is english for line in self.lines])
        kept = np.array([is_english(line.text) is english for line in self.apart])
        lines = [line for line, yes in zip(self.lines, keep, strict=True) if yes]
        apart = [line for line, yes in zip(self.apart, kept, strict=True) if yes]
        folds = len(self.ordinary) // len(self.apart)
        return HeldOut(lines, self.rules[keep], self.scores[keep], apart, self.ordinary[np.tile(kept, folds)])

    @property
    def levels(self) -> NDArray[np.int64]:
        """Return the levels that people gave."""
        return np.array([int(line.level) for line in self.lines])


def hold_out(trainer: Trainer, most: int | None = None) -> HeldOut:
    """Return the scores of each situation by a model that learned from the other folds alone."""
    graded = [i for i, line in enumerate(trainer.lines) if not line.situation.startswith(_SEED_PREFIX)]
    seeds = [line for line in trainer.lines if line.situation.startswith(_SEED_PREFIX)]
    order: list[int] = []
    scores: list[Floats] = []
    ordinary: list[Floats] = []
    for fold in range(_FOLDS):
        learn = [trainer.lines[i] for i in graded if fold_of(trainer.lines[i].situation) != fold]
        learn.sort(key=lambda line: (zlib.crc32(line.situation.encode()), line.text))
        held = [i for i in graded if fold_of(trainer.lines[i].situation) == fold]
        model = trainer.fit(learn[:most] + (seeds if most is None else []))
        order += held
        scores.append(trainer.scores(model, [trainer.lines[i] for i in held]))
        ordinary.append(trainer.scores(model, trainer.apart))
    rules = np.array([int(trainer.rules[i]) for i in order])
    return HeldOut(
        [trainer.lines[i] for i in order], rules, np.concatenate(scores), trainer.apart, np.concatenate(ordinary)
    )


def choose(held: HeldOut, bounds: Bounds) -> Thresholds:
    """Return the lowest thresholds that keep every bound."""
    harmless = held.levels == Level.L0
    mild = held.levels <= Level.L2
    beside = mild & (held.rules >= Level.L1) & (held.rules <= Level.L2)

    def above(head: int, graded: float, ordinary: float) -> float:
        at = np.quantile(held.scores[harmless, head], 1 - graded)
        return round(float(max(at, np.quantile(held.ordinary[:, head], 1 - ordinary))), 3)

    strongly = above(1, bounds.graded_strongly, bounds.ordinary_strongly)
    worried = above(0, bounds.graded_worried, bounds.ordinary_worried)
    lifted = float(np.quantile(held.scores[beside, 2], 1 - bounds.lifted)) if beside.any() else 0.0
    return Thresholds(worried=worried, strongly=strongly, lifts=round(max(lifted, _LEAST_LIFTING), 3))


def figures(held: HeldOut, at: Thresholds) -> dict[str, list[int]]:
    """Return recall and false alarms of the reader alone on situations held out: how many of how many."""
    strong, worried = held.scores[:, 1] > at.strongly, held.scores[:, 0] > at.worried
    either = strong | worried
    risk, harmless, mild = held.levels >= Level.L2, held.levels == Level.L0, held.levels == Level.L1
    ordinary = held.ordinary[:, 1] > at.strongly

    def share(of: NDArray[np.bool_], among: NDArray[np.bool_]) -> list[int]:
        return [int((of & among).sum()), int(among.sum())]

    return {
        "L2+ as L2": share(strong, risk),
        "L2+ as L1 or L2": share(either, risk),
        "L2+ as L2, rules too": share(strong | (held.rules >= Level.L2), risk),
        "L1 as L2": share(strong, mild),
        "L0 as L2": share(strong, harmless),
        "L0 as L1 or L2": share(either, harmless),
        "ordinary as L2": [int(ordinary.sum()), len(ordinary)],
        "ordinary as L1 or L2": [int((ordinary | (held.ordinary[:, 0] > at.worried)).sum()), len(ordinary)],
    }


def measure(held: HeldOut) -> tuple[dict[str, object], dict[str, object]]:
    """Return thresholds and figures by language."""
    thresholds: dict[str, object] = {}
    found: dict[str, object] = {}
    for name, english in (("zh", False), ("en", True)):
        part = held.part(english=english)
        at = choose(part, _BOUNDS[name])
        thresholds[name] = {"worried": at.worried, "strongly": at.strongly, "lifts": at.lifts}
        found[name] = figures(part, at)
    return thresholds, found


def train(data: Path, *, curve: bool) -> dict[str, object]:
    """Measure, choose thresholds, learn from everything, write the weights, and return the facts."""
    trainer = Trainer(data)
    thresholds, found = measure(hold_out(trainer))
    facts: dict[str, object] = {
        "files": fingerprint(data),
        "thresholds": thresholds,
        "lines": len(trainer.lines),
        "ordinary lines": len(trainer.ordinary),
        "held out": found,
    }
    if curve:
        facts["curve"] = {str(most): measure(hold_out(trainer, most))[1] for most in _CURVE}
    write_model(trainer.fit(trainer.lines), data / "triage" / WEIGHTS_FILE)
    return facts


def main() -> None:
    """Train, and say how well the reader does on situations it did not see."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--curve", action="store_true", help="measure with 500, 1,000 and 2,000 sentences too")
    options = parser.parse_args()
    begun = time.perf_counter()
    facts = train(options.data, curve=options.curve)
    path = options.data / "triage" / FACTS_FILE
    path.write_text(_COMPACT.sub(r"[\1, \2]", json.dumps(facts, indent=1, ensure_ascii=False)) + "\n", encoding="utf-8")
    sys.stdout.write(path.read_text(encoding="utf-8") + f"{time.perf_counter() - begun:.0f} s\n")


if __name__ == "__main__":
    main()
