"""Risk words by their sound: a second reading for homophones (自鲨) and pinyin (遗shu), and for nothing else.

Each character of the table in data/lexicon/homophones.tsv becomes the sign of its syllable, and so does a Latin
word that is pinyin; one pass then finds every risk word that sounds the same but is written otherwise. Tones do not
count. A short word may differ in one character only, so that everyday words keep their own meaning.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ahocorasick

from core.errors import ContentError
from nlu.lexicon_files import LexiconFile

HOMOPHONES = "homophones.tsv"
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z]+")
_SIGNS = 0xE000  # the private use area: no text holds these after folding
_MOST_LETTERS = 24
_PAIR, _TRIPLE = 2, 3
_ONESELF = "自己"
_LEAST_LETTERS = 5
_MOST_WORDS = 4096


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of the text and the risk word it sounds like."""

    start: int
    end: int
    word: str


def sounding_words(content: LexiconFile, files: Mapping[Path, LexiconFile]) -> tuple[set[str], frozenset[str]]:
    """Return the words of one file's `sounds` that are found by ear, and the everyday words left alone."""
    if content.sounds is None:
        return set(), frozenset()
    wanted = set(content.sounds.categories)
    listed = (word for one in files.values() for t in one.terms if t.category in wanted for word in t.words)
    words = {word for word in listed if len(word) >= _TRIPLE and _HAN.fullmatch(word)}
    words -= {word for word in words if len(word) == _TRIPLE and word.endswith(_ONESELF)}  # 介绍自己 is not 烧自己
    return words | set(content.sounds.words), frozenset(content.sounds.everyday)


def read_homophones(path: Path) -> dict[str, str]:
    """Return the characters of each syllable.

    Raises:
        ContentError: A row is not a syllable and its characters.
    """
    table: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
            if number == 1:
                continue
            if len(row) != _PAIR or not _LATIN.fullmatch(row[0]):
                problem = "A row is a syllable, a tab and its characters."
                raise ContentError(path, number, problem, "Write the table again: python -m nlu.make_homophones")
            table[row[0]] = row[1]
    return table


class Ear:
    """Finds risk words by their sound."""

    def __init__(self, table: Mapping[str, str], words: Iterable[str], everyday: frozenset[str]) -> None:
        """Index the words that the table can spell."""
        signs = {syllable: chr(_SIGNS + number) for number, syllable in enumerate(table)}
        self._signs = signs
        self._sign_of = {ord(char): signs[syllable] for syllable, chars in table.items() for char in chars}
        self._everyday = everyday
        self._spelled = functools.lru_cache(maxsize=_MOST_WORDS)(self._syllables)
        self._longest = max((len(syllable) for syllable in signs), default=0)
        self._automaton = ahocorasick.Automaton()
        by_sound: dict[str, list[str]] = {}
        for word in sorted(words):
            if all(ord(char) in self._sign_of for char in word):
                by_sound.setdefault(word.translate(self._sign_of), []).append(word)
        for sound, alike in by_sound.items():
            self._automaton.add_word(sound, (len(sound), tuple(alike)))
        self._ready = bool(by_sound)
        if self._ready:
            self._automaton.make_automaton()

    def hear(self, text: str) -> list[Heard]:
        """Return what sounds like a risk word and is written otherwise, in order, without overlaps."""
        if not self._ready:
            return []
        sound, places = self._spell(text)
        found: list[Heard] = []
        for last, (length, words) in self._automaton.iter(sound):
            first = last + 1 - length
            start = first if places is None else places[first][0]
            end = last + 1 if places is None else places[last][1]
            piece = text[start:end]
            if piece in words:
                continue
            chars = piece if places is None else [text[s:e] for s, e in places[first : last + 1]]
            word = next((one for one in words if self._is_meant(chars, one)), None)
            if word is not None and not self._is_everyday(text, start, end):
                while found and found[-1].end > start and found[-1].end - found[-1].start < end - start:
                    found.pop()
                if not found or found[-1].end <= start:
                    found.append(Heard(start, end, word))
        return found

    def _spell(self, text: str) -> tuple[str, Sequence[tuple[int, int]] | None]:
        sound = text.translate(self._sign_of)
        if _LATIN.search(text) is None:
            return sound, None
        pieces: list[str] = []
        places: list[tuple[int, int]] = []
        done = 0
        for match in _LATIN.finditer(text):
            syllables = self._spelled(match.group())
            if syllables is None:
                continue
            start = match.start()
            upto = start - 1 if start > done and text[start - 1] == " " else start
            pieces.append(sound[done:upto])
            places.extend((at, at + 1) for at in range(done, upto))
            for syllable in syllables:
                pieces.append(self._signs[syllable])
                places.append((start, start + len(syllable)))
                start += len(syllable)
            done = start
        pieces.append(sound[done:])
        places.extend((at, at + 1) for at in range(done, len(text)))
        return "".join(pieces), places

    def _syllables(self, word: str) -> list[str] | None:
        """Split a Latin word into syllables of the table, the longest first; None when it is no pinyin."""
        if len(word) > _MOST_LETTERS:
            return None
        if not word:
            return []
        for size in range(min(self._longest, len(word)), 0, -1):
            if word[:size] in self._signs:
                rest = self._syllables(word[size:])
                if rest is not None:
                    return [word[:size], *rest]
        return None

    @staticmethod
    def _is_meant(chars: Sequence[str], word: str) -> bool:
        same = sum(char == own for char, own in zip(chars, word, strict=True))
        latin = [char for char in chars if char.isascii()]
        if len(latin) == len(chars):
            return sum(map(len, latin)) >= _LEAST_LETTERS
        if len(word) <= _TRIPLE:
            return same >= len(word) - 1 or (len(latin) + same == len(word) and same > 0)
        return same * 2 >= len(word)

    def _is_everyday(self, text: str, start: int, end: int) -> bool:
        around = text[max(start - 2, 0) : end + 2]
        return any(word in around for word in self._everyday)
