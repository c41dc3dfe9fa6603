"""What the second reader makes of one message, beside what the rules found."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.risk import Evidence, Level, TriageResult
from nlu.normalise import Normalised
from nlu.reader.features import Window, windows_of
from nlu.reader.model import FACTS_FILE, HEADS, WEIGHTS_FILE, Floats, Model, read_model

WORRIED = "reader.worried"
STRONGLY = "reader.strongly"
LIFTS = "reader.lifts"
_SHORTEST = 4
_CJK = re.compile("[\u3400-\u9fff]")
_QUOTED = 60
"""A window longer than this is quoted by the sentence in it that weighs most."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The log odds above which a head counts.

    Attributes:
        worried: Of at least L1: the message is asked about gently.
        strongly: Of at least L2.
        lifts: Of at least L3, where a rule stands beside it.
    """

    worried: float
    strongly: float
    lifts: float


class SecondReader:
    """Reads for what has no keyword; may raise the rules' level, and never lowers it."""

    def __init__(self, model: Model, chinese: Thresholds, english: Thresholds) -> None:
        """Take trained weights and the thresholds chosen for them; a text with a Chinese character is Chinese."""
        self._model = model
        self._chinese = chinese
        self._english = english

    @classmethod
    def load(cls, folder: Path) -> SecondReader | None:
        """Return the reader whose weights are in a folder; None where there are none."""
        weights, facts = folder / WEIGHTS_FILE, folder / FACTS_FILE
        if not weights.is_file() or not facts.is_file():
            return None
        thresholds = json.loads(facts.read_text(encoding="utf-8"))["thresholds"]
        return cls(read_model(weights), Thresholds(**thresholds["zh"]), Thresholds(**thresholds["en"]))

    def read(self, normalised: Normalised, rules: TriageResult, offset: int = 0) -> TriageResult:
        """Return the rules' finding, raised where the model sees more; `offset` is where in the message this begins."""
        if rules.level >= Level.L3 or not _has_words(normalised.text):
            return rules
        windows = windows_of(normalised.text)
        scores = np.array([self._score(normalised.text, one) for one in windows]).reshape(-1, HEADS)
        highest = scores.max(axis=0)
        at = self._chinese if _CJK.search(normalised.text) else self._english
        if highest[1] > at.strongly:
            lifted = rules.level in (Level.L1, Level.L2) and highest[2] > at.lifts
            rule, level, head = (LIFTS, Level.L3, 2) if lifted else (STRONGLY, Level.L2, 1)
        elif highest[0] > at.worried:
            rule, level, head = WORRIED, Level.L1, 0
        else:
            return rules
        if level <= rules.level:
            return rules
        quote, start, end = self._quote(normalised, windows[int(scores[:, head].argmax())], head)
        found = Evidence(quote, rule, start + offset, end + offset, level)
        return TriageResult(level, rules.domains, rules.subject, (found, *rules.evidence))

    def _score(self, text: str, window: Window) -> Floats:
        return self._model.scores_of(text[window.start : window.end])

    def _quote(self, normalised: Normalised, window: Window, head: int) -> tuple[str, int, int]:
        sentences = _sentences(normalised.text, window)
        best = max(sentences, key=lambda one: float(self._score(normalised.text, one)[head]))
        start, end = normalised.raw_span(best.start, best.end)
        return normalised.raw[start:end], start, end


def _has_words(text: str) -> bool:
    """Tell whether there is something to read: not a number, a sign or a mere word or two."""
    return sum(char.isalpha() for char in text) >= _SHORTEST


def _sentences(text: str, window: Window) -> Sequence[Window]:
    """Return the sentences of a window, or its clauses where it is one sentence; a short one stays whole."""
    if window.end - window.start <= _QUOTED:
        return [window]
    for sign in "。，":
        found: list[Window] = []
        start = window.start
        while start < window.end:
            stop = text.find(sign, start, window.end)
            end = window.end if stop < 0 else stop
            if end - start >= _SHORTEST:
                found.append(Window(start, end))
            start = end + 1
        if len(found) > 1:
            return found
    return [window]
