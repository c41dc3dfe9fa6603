"""Where a message should go, as the router sees it; the action is chosen from data/nlu/actions.yml."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RouteSource(StrEnum):
    """Who found the route."""

    RASA = "rasa"
    KEYWORDS = "keywords"
    NONE = "none"


class NluState(StrEnum):
    """Whether the NLU worker answers; shown on the console."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Entity:
    """A piece of the raw text with a meaning.

    Attributes:
        entity: `region`, `time`, `age`, `role` or `audience`.
        value: The normalised value.
        start: Offset in the raw text, in characters.
        end: Offset after it.
    """

    entity: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Route:
    """The likeliest intent of a message and what to do about it.

    Attributes:
        intent: Name of the intent, for example `topic_sleep`; `out_of_scope` when nothing fits.
        confidence: 0 to 1; 0 when nothing was found.
        ranking: The three likeliest intents, the likeliest first.
        action: What to do, for example `flow:sleep`, `assessment:phq9`, `directory`, `human`, `reply:greet`.
        sure: False when the citizen should be offered the ranking instead of the first.
        entities: Regions, times and so on.
        source: Who found it.
    """

    intent: str
    confidence: float
    ranking: tuple[str, ...]
    action: str
    sure: bool
    entities: tuple[Entity, ...] = ()
    source: RouteSource = RouteSource.NONE
