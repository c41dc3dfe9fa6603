"""Places to go: numbers with hours, scope and the day they were verified; no number is said from anywhere else."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, model_validator

from core.language import Language

from .assessments import Both
from .flows import Slug, Strict

CHINA = ZoneInfo("Asia/Shanghai")
FRESH = timedelta(days=90)
"""After this a number is shown with the remark that the local hours count."""

_HOURS = re.compile(r"小时|时间|全天|白天|hours|all day", re.IGNORECASE)

SCOPES = ("mainland", "hk", "mo", "tw", "other")
Span = Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d-\d\d:\d\d$")]
Weekly = Annotated[str, StringConstraints(pattern=r"^[1-7](-[1-7])? \d\d:\d\d-\d\d:\d\d$")]


class Openness(StrEnum):
    """How the hours of a service are known."""

    ALWAYS = "always"
    AT_LEAST = "at_least"
    VARIES = "varies"
    HOURS = "hours"


class Certainty(StrEnum):
    """How sure the editors are of a row; only the first two are shown."""

    CERTAIN = "certain"
    HIGH = "high"
    MEDIUM = "medium"
    UNCERTAIN = "uncertain"
    SUPERSEDED = "superseded"


class Service(Strict):
    """One number."""

    id: Slug
    number: Annotated[str, StringConstraints(pattern=r"^[+0-9][0-9 -]{2,18}$")]
    scope: str
    region: str = ""
    types: Annotated[tuple[Slug, ...], Field(min_length=1)]
    name: Both
    purpose: Both
    open: Openness
    at_least_hours: int | None = None
    surely: Span | None = None
    weekly: tuple[Weekly, ...] = ()
    hours: Both | None = None
    never_expires: bool = False
    verified_on: date | None = None
    certainty: Certainty
    authority: str
    authority_url: str = ""

    @model_validator(mode="after")
    def _says_its_hours(self) -> Self:
        if self.hours is None and not self.never_expires:
            raise ValueError("a number that is not an emergency number says its hours")
        if self.open is Openness.HOURS and not self.weekly:
            raise ValueError("open: hours needs `weekly`")
        if self.open is Openness.AT_LEAST and self.surely is None:
            raise ValueError("open: at_least needs `surely`")
        if self.open is Openness.AT_LEAST and self.hours and re.search(r"24|全天", self.hours.zh):
            raise ValueError("open: at_least must not be called open all day")
        return self

    @property
    def shown(self) -> bool:
        """Return whether a citizen may see this number."""
        return self.certainty in (Certainty.CERTAIN, Certainty.HIGH)

    def open_at(self, now: datetime) -> bool:
        """Return whether somebody surely answers at `now`; False when that is not known."""
        local = now.astimezone(CHINA)
        match self.open:
            case Openness.ALWAYS:
                return True
            case Openness.AT_LEAST:
                return self.surely is not None and _within(self.surely, local.time())
            case Openness.HOURS:
                return any(_in_week(part, local) for part in self.weekly)
            case Openness.VARIES:
                return False

    def fresh_at(self, now: datetime) -> bool:
        """Return whether the number was verified within the last 90 days, or never expires."""
        if self.never_expires:
            return True
        return self.verified_on is not None and now.astimezone(CHINA).date() - self.verified_on <= FRESH


def _within(span: str, at: time) -> bool:
    first, last = (time.fromisoformat(part) for part in span.split("-"))
    return first <= at < last if first <= last else at >= first or at < last


def _in_week(part: str, at: datetime) -> bool:
    days, span = part.split(" ")
    first, _, last = days.partition("-")
    return int(first) <= at.isoweekday() <= int(last or first) and _within(span, at.time())


class Elsewhere(Strict):
    """What is said where no number is known."""

    emergency: Both
    hotline: Both


class Glue(Strict):
    """What stands between two pieces; its spaces count."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """Return the piece in `language`."""
        return self.zh if language is Language.ZH else self.en


class Remarks(Strict):
    """Small pieces around a number."""

    unverified: Both
    hours: Glue
    join: Glue
    or_: Glue = Field(alias="or")


class Directory(Strict):
    """All numbers, and the parts they play in a sentence."""

    services: tuple[Service, ...]
    elsewhere: Elsewhere
    remarks: Remarks
    parts: dict[str, dict[str, tuple[str, ...]]]

    @model_validator(mode="after")
    def _parts_exist(self) -> Self:
        known = {service.id: service for service in self.services}
        if len(known) != len(self.services):
            raise ValueError("two services have the same id")
        if set(self.parts) != set(SCOPES):
            raise ValueError(f"parts has exactly the scopes {', '.join(SCOPES)}")
        for scope, parts in self.parts.items():
            for name in (name for names in parts.values() for name in names):
                if name not in known or not known[name].shown or known[name].scope != scope:
                    raise ValueError(f"parts.{scope} names `{name}`, which is not a shown service of {scope}")
        return self

    def find(self, name: str) -> Service | None:
        """Return the service called `name`, or None."""
        return next((service for service in self.services if service.id == name), None)

    def of_type(self, kind: str, scope: str, region: str = "") -> tuple[Service, ...]:
        """Return the shown services of a kind for somebody in `scope` and, in the mainland, in `region`."""
        scopes = (scope,) if scope == "mainland" else (scope, "abroad")
        return tuple(
            service
            for service in self.services
            if kind in service.types
            and service.shown
            and service.scope in scopes
            and (not service.region or service.region[:2] == region[:2])
        )

    def number(self, part: str, scope: str, language: Language) -> str:
        """Return the bare number that plays `part` (`medical`, `police`), or the words for it elsewhere."""
        names = self.parts[scope].get(part, ())
        found = self.find(names[0]) if names else None
        return found.number if found is not None else self.elsewhere.emergency.of(language)

    def with_hours(self, service: Service, now: datetime, language: Language) -> str:
        """Return the number with its hours and, when it was not verified lately, the remark."""
        pieces = [service.hours.of(language)] if service.hours is not None else []
        if not service.fresh_at(now):
            pieces.append(self.remarks.unverified.of(language))
        if not pieces:
            return service.number
        joined = self.remarks.join.of(language).join(pieces)
        return service.number + self.remarks.hours.of(language).format(hours=joined)

    def say_hours(self, text: str, now: datetime, language: Language) -> str:
        """Return `text` with the hours put behind every number that it names without them."""
        if _HOURS.search(text):
            return text
        for service in self.services:
            if service.scope == "mainland" and service.shown and not service.never_expires:
                pattern = rf"(?<!\d){re.escape(service.number)}(?!\d)"
                text = re.sub(pattern, lambda _, one=service: self.with_hours(one, now, language), text)  # type: ignore[misc]
        return text

    def said(self, part: str, scope: str, now: datetime, language: Language) -> str:
        """Return the number for `part` with its hours; when it may be closed now, one that is surely open before it."""
        services = [found for name in self.parts[scope].get(part, ()) if (found := self.find(name)) is not None]
        if not services:
            return self.elsewhere.hotline.of(language) if part == "line" else ""
        first, *others = services
        told = self.with_hours(first, now, language)
        if not first.open_at(now):
            for other in others:
                if other.open_at(now):
                    return self.with_hours(other, now, language) + self.remarks.or_.of(language) + told
        return told
