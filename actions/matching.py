"""Recognises whole messages: a word of the lists, an option's label, a number; never a piece of a sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

LONGEST = 40
"""Longer messages are never a word of a list."""

LONGEST_SAYING = {True: 18, False: 60}
"""Longest message in which a piece of another list counts: in 汉字, in other letters. A story is no such message."""

SHORTEST_PIECE = {True: 2, False: 5}
"""Shortest piece of a label that stands for it: in 汉字, in other letters."""

_HAN = re.compile(r"[㐀-鿿]")
_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4}


def bare(text: str) -> str:
    """Return `text` folded for comparison: width, case, punctuation and spaces do not count."""
    folded = unicodedata.normalize("NFKC", text[: LONGEST * 4]).casefold().replace("’", "'")
    kept = "".join(c if c == "'" or unicodedata.category(c)[0] in "LNM" else " " for c in folded)
    joined = " ".join(kept.split()).strip("' ")
    return joined.replace(" ", "") if _HAN.search(joined) else joined


class Words:
    """The word lists of data/replies/*/words.yml, ready for comparison."""

    def __init__(self, lists: Mapping[str, Iterable[str]], pieces: Mapping[str, Iterable[str]] | None = None) -> None:
        """Fold every word once."""
        self._pieces = {name: tuple(bare(piece) for piece in said) for name, said in (pieces or {}).items()}
        self._lists = {name: frozenset(bare(word) for word in words) for name, words in lists.items()}
        self._before = sorted(self._lists.get("fillers_before", ()), key=len, reverse=True)
        self._after = sorted(self._lists.get("fillers_after", ()), key=len, reverse=True)

    def means(self, name: str, text: str) -> bool:
        """Return whether the whole of `text` is a word of the list called `name`."""
        return any(form in self._lists[name] for form in self.forms(text))

    def contains(self, name: str, text: str, *, short: bool = True) -> bool:
        """Return whether a piece of the list called `name` stands in `text`; only short messages count if `short`."""
        form = bare(text)
        if short and len(form) > LONGEST_SAYING[_HAN.search(form) is not None]:
            return False
        return any(piece in form for piece in self._pieces.get(name, ()))

    def says(self, name: str, text: str) -> bool:
        """Return whether `text` is a word of the list, or is short and holds one of its pieces."""
        return self.means(name, text) or self.contains(name, text)

    def is_no_place(self, text: str) -> bool:
        """Return whether the whole of `text` is a word that cannot be where somebody is."""
        return any(self.means(name, text) for name in ("no_place", "yes", "no", "unsure"))

    def forms(self, text: str) -> list[str]:
        """Return the folded text and what is left of it without fillers such as 吧 or `please`."""
        if len(text) > LONGEST:
            return []
        forms = [bare(text)]
        for _ in range(3):
            shorter = self._without_filler(forms[-1])
            if shorter == forms[-1]:
                break
            forms.append(shorter)
        return [form for form in forms if form]

    def _without_filler(self, text: str) -> str:
        for word in self._after:
            cut = _cut(text, word, at_end=True)
            if cut:
                return cut
        for word in self._before:
            cut = _cut(text, word, at_end=False)
            if cut:
                return cut
        return text

    def option(self, text: str, options: Sequence[tuple[str, Iterable[str]]], *, contained: bool = False) -> int | None:
        """Return the position of the option whose label or words the whole text is, or None.

        With `contained`, a piece of exactly one label is enough.
        """
        forms = self.forms(text)
        for form in forms:
            for position, (label, words) in enumerate(options):
                if form == bare(label) or any(form == bare(word) for word in words):
                    return position
        if contained:
            for form in forms:
                long_enough = len(form) >= SHORTEST_PIECE[_HAN.search(form) is not None]
                hits = [position for position, (label, _) in enumerate(options) if form in bare(label)]
                if long_enough and len(hits) == 1:
                    return hits[0]
        return None

    def number(self, text: str) -> int | None:
        """Return the small number that the whole text is, or None."""
        for form in self.forms(text):
            if len(form) == 1:
                if form.isdecimal():
                    return int(form)
                if form in _DIGITS:
                    return _DIGITS[form]
        return None


def _cut(text: str, word: str, *, at_end: bool) -> str:
    """Return `text` without a filler at one end, or nothing when it is not there or is all there is."""
    glue = "" if _HAN.search(word) else " "
    if at_end and text.endswith(glue + word):
        return text[: -len(glue + word)]
    if not at_end and text.startswith(word + glue):
        return text[len(word + glue) :]
    return ""
