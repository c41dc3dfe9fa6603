"""The small language in which rules say which words, in which order and how near, make evidence.

A pattern is made of parts joined by `&`; every part must be found somewhere in the message. A part is
a row of items; between two items stands how far apart they may be:

    want 4 method          at most 4 characters between, within one clause
    take ~12 all_gone      at most 12 characters between, clauses may end in between
    take medicine          no number: at most 2 characters, within one clause

An item names a category of the lexicon, or a literal after `=` (`_` stands for a space), or several
of either joined by `|` (after which a line may end). `^item` must begin its clause, `item$` must end it,
`^^` and `$$` the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

SEPARATORS = "，。"
"""What the normaliser leaves of punctuation: a comma between clauses, a full stop between sentences."""

_DEFAULT_GAP = 2
_MOST_MATCHES = 12
_BAR = re.compile(r"\| +")
_ITEM = re.compile(r"(\^{0,2})([^\^$]+?)(\${0,2})")

Span: TypeAlias = tuple[int, int]
Hits: TypeAlias = Mapping[str, Sequence[Span]]


class PatternError(ValueError):
    """A pattern cannot be read."""


@dataclass(frozen=True, slots=True)
class Item:
    """One place in a row: any hit of any of these categories.

    Attributes:
        names: Categories; a literal is a category of its own, named with its leading `=`.
        begins: 0 anywhere, 1 at the start of a clause, 2 at the start of the message.
        ends: The same for the end.
        gap: Most characters between the previous item and this one.
        crosses: Whether clauses may end in that gap.
    """

    names: tuple[str, ...]
    begins: int = 0
    ends: int = 0
    gap: int = _DEFAULT_GAP
    crosses: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern was found: the span of its first part, and of each item in it."""

    start: int
    end: int
    items: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern: rows of items, each of which must be found."""

    source: str
    parts: tuple[tuple[Item, ...], ...]

    def names(self) -> Iterator[str]:
        """Yield every category and literal the pattern mentions."""
        for part in self.parts:
            for item in part:
                yield from item.names

    def find_all(self, text: str, hits: Hits) -> list[Match]:
        """Return where the first part stands, if every other part is found too."""
        for part in self.parts[1:]:
            if next(_find_part(part, text, hits), None) is None:
                return []
        found: list[Match] = []
        for match in _find_part(self.parts[0], text, hits):
            found.append(match)
            if len(found) == _MOST_MATCHES:
                break
        return found


def parse_pattern(source: str) -> Pattern:
    """Read a pattern.

    Raises:
        PatternError: The pattern is empty, or a number stands where an item should.
    """
    joined = _BAR.sub("|", source)
    return Pattern(source, tuple(_parse_part(part, source) for part in joined.split(" & ")))


def _parse_part(part: str, source: str) -> tuple[Item, ...]:
    items: list[Item] = []
    gap, crosses, pending = _DEFAULT_GAP, False, False
    for token in part.split():
        number = token.removeprefix("~")
        if number.isdecimal():
            if not items or pending:
                raise PatternError(f"'{source}': a distance stands between two items")
            gap, crosses, pending = int(number), token.startswith("~"), True
            continue
        items.append(_parse_item(token, source, gap, crosses=crosses))
        gap, crosses, pending = _DEFAULT_GAP, False, False
    if not items or pending:
        raise PatternError(f"'{source}': a part needs items, and ends with one")
    return tuple(items)


def _parse_item(token: str, source: str, gap: int, *, crosses: bool) -> Item:
    shape = _ITEM.fullmatch(token)
    if shape is None:
        raise PatternError(f"'{source}': '{token}' is no item")
    begins, body, ends = shape.groups()
    names = tuple(n.replace("_", " ") if n.startswith("=") else n for n in body.split("|"))
    if any(not name.strip("=") for name in names):
        raise PatternError(f"'{source}': '{token}' has an empty alternative")
    return Item(names, len(begins), len(ends), gap, crosses)


def _find_part(items: tuple[Item, ...], text: str, hits: Hits) -> Iterator[Match]:
    for name in items[0].names:
        for span in hits.get(name, ()):
            if _stands(items[0], span, text):
                yield from _follow(items, 1, text, hits, (span,))


def _follow(items: tuple[Item, ...], at: int, text: str, hits: Hits, found: tuple[Span, ...]) -> Iterator[Match]:
    if at == len(items):
        yield Match(found[0][0], found[-1][1], found)
        return
    item = items[at]
    last = found[-1][1]
    for name in item.names:
        for span in hits.get(name, ()):
            start = span[0]
            if not last <= start <= last + item.gap:
                continue
            if not item.crosses and _has_separator(text, last, start):
                continue
            if _stands(item, span, text):
                yield from _follow(items, at + 1, text, hits, (*found, span))


def _has_separator(text: str, start: int, end: int) -> bool:
    return text.find("，", start, end) >= 0 or text.find("。", start, end) >= 0


def _stands(item: Item, span: Span, text: str) -> bool:
    start, end = span
    if item.begins == 1 and start > 0 and text[start - 1] not in SEPARATORS:
        return False
    if item.ends == 1 and end < len(text) and text[end] not in SEPARATORS:
        return False
    if item.begins == 2 and text[:start].strip(SEPARATORS):  # noqa: PLR2004 - as the docstring says
        return False
    return not (item.ends == 2 and text[end:].strip(SEPARATORS))  # noqa: PLR2004
