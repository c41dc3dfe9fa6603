"""What the turn thinks with: content, triage and the router, each replaceable while the service runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from actions.content import Content
from core.risk import TriageHistory, TriageResult
from core.routing import NluState, Route


class Triage(Protocol):
    """Rules over a message; in process, no network."""

    def assess(self, text: str, history: TriageHistory) -> TriageResult:
        """Return what a message means after what came before it."""


class Router(Protocol):
    """Finds out where a message should go; answers within its time limit, never raises."""

    @property
    def state(self) -> NluState:
        """Return whether the model answers."""

    async def route(self, text: str) -> Route:
        """Return the likeliest intent."""


@dataclass(slots=True)
class Knowledge:
    """The three together; a reload swaps a field, a turn reads each once."""

    content: Content
    triage: Triage
    router: Router
