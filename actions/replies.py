"""What data/replies/ holds: templates, crisis cards, safety questions, labels and words, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, field_validator

from core.language import Language
from core.risk import Domain, Level

from .flows import Line, Slug, Strict

Bubbles = Annotated[tuple[Line, ...], Field(min_length=1, max_length=4)]


class Pool(Strict):
    """Ways to say one thing; the guide takes another one each time."""

    any_of: Annotated[tuple[Line, ...], Field(min_length=2)]


class TextsFile(Strict):
    """Texts by name: bubbles said together, or a pool to vary."""

    texts: dict[str, Bubbles | Pool]


class LabelsFile(Strict):
    """What buttons say."""

    labels: dict[str, Line]


class WordsFile(Strict):
    """What whole messages mean, what pieces of short ones mean, and the names of places outside the mainland."""

    words: dict[str, tuple[str, ...]]
    pieces: dict[str, tuple[str, ...]]
    places: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]]


class OptionText(Strict):
    """How one answer to a safety question reads."""

    label: Line
    words: tuple[str, ...] = ()
    reply: Line


class QuestionText(Strict):
    """How a safety question is asked: once, and once more in other words."""

    ask: Annotated[tuple[Line, ...], Field(min_length=2)]
    options: Annotated[dict[Slug, OptionText], Field(max_length=4)]


class CrisisFile(TextsFile):
    """Cards, clauses, safety questions and texts of a crisis."""

    cards: dict[Slug, dict[str, Bubbles]]
    clauses: dict[str, str]
    questions: dict[Slug, QuestionText]


def _level(name: str | None) -> str | None:
    if name is not None and name not in Level.__members__:
        raise ValueError(f"`{name}` is not a level (L0 to L4)")
    return name


class Question(Strict):
    """What a safety question's answers mean, in every language the same."""

    domain: str
    free: bool = False
    skip_if: dict[Slug, tuple[str, ...]] = Field(default_factory=dict)
    options: Annotated[dict[Slug, str | None], Field(max_length=4)]

    @field_validator("domain")
    @classmethod
    def _known(cls, name: str) -> str:
        if name != "episode" and name not in list(Domain):
            raise ValueError(f"`{name}` is not a domain, nor `episode`")
        return name

    @field_validator("options")
    @classmethod
    def _levels(cls, options: dict[str, str | None]) -> dict[str, str | None]:
        return {option: _level(name) for option, name in options.items()}

    def level_of(self, option: str) -> Level | None:
        """Return the level that an answer stands for, if any."""
        name = self.options.get(option)
        return Level[name] if name else None


class Track(Strict):
    """The safety questions after a card, by level."""

    quiet: bool = False
    L2: tuple[Slug, ...]
    L3: tuple[Slug, ...]
    L4: tuple[Slug, ...]

    def questions(self, level: Level) -> tuple[str, ...]:
        """Return the questions of a level; below L2 there are none."""
        return {Level.L2: self.L2, Level.L3: self.L3, Level.L4: self.L4}.get(level, ())


class SafetyFile(Strict):
    """The meaning of the safety questions, shared by the languages."""

    questions: dict[Slug, Question]
    checkin: Question
    plan: tuple[Slug, ...]
    tracks: dict[Slug, Track]


THIRD_SUICIDE, THIRD_DANGER, GENERAL = "third_suicide", "third_danger", "general"
TRACKS = frozenset({*(str(domain) for domain in Domain), GENERAL, THIRD_SUICIDE, THIRD_DANGER})


@dataclass(frozen=True, slots=True)
class Wording:
    """All texts of one language."""

    texts: Mapping[str, tuple[str, ...] | Pool]
    labels: Mapping[str, str]
    cards: Mapping[str, Mapping[str, tuple[str, ...]]]
    clauses: Mapping[str, str]
    questions: Mapping[str, QuestionText]


@dataclass(frozen=True, slots=True)
class Replies:
    """All texts, and what the safety questions mean."""

    wordings: Mapping[Language, Wording]
    words: Mapping[str, tuple[str, ...]]
    pieces: Mapping[str, tuple[str, ...]]
    places: Mapping[str, tuple[str, ...]]
    questions: Mapping[str, Question]
    checkin: Question
    plan: tuple[str, ...]
    tracks: Mapping[str, Track]

    def of(self, language: Language) -> Wording:
        """Return the texts in `language`."""
        return self.wordings[language]
