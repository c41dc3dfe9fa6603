"""Time as a thing that is passed in, so that tests turn it by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time, aware, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is turned; for tests and simulations."""

    def __init__(self, start: datetime | None = None) -> None:
        """Start at `start`, else at 2026-01-05 03:00 UTC, a Monday."""
        self._now = start or datetime(2026, 1, 5, 3, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the time it was last turned to."""
        return self._now

    def advance(self, *, seconds: float) -> None:
        """Turn the clock forward."""
        self._now += timedelta(seconds=seconds)
