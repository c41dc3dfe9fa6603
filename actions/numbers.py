"""The numbers that the citizen's page keeps in sight."""

from __future__ import annotations

from datetime import datetime

from core.dialogue import Profile
from core.language import Language

from .content import Content
from .directory import SCOPES

FOOTER = ("police", "medical", "line")


def footer_numbers(content: Content, profile: Profile, language: Language, now: datetime) -> list[dict[str, str]]:
    """Return number, name and hours for the place where a citizen is; empty where no number is known."""
    directory = content.directory
    scope = profile.outside_mainland or "mainland"
    parts = directory.parts[scope if scope in SCOPES else "other"]
    shown: list[dict[str, str]] = []
    for part in FOOTER:
        service = directory.find(parts[part][0]) if parts.get(part) else None
        if service is None or any(service.number == other["number"] for other in shown):
            continue
        hours = directory.with_hours(service, now, language)[len(service.number) :]
        shown.append({"number": service.number, "name": service.name.of(language), "hours": hours.strip(" ()（）")})
    return shown
