"""Checks the words of every text: forbidden ones, numbers that do not come from the directory, and length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from core.language import Language

from .flows import Strict
from .yamlfile import parse, read_yaml

BUBBLE = {Language.ZH: 60, Language.EN: 200}
"""Longest bubble: 汉字 in Chinese, characters in English."""
LONG_BUBBLE = {Language.ZH: 90, Language.EN: 280}
"""Longest card, step of a flow or result."""
LABEL = {Language.ZH: 20, Language.EN: 48}
"""Longest label of a button."""

_HAN = re.compile(r"[㐀-鿿]")
_NUMBER = re.compile(
    r"(?<![\d.])(?:1[12]\d|12\d{3}|96110|\d{3,4}-\d{6,8}|400-?\d{3}-?\d{4}|999|988|911)(?![\d.]|\s*(?:分|天|个|小时|points))"
)
_SLOT = re.compile(r"\{[a-z_]+\}")


class Pattern(Strict):
    """A regular expression that no text may match."""

    pattern: str
    why: str

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as problem:
            raise ValueError(f"not a regular expression: {problem}") from problem
        return pattern


class _ForbiddenFile(Strict):
    everywhere: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    crisis: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Words that no text may contain; `crisis` ones only where risk is spoken of."""

    everywhere: tuple[tuple[re.Pattern[str], str], ...]
    crisis: tuple[tuple[re.Pattern[str], str], ...]

    def found(self, text: str, *, crisis: bool) -> Iterator[tuple[str, str]]:
        """Yield every forbidden piece of `text` and why it is forbidden."""
        bare = _SLOT.sub("", text)
        for pattern, why in (*self.everywhere, *(self.crisis if crisis else ())):
            match = pattern.search(bare)
            if match is not None:
                yield match.group(), why


def load_forbidden(path: Path) -> Forbidden:
    """Read data/replies/forbidden.yml.

    Raises:
        ContentError: When it cannot be used.
    """
    file = parse(read_yaml(path), _ForbiddenFile)
    return Forbidden(
        tuple((re.compile(one.pattern), one.why) for one in file.everywhere),
        tuple((re.compile(one.pattern), one.why) for one in file.crisis),
    )


def length(text: str, language: Language) -> int:
    """Return the length that the limits mean: 汉字 in Chinese, characters in English; a slot counts nothing."""
    bare = _SLOT.sub("", text)
    return len(_HAN.findall(bare)) if language is Language.ZH else len(bare)


def numbers_in(text: str) -> list[str]:
    """Return the telephone numbers that are written out in `text`."""
    return _NUMBER.findall(_SLOT.sub("", text))


def lint_text(
    text: str, language: Language, forbidden: Forbidden, *, limit: int, crisis: bool = False, numbers: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield each problem of a text with its remedy; `numbers` allows numbers written out."""
    for piece, why in forbidden.found(text, crisis=crisis):
        yield f"`{piece}` must not be said.", why
    said = length(text, language)
    if said > limit:
        yield f"This is {said} characters long.", f"Say it in at most {limit}, or in two bubbles."
    if not numbers:
        for number in numbers_in(text):
            yield (
                f"`{number}` is written as a number.",
                "Use a slot such as {police} or {line}: hours and region follow.",
            )
    if language is Language.EN and len(_HAN.findall(text)) > 0:
        yield "There are Chinese characters in an English text.", "Write it in English."
