"""Alerts that repeat until somebody acts: a case that waits, a citizen who gets no answer."""

from __future__ import annotations

from datetime import datetime

from core.bus import Bus, Signal, Topic
from core.cases import CaseEventKind, CaseStatus
from core.clock import Clock
from core.db import Database
from core.db.cases import get_case
from core.db.due import DueRow
from core.db.turns import add_case_event
from core.deadlines import UNANSWERED, UNCLAIMED_EVERY
from core.ids import CaseId


class Alerts:
    """Handlers of due rows about cases; each returns when to come again, or None when it is over."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        """Keep what alerting needs."""
        self._database = database
        self._bus = bus
        self._clock = clock

    async def unclaimed(self, row: DueRow) -> datetime | None:
        """Call staff to a case that still waits."""
        now = self._clock.now()
        async with self._database.write() as tx:
            case = await get_case(tx, CaseId(row.target))
            if case.status is not CaseStatus.WAITING:
                return None
            await add_case_event(tx, case.id, CaseEventKind.PAGED, now)
        self._bus.publish(Signal(Topic.ALERT, case.id, "unclaimed"))
        return now + UNCLAIMED_EVERY[case.level]

    async def unanswered(self, row: DueRow) -> datetime | None:
        """Call the owner, from the second time on supervisors too, to a message without answer."""
        now = self._clock.now()
        async with self._database.read() as tx:
            case = await get_case(tx, CaseId(row.target))
        if case.status is not CaseStatus.CLAIMED or case.unanswered_since is None:
            return None
        waits = now - case.unanswered_since
        if waits < UNANSWERED:  # answered meanwhile, and written to again
            return case.unanswered_since + UNANSWERED
        self._bus.publish(Signal(Topic.ALERT, case.id, "unanswered"))
        return now + UNANSWERED
