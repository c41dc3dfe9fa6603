"""Says places to go: the numbers for a need, in the citizen's region, with their hours."""

from __future__ import annotations

from core.messages import Reply

from .content import DIRECTORY_TYPES
from .telling import Teller

_TEXTS = {"hotline", "emergency", "clinic", "school", "community"}
MOST = 5
"""Numbers in one bubble."""


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
    line = teller.content.replies.of(teller.language).texts["directory.line"]
    assert isinstance(line, tuple)
    lines = [
        teller.fill(
            line[0],
            {
                "number": directory.with_hours(service, facts.now, teller.language),
                "name": service.name.of(teller.language),
                "purpose": service.purpose.of(teller.language),
            },
        )
        for service in found
    ]
    head = f"directory.{kind}" if kind in _TEXTS else "directory.other"
    return (*teller.say(head), Reply(teller.author, "\n".join(lines), "directory.lines", ways, level=facts.level))
