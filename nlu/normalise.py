"""A message as the rules read it, with a way back from every character to the citizen's own.

Folding (NFKC, small letters, traditional to simplified, invisible characters, emoji) works character
by character; then punctuation becomes one comma or full stop, disguised words are joined again, and the
variants of data/lexicon (homophones, abbreviations, pinyin, Cantonese) are put in plain words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import ahocorasick
from opencc import OpenCC

from nlu.sounds import Ear, Heard

_CJK = "\u3400-\u9fff\U00020000-\U0002ffff"
_IS_CJK = re.compile(f"[{_CJK}]")
_STOPS = frozenset("。.!！?？;；\n\r")
_COMMAS = frozenset(' \t，,、:：~～…-—–/\\()（）[]【】{}<>《》“”"「」『』﹏。')
_INSERTED = frozenset("*·•_|+^=＊×∙・")
_SIGN = "\x1f"  # what an inserted sign is until its neighbours are known; folding leaves no other
_DROPPED = frozenset("'’‘`´")  # don't and dont are one word
_CHANGED_BY_PHRASE = {"著": "着", "乾": "干", "瞭": "了", "妳": "你", "祂": "他", "牠": "它", "喫": "吃"}
_ZWJ_LIKE = frozenset(["Cf", "Mn", "Me", "Cs", "Co"])


@dataclass(frozen=True, slots=True)
class Variant:
    """A disguised spelling and what it stands for.

    Attributes:
        pattern: Matches folded text; the group `x`, or the whole match, is replaced.
        to: The plain word.
        hints: The pattern is tried only where one of these strings occurs.
    """

    pattern: re.Pattern[str]
    to: str
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Normalised:
    """Plain text for matching, and for each of its characters the piece of raw text it came from."""

    raw: str
    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the raw text of `text[start:end]`."""
        if start >= end:
            return (0, 0)
        return (min(self.starts[start:end]), max(self.ends[start:end]))


def index_hints(hints: Sequence[Sequence[str]]) -> Callable[[str], set[int]]:
    """Return a function that finds in one pass which rows have one of their hints in a text."""
    automaton = ahocorasick.Automaton()
    rows: defaultdict[str, set[int]] = defaultdict(set)
    for number, row in enumerate(hints):
        for hint in row:
            rows[hint].add(number)
    always = {number for number, row in enumerate(hints) if not row}
    for hint, numbers in rows.items():
        automaton.add_word(hint, frozenset(numbers))
    if not rows:
        return lambda _: always
    automaton.make_automaton()
    return lambda text: always.union(*(numbers for _, numbers in automaton.iter(text)))


class Folding(dict[str, str]):
    """What each character becomes; filled as characters are met, kept for the life of the process."""

    def __missing__(self, char: str) -> str:
        """Fold one character and, unless the table has grown too big, remember it."""
        folded = _fold(char)
        if len(self) < 60_000:  # noqa: PLR2004 - bounds memory against hostile input
            self[char] = folded
        return folded


@cache
def simplified_characters() -> dict[str, str]:
    """Return the table from traditional to simplified characters, one to one."""
    converter = OpenCC("t2s")
    chars = (chr(code) for code in range(0x3400, 0xA000))
    table = {c: s for c in chars if (s := converter.convert(c)) != c and len(s) == 1}
    return table | _CHANGED_BY_PHRASE


def _fold(char: str) -> str:
    if char in _STOPS:
        return "。"
    if char in _COMMAS:
        return " " if char == " " else "，"
    if char in _INSERTED:
        return _SIGN
    if char in _DROPPED or unicodedata.category(char) in _ZWJ_LIKE:
        return ""
    folded = unicodedata.normalize("NFKC", char).lower()
    if folded != char and len(folded) == 1 and (folded in _STOPS or folded in _COMMAS or folded in _INSERTED):
        return _fold(folded)
    table = simplified_characters()
    out = "".join(table.get(c, c) for c in folded)
    if not out.strip() or unicodedata.category(char) == "Cc":
        return " "
    if len(out) == 1 and unicodedata.category(out)[0] == "P":
        return "，"
    return out


class Normaliser:
    """Turns raw messages into text for matching; built once from the lexicon's variants."""

    def __init__(
        self,
        variants: Sequence[Variant] = (),
        symbols: dict[str, str] | None = None,
        joined: Iterable[str] = (),
        ear: Ear | None = None,
    ) -> None:
        """Take variants in their order, words for symbols, pairs that nothing parts, and words found by ear."""
        self._variants = tuple(variants)
        self._hints = index_hints([variant.hints for variant in self._variants])
        self._joined = frozenset(joined)
        self._folding = Folding(symbols or {})
        self._ear = ear

    def normalise(self, raw: str) -> Normalised:
        """Return the plain text of a message; never raises, whatever the characters."""
        folded = list(map(self._folding.__getitem__, raw))
        text = "".join(folded)
        if all(len(piece) == 1 for piece in folded):
            starts, ends = list(range(len(raw))), list(range(1, len(raw) + 1))
        else:
            starts = [at for at, piece in enumerate(folded) for _ in piece]
            ends = [at + 1 for at in starts]
        kept = _kept(text, self._joined)
        if kept is not None:
            text, places = kept
            starts, ends = [starts[i] for i in places], [ends[i] for i in places]
        hinted = self._hints(text)
        for number, variant in enumerate(self._variants):
            if number in hinted:
                before = text
                text, starts, ends = _replace(variant, text, starts, ends)
                if text is not before:
                    hinted = self._hints(text)
        if self._ear is not None and (heard := self._ear.hear(text)):
            text, starts, ends = _spell_out(heard, text, starts, ends)
        return Normalised(raw, text, starts, ends)

    def term(self, word: str) -> str:
        """Return a lexicon's word in the form in which it will be met; variants are left alone."""
        text = "".join(self._folding[char] for char in word)
        kept = _kept(text, self._joined)
        return text if kept is None else kept[0]


_SPACES = re.compile(f"[ ，。{_SIGN}]+")
_LETTERS_APART = re.compile(r"(?<![a-z])[a-z](?: +[a-z](?![a-z]))+")
_ENGLISH_LETTERS = frozenset("aiuryno ")  # words of one letter, in sentences and in text messages


def _kept(text: str, joined: frozenset[str]) -> tuple[str, list[int]] | None:
    """Return the text to keep and the places of its characters; None when nothing changes.

    Between Latin words a space stays a space. Elsewhere a run of separators becomes one: a full stop if
    there is one in it, else a comma. There is none for a mere sign between Chinese characters, and none
    beside a lone Chinese character (死 is often written apart: 想 死), unless a sentence ends there.
    """
    runs = [match.span() for match in _SPACES.finditer(text)]
    if not runs:
        return None
    spelled = [m.span() for m in _LETTERS_APART.finditer(text) if not _ENGLISH_LETTERS.issuperset(m.group())]
    pieces: list[str] = []
    places: list[int] = []
    before = 0
    for index, (start, end) in enumerate(runs):
        pieces.append(text[before:start])
        places.extend(range(before, start))
        following = runs[index + 1][0] if index + 1 < len(runs) else len(text)
        parted = text[start - 1 : start] + text[end : end + 1] in joined
        parted = parted or (bool(spelled) and any(first < start < last for first, last in spelled))
        sign = "" if parted else _separator(text, before, start, end, following)
        if sign:
            pieces.append(sign)
            places.append(start)
        before = end
    pieces.append(text[before:])
    places.extend(range(before, len(text)))
    return "".join(pieces), places


def _separator(text: str, before: int, start: int, end: int, following: int) -> str:
    left, right = text[start - 1 : start], text[end : end + 1]
    if not left or not right:
        return ""
    run = text[start:end]
    if _SIGN in run and not run.strip(_SIGN):  # 自*杀: nobody ends a clause with a sign
        return "" if _IS_CJK.match(left) and _IS_CJK.match(right) else " "
    run = run.replace(_SIGN, "，")
    cjk_left, cjk_right = bool(_IS_CJK.match(left)), bool(_IS_CJK.match(right))
    if cjk_left and cjk_right:
        lone = (start - before == 1) or (following - end == 1)
        if lone and ("。" not in run or (start - before == 1 and following - end == 1)):
            return ""
        return "。" if "。" in run else "，"
    if run.strip(" ") == "":
        return "" if cjk_left or cjk_right else " "
    return "。" if "。" in run else "，"


def _spell_out(
    heard: Sequence[Heard], text: str, starts: list[int], ends: list[int]
) -> tuple[str, list[int], list[int]]:
    return _put(((one.start, one.end, one.word) for one in heard), text, starts, ends)


def _replace(variant: Variant, text: str, starts: list[int], ends: list[int]) -> tuple[str, list[int], list[int]]:
    group: str | int = "x" if "x" in variant.pattern.groupindex else 0
    spans = (match.span(group) for match in variant.pattern.finditer(text))
    return _put(((start, end, variant.to) for start, end in spans), text, starts, ends)


def _put(
    words: Iterable[tuple[int, int, str]], text: str, starts: list[int], ends: list[int]
) -> tuple[str, list[int], list[int]]:
    """Put plain words in the place of stretches of the text; each leads back to the whole of what it replaces."""
    pieces: list[str] = []
    new_starts: list[int] = []
    new_ends: list[int] = []
    done = 0
    for start, end, word in words:
        if start >= end or start < done:
            continue
        pieces += (text[done:start], word)
        new_starts += starts[done:start] + [min(starts[start:end])] * len(word)
        new_ends += ends[done:start] + [max(ends[start:end])] * len(word)
        done = end
    if not done:
        return text, starts, ends
    pieces.append(text[done:])
    return "".join(pieces), new_starts + starts[done:], new_ends + ends[done:]
