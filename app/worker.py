"""Due work: the scheduler only ticks; rows that have fallen due are taken, done and closed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from core.clock import Clock
from core.db import Database
from core.db.due import DueKind, DueRow, finish_due, forget_done, take_due
from core.db.retention import forget_conversations
from core.logs import logger

log = logger(__name__)
DueHandler = Callable[[DueRow], Awaitable[datetime | None]]
KEEP_DONE = timedelta(days=1)


class DueWorker:
    """Takes due rows; a handler returns when to come again, or None when the matter is over."""

    def __init__(
        self, database: Database, clock: Clock, handlers: Mapping[DueKind, DueHandler], keep: timedelta
    ) -> None:
        """Keep one handler for each kind, and how long conversations are kept."""
        self._keep = keep
        self._database = database
        self._clock = clock
        self._handlers = handlers

    async def tick(self) -> int:
        """Do what has fallen due and return how many rows that were.

        A row whose handler fails stays taken for a while and then falls due again.
        """
        async with self._database.write() as tx:
            rows = await take_due(tx, self._clock.now())
        for row in rows:
            try:
                again_at = await self._handlers[row.kind](row)
                async with self._database.write() as tx:
                    await finish_due(tx, row, again_at)
            except Exception:
                log.exception("due work failed", action="due_failed", kind=row.kind, due=row.id)
        return len(rows)

    async def forget(self) -> None:
        """Delete due rows that were done long ago, and conversations whose time is over."""
        now = self._clock.now()
        async with self._database.write() as tx:
            await forget_done(tx, now - KEEP_DONE)
            forgotten = await forget_conversations(tx, now, self._keep)
        if forgotten:
            log.info("conversations were deleted, their time is over", action="retention", count=forgotten)
