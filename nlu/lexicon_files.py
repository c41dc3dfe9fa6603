"""The form of the files in data/lexicon, and how they are read and refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.errors import ContentError, ContentErrors
from core.risk import Domain, Level
from nlu.patterns import PatternError, parse_pattern

_ID = r"^[a-z0-9_]+(\.[a-z0-9_]+)+$"
_NAME = r"^[a-z][a-z0-9_]*$"
Name = Annotated[str, Field(pattern=_NAME)]
Date = Annotated[str, Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _level(value: object) -> Level | None:
    if value is None or isinstance(value, Level):
        return value
    if isinstance(value, str) and value in Level.__members__:
        return Level[value]
    raise ValueError("a level is one of L0, L1, L2, L3, L4")


class Source(_Strict):
    """Where the entries of a file come from, unless an entry says otherwise.

    Attributes:
        since: Month from which the entry holds; slang ages.
        source: Who or what it was learned from.
        reviewer: Who checked it; `pending` until a clinician has.
    """

    since: Date
    source: Annotated[str, Field(min_length=1)]
    reviewer: Annotated[str, Field(min_length=1)] = "pending"


class TermEntry(_Strict):
    """Words of one category.

    Attributes:
        id: Stable name of the entry.
        category: What rules call these words.
        words: The words, in simplified Chinese or English.
        patterns: Regular expressions for what no list can hold (numbers, ages), over folded text.
        hints: Each pattern is tried only where one of these occurs; none: always.
        guards: Longer words within which a word does not count.
    """

    id: Annotated[str, Field(pattern=_ID)]
    category: Name
    words: tuple[Annotated[str, Field(min_length=1)], ...] = Field(default=(), strict=False)
    patterns: tuple[str, ...] = Field(default=(), strict=False)
    hints: tuple[str, ...] = Field(default=(), strict=False)
    guards: tuple[Annotated[str, Field(min_length=1)], ...] = Field(default=(), strict=False)
    since: Date | None = None
    source: str | None = None
    reviewer: str | None = None

    @field_validator("patterns")
    @classmethod
    def _compiles(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as exc:
                raise ValueError(f"'{pattern}' is no regular expression ({exc})") from exc
        return patterns


class VariantEntry(_Strict):
    """Disguised spellings of one plain word; with a group `x` only that group is replaced."""

    find: Annotated[str, Field(min_length=1)]
    to: Annotated[str, Field(min_length=1)]
    hints: tuple[str, ...] = Field(min_length=1, strict=False)

    @field_validator("find")
    @classmethod
    def _compiles(cls, find: str) -> str:
        try:
            re.compile(find)
        except re.error as exc:
            raise ValueError(f"'{find}' is no regular expression ({exc})") from exc
        return find


class SoundsEntry(_Strict):
    """Which words are also found by their sound: homophones and pinyin.

    Attributes:
        categories: Words of three characters and more of these categories.
        words: Further words, pairs above all; one character of a pair may be another of the same sound.
        everyday: Words that sound like a risk word and are left alone.
    """

    categories: tuple[Name, ...] = Field(strict=False)
    words: tuple[Annotated[str, Field(min_length=2)], ...] = Field(default=(), strict=False)
    everyday: tuple[Annotated[str, Field(min_length=2)], ...] = Field(default=(), strict=False)


class Outcome(_Strict):
    """Levels of one kind of evidence, by frame; None leaves the plain level.

    Attributes:
        level: In the present, by oneself, affirmed.
        now: Going on at this moment.
        soon: Tied to the next 72 hours.
        recent: Within three months.
        past: Longer ago.
        resolved: Longer ago and said to be over.
        other: At most this for somebody else, unless it is now or soon.
        negated: Denied.
        context: In a game, a story, the news, a lesson.
    """

    level: Level | None = None
    now: Level | None = None
    soon: Level | None = None
    recent: Level | None = None
    past: Level | None = None
    resolved: Level | None = None
    other: Level | None = None
    negated: Level | None = None
    context: Level | None = None

    _read = field_validator(
        "level", "now", "soon", "recent", "past", "resolved", "other", "negated", "context", mode="before"
    )(_level)


class KindEntry(Outcome):
    """A kind of evidence and what each frame makes of it."""

    contexts: tuple[Name, ...] = Field(default=(), strict=False)
    modified: bool = False


class RuleEntry(Outcome):
    """What is evidence of what.

    Attributes:
        id: Shown to the counsellor with the quote.
        kind: The kind whose outcomes hold where the rule names none.
        domain: None for evidence of pain that belongs to no domain.
        match: Patterns (nlu/patterns.py); one is enough.
        unless: Categories; found near the evidence, they void it.
        signal: A name under which combinations look for this evidence; may come without any level.
        mask: The matched span is taken away from every later rule; nothing else is.
    """

    id: Annotated[str, Field(pattern=_ID)]
    kind: Name
    domain: Domain | None = Field(default=None, strict=False)
    match: tuple[str, ...] = Field(min_length=1, strict=False)
    unless: tuple[Name, ...] = Field(default=(), strict=False)
    signal: Name | None = None
    mask: bool = False

    @field_validator("match")
    @classmethod
    def _parses(cls, match: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in match:
            try:
                parse_pattern(pattern)
            except PatternError as exc:
                raise ValueError(str(exc)) from exc
        return match


class CombinationEntry(_Strict):
    """Weak signals that mean more together, in one message or over the latest ones."""

    id: Annotated[str, Field(pattern=_ID)]
    domain: Domain | None = Field(default=None, strict=False)
    level: Level
    all_of: tuple[str, ...] = Field(min_length=1, strict=False)
    none_of: tuple[str, ...] = Field(default=(), strict=False)

    _read = field_validator("level", mode="before")(_level)


class LexiconFile(_Strict):
    """One file of data/lexicon; every part but `file` may be absent.

    Attributes:
        file: Where the entries come from.
        symbols: Words for single symbols, such as emoji.
        joined: Pairs of characters that stay one word whatever is put between them.
        sounds: Which words are also found by their sound.
    """

    file: Source
    terms: tuple[TermEntry, ...] = Field(default=(), strict=False)
    variants: tuple[VariantEntry, ...] = Field(default=(), strict=False)
    symbols: dict[str, str] = Field(default_factory=dict)
    joined: tuple[str, ...] = Field(default=(), strict=False)
    sounds: SoundsEntry | None = None
    kinds: dict[Name, KindEntry] = Field(default_factory=dict)
    rules: tuple[RuleEntry, ...] = Field(default=(), strict=False)
    combinations: tuple[CombinationEntry, ...] = Field(default=(), strict=False)


def read_lexicon_files(folder: Path) -> dict[Path, LexiconFile]:
    """Read every .yml of a folder, in the order of their names.

    Raises:
        ContentErrors: One or more files have the wrong form; all are named.
    """
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        problem = ContentError(folder, None, "There is no lexicon here.", "Put its .yml files here.")
        raise ContentErrors([problem])
    files: dict[Path, LexiconFile] = {}
    errors: list[ContentError] = []
    for path in paths:
        try:
            files[path] = _read(path)
        except ContentErrors as exc:
            errors += exc.errors
    if errors:
        raise ContentErrors(errors)
    return files


def _read(path: Path) -> LexiconFile:
    try:
        text = path.read_text(encoding="utf-8")
        data: Any = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, the fast one where there is one
    except UnicodeDecodeError as exc:
        error = ContentError(path, None, "The file is not UTF-8.", "Save it as UTF-8.")
        raise ContentErrors([error]) from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = mark.line + 1 if mark is not None else None
        problem = f"The YAML cannot be read: {getattr(exc, 'problem', exc)}."
        error = ContentError(path, line, problem, "Check quotes, colons and indentation.")
        raise ContentErrors([error]) from exc
    try:
        return LexiconFile.model_validate(data)
    except ValidationError as exc:
        root = yaml.compose(text, Loader=_LOADER)
        raise ContentErrors(list(_explain(path, root, exc))) from exc


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _explain(path: Path, root: yaml.Node | None, exc: ValidationError) -> Iterator[ContentError]:
    for detail in exc.errors():
        where = ".".join(str(step) for step in detail["loc"])
        problem = f"{where}: {detail['msg']}."
        remedy = "Write it as the entries beside it, and put quotes around numbers, yes and no."
        yield ContentError(path, line_of(root, detail["loc"]), problem, remedy)


def line_of(node: yaml.Node | None, steps: tuple[int | str, ...]) -> int | None:
    """Return the 1-based line of the deepest node on the way that exists."""
    line = node.start_mark.line + 1 if node is not None else None
    for step in steps:
        below: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            below = next((v for k, v in node.value if k.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            below = node.value[step]
        if below is None:
            break
        node, line = below, below.start_mark.line + 1
    return line
