"""Questionnaires: items, options, bands, and what an answer means for risk."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from core.language import Language
from core.risk import Domain, Evidence, Level, Subject, TriageResult

from .flows import Line, Slug, Strict


class Both(Strict):
    """One text in both languages."""

    zh: Line
    en: Line

    def of(self, language: Language) -> str:
        """Return the text in `language`."""
        return self.zh if language is Language.ZH else self.en


class Option(Strict):
    """One of the answers that every item has."""

    value: int = Field(ge=0, le=9)
    label: Both
    words: tuple[str, ...] = ()
    """Other words that mean this answer."""


class Item(Strict):
    """One question."""

    text: Both


class Band(Strict):
    """What is said for a range of totals; no names of disorders."""

    least: int = Field(ge=0)
    most: int = Field(ge=0)
    name: Both
    """For counsellors only; a citizen reads `says`."""
    says: Both
    next_step: Both
    offers_person: bool = False


class SafetyItem(Strict):
    """An item whose answer acts at once, whatever the total (1-based)."""

    item: int = Field(ge=1)
    levels: dict[int, str]
    domain: Domain = Domain.SUICIDE

    def level_of(self, value: int) -> Level | None:
        """Return the level that an answer stands for, if any."""
        name = self.levels.get(value)
        return Level[name] if name else None


class TotalRule(Strict):
    """A total that stands for a level."""

    least: int
    level: str


class Assessment(Strict):
    """A questionnaire in both languages, with its licence and source."""

    id: Slug
    title: Both
    summary: Both
    licence: Line
    source: Line
    edition: Line
    translator: Line
    validated_in: Line
    reviewed_on: date
    review_by: date
    order: int = 100
    repeat_after_days: int = 14
    intro: Both
    stem: Both
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=6)]
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=40)]
    bands: Annotated[tuple[Band, ...], Field(min_length=1)]
    safety: SafetyItem | None = None
    totals: tuple[TotalRule, ...] = ()

    @model_validator(mode="after")
    def _covers_every_total(self) -> Self:
        values = [option.value for option in self.options]
        if len(set(values)) != len(values):
            raise ValueError("two options have the same value")
        expected = min(values) * len(self.items)
        for band in self.bands:
            if band.least != expected or band.most < band.least:
                raise ValueError(f"the bands leave out or double the total {expected}")
            expected = band.most + 1
        if expected != max(values) * len(self.items) + 1:
            raise ValueError(f"the bands end at {expected - 1}, not at the highest total")
        if self.safety is not None and self.safety.item > len(self.items):
            raise ValueError("the safety item does not exist")
        for name in [*(self.safety.levels.values() if self.safety else ()), *(rule.level for rule in self.totals)]:
            if name not in Level.__members__:
                raise ValueError(f"`{name}` is not a level (L0 to L4)")
        return self

    @cached_property
    def version(self) -> str:
        """Return the sha256 checksum of the questionnaire."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def short_name(self) -> str:
        """Return what staff call it: `PHQ-9` for `phq9`."""
        return re.sub(r"([A-Z])(\d)", r"\1-\2", self.id.upper())

    def find_option(self, value: int) -> Option | None:
        """Return the option with this value, or None."""
        return next((option for option in self.options if option.value == value), None)

    def band_of(self, score: int) -> Band:
        """Return the band of a total."""
        return next(band for band in self.bands if band.least <= score <= band.most)

    def risk_of(self, answers: tuple[int, ...], language: Language) -> TriageResult:
        """Return what the latest of `answers` means: the safety item at once, the total at the end."""
        found = TriageResult()
        if answers and self.safety is not None and len(answers) == self.safety.item:
            found = self.item_risk(self.safety.item, answers[-1], language)
        if len(answers) == len(self.items):
            score = sum(answers)
            levels = [Level[rule.level] for rule in self.totals if score >= rule.least]
            if levels:
                level = max(levels)
                domains = (self.safety.domain,) if self.safety is not None and level >= Level.L2 else ()
                evidence = Evidence(f"{self.short_name}: {score}", f"{self.id}.total", -1, -1, level)
                found = found.joined(TriageResult(level, domains, Subject.SELF, (evidence,)))
        return found

    def item_risk(self, item: int, value: int, language: Language) -> TriageResult:
        """Return what one answer to the safety item means, also when it comes late."""
        if self.safety is None or item != self.safety.item:
            return TriageResult()
        level = self.safety.level_of(value)
        option = self.find_option(value)
        if level is None or option is None:
            return TriageResult()
        asked = self.items[item - 1].text.of(language)
        quote = f"{self.short_name} · {item}. {asked} · {option.label.of(language)}"
        evidence = Evidence(quote, f"{self.id}.item{item}", -1, -1, level)
        return TriageResult(level, (self.safety.domain,), Subject.SELF, (evidence,))
