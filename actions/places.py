"""Says places to go: the numbers for a need, in the citizen's region, with their hours."""

from __future__ import annotations

from core.messages import Author, Reply

from .content import DIRECTORY_TYPES
from .directory import Service
from .telling import Teller

_TEXTS = {"hotline", "emergency", "clinic", "school", "community"}
MOST = 6
"""Numbers in one bubble: whoever may be closed now is listed behind those who answer, and not left out."""


def say_number(number: str, teller: Teller) -> tuple[Reply, ...]:
    """Return one number with its hours and what it is for; at home its own region's meaning of it."""
    services = teller.content.directory.services
    known = [service for service in services if service.number == number and service.shown]
    here = [service for service in known if service.scope == teller.facts.scope]
    # A crisis offers no menu; there the question that is open follows.
    ways = (teller.button("human"), teller.button("menu")) if teller.author is Author.BOT else ()
    if not known:
        return teller.say("directory.none", ways)
    line = _line((here or known)[0], teller)
    return (Reply(teller.author, line, "directory.number", ways, level=teller.facts.level),)


def say_places(kind: str, teller: Teller) -> tuple[Reply, ...]:
    """Return the numbers for a need; without a need, the kinds to choose from."""
    facts, directory = teller.facts, teller.content.directory
    if not kind:
        buttons = [teller.button(f"dir_{one}", f"dir:{one}") for one in DIRECTORY_TYPES]
        return teller.say("directory.choose", buttons)
    found = directory.of_type(kind, facts.scope, facts.profile.region)
    if kind == "emergency":
        found = (*found, *directory.of_type("hotline", facts.scope, facts.profile.region)[:2])
    elif kind != "hotline" and not found:
        found = directory.of_type("hotline", facts.scope, facts.profile.region)
    ways = (teller.button("human"), teller.button("menu"))
    if not found:
        return teller.say("directory.none", ways)
    # Whoever surely answers now comes first; the order of the file decides among equals.
    found = tuple(sorted(found, key=lambda service: not service.open_at(facts.now)))[:MOST]
    lines = [_line(service, teller) for service in found]
    head = f"directory.{kind}" if kind in _TEXTS else "directory.other"
    return (*teller.say(head), Reply(teller.author, "\n".join(lines), "directory.lines", ways, level=facts.level))


def _line(service: Service, teller: Teller) -> str:
    line = teller.content.replies.of(teller.language).texts["directory.line"]
    assert isinstance(line, tuple)
    slots = {
        "number": teller.content.directory.with_hours(service, teller.facts.now, teller.language),
        "name": service.name.of(teller.language),
        "purpose": service.purpose.of(teller.language),
    }
    return teller.fill(line[0], slots)
