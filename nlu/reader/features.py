"""What the second reader sees of a text: its windows, and in each window hashed pieces of words.

Chinese is seen in runs of one to four characters, what is written in Latin letters in words, pairs and
triples of words, and runs of four and five letters. Every piece falls in one of `SLOTS` slots.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SLOTS = 1 << 16
WINDOW = 160
"""The most characters of normalised text that are judged together."""
MOST_WINDOWS = 24
_LATIN = 128
_CJK_RUNS = (1, 2, 3, 4)
_LATIN_RUNS = (4, 5)
_WORD_RUNS = (1, 2, 3)
_NUMBERS = str.maketrans("123456789", "000000000")
_WORD = re.compile(r"[a-z]+|0+|[。，]")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(32)

Slots = NDArray[np.int64]
Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of normalised text that is judged on its own."""

    start: int
    end: int


def windows_of(text: str) -> Sequence[Window]:
    """Return the pieces of a text to be judged: all of a short one, overlapping sentences of a longer one.

    The number is bounded: of a text beyond all measure its beginning and its end are read.
    """
    if len(text) <= WINDOW:
        return [Window(0, len(text))] if text else []
    found: list[Window] = []
    start = 0
    half = MOST_WINDOWS // 2
    while start < len(text) and len(found) < half:
        window = _window_from(text, start)
        found.append(window)
        if window.end >= len(text):
            return found
        start = max(_cut(text, window.start + WINDOW // 3, window.start + WINDOW * 2 // 3), window.start + 1)
    tail = max(start, len(text) - half * WINDOW // 2)
    while len(found) < MOST_WINDOWS:
        window = _window_from(text, tail)
        found.append(window)
        if window.end >= len(text):
            return found
        tail = max(_cut(text, window.start + WINDOW // 3, window.start + WINDOW * 2 // 3), window.start + 1)
    found[-1] = Window(len(text) - WINDOW, len(text))
    return found


def _window_from(text: str, start: int) -> Window:
    if start + WINDOW >= len(text):
        return Window(start, len(text))
    return Window(start, _cut(text, start + WINDOW * 2 // 3, start + WINDOW))


def _cut(text: str, low: int, high: int) -> int:
    """Return where to part a text between two places: after a sentence, else after a clause, else at a space."""
    for sign in "。，":
        at = text.rfind(sign, low, high)
        if at >= 0:
            return at + 1
    at = text.rfind(" ", low, high)
    return at + 1 if at >= 0 else high


def features_of(text: str) -> tuple[Slots, Weights]:
    """Return the slots that a piece of normalised text fills, and how much each counts (length 1 together)."""
    text = text.translate(_NUMBERS)
    hashes = [*_runs(text), _words(text)]
    slots, counts = np.unique(np.concatenate(hashes), return_counts=True)
    weights = (1.0 + np.log(counts)).astype(np.float32)
    norm = float(np.sqrt(np.dot(weights, weights)))
    return slots, weights / max(norm, 1.0)


def _runs(text: str) -> list[Slots]:
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    latin = np.concatenate(([0], np.cumsum(codes < _LATIN)))
    rolled = np.zeros(len(codes), dtype=np.uint64)
    found: list[Slots] = []
    for length in range(1, max(_LATIN_RUNS) + 1):
        if length > len(codes):
            break
        rolled = rolled[: len(codes) - length + 1] * _MULTIPLIER + codes[length - 1 :] + np.uint64(length)
        all_latin = latin[length:] - latin[:-length] == length
        keep = np.zeros(len(rolled), dtype=bool)
        if length in _CJK_RUNS:
            keep |= ~all_latin
        if length in _LATIN_RUNS:
            keep |= all_latin
        found.append(_slots(rolled[keep]))
    return found


def _words(text: str) -> Slots:
    words = _WORD.findall(text)
    if len(words) > 0 and not any(word.isascii() for word in words):
        return np.empty(0, dtype=np.int64)
    codes = np.array([zlib.crc32(word.encode()) for word in words], dtype=np.uint64)
    rolled = np.zeros(len(codes), dtype=np.uint64)
    found: list[NDArray[np.uint64]] = []
    for length in _WORD_RUNS:
        if length > len(codes):
            break
        rolled = rolled[: len(codes) - length + 1] * _MULTIPLIER + codes[length - 1 :] + np.uint64(length + 16)
        found.append(rolled)
    return _slots(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)


def _slots(hashes: NDArray[np.uint64]) -> Slots:
    mixed = (hashes ^ (hashes >> _SHIFT)) * _MULTIPLIER
    mixed ^= mixed >> _SHIFT
    return (mixed & np.uint64(SLOTS - 1)).astype(np.int64)
