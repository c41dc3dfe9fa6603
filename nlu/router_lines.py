"""A route as one JSON line of `xinqiao route`."""

from __future__ import annotations

from core.routing import Route


def route_line(route: Route, line_id: str | int) -> dict[str, object]:
    """Return the fields of a route in the form that the command writes."""
    return {
        "id": line_id,
        "intent": route.intent,
        "confidence": route.confidence,
        "ranking": list(route.ranking),
        "entities": [
            {"entity": found.entity, "value": found.value, "start": found.start, "end": found.end}
            for found in route.entities
        ],
        "action": route.action,
    }
