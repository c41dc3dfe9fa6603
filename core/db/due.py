"""Due work as rows: opened with a time, taken by one worker at a time, done once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update

from core.db.engine import Tx
from core.db.inbox import insert_once
from core.db.tables import due
from core.ids import new_id

TAKEN_FOR = timedelta(seconds=30)
"""A worker that dies with a row in hand frees it after this time."""


class DueKind(StrEnum):
    """What falls due; the worker that ticks knows one handler for each."""

    COMPANY = "company"
    """The guide keeps a waiting citizen company."""
    NUDGE = "nudge"
    """A safety question has had no answer for five minutes."""
    UNCLAIMED = "unclaimed"
    """A case waits: alert staff again."""
    UNANSWERED = "unanswered"
    """A citizen's message in a claimed case has no answer: alert the owner, then supervisors."""

    @property
    def targets_case(self) -> bool:
        """Return True when the row's target is a case, False when it is a conversation."""
        return self in {DueKind.UNCLAIMED, DueKind.UNANSWERED}


@dataclass(frozen=True, slots=True)
class DueRow:
    """A row that this worker has taken.

    Attributes:
        step: How often it has been done and opened again.
    """

    id: str
    kind: DueKind
    target: str
    due_at: datetime
    step: int


async def open_due(tx: Tx, kind: DueKind, target: str, due_at: datetime, *, step: int = 0) -> None:
    """Open a due row; when one of that kind is open for the target, the earlier time holds."""
    same = (due.c.kind == kind) & (due.c.target == target) & (due.c.state == "due")
    await tx.execute(update(due).where(same, due.c.due_at > due_at).values(due_at=due_at, step=step))
    await insert_once(tx, due, id=new_id(), kind=kind, target=target, due_at=due_at, state="due", step=step)


async def take_due(tx: Tx, now: datetime, limit: int = 50) -> list[DueRow]:
    """Take rows whose time has come; nobody else gets them until they are done or `TAKEN_FOR` has passed."""
    open_now = (due.c.state == "due") & (due.c.due_at <= now)
    free = due.c.taken_until.is_(None) | (due.c.taken_until <= now)
    ids = select(due.c.id).where(open_now, free).order_by(due.c.due_at).limit(limit).with_for_update(skip_locked=True)
    taken = await tx.execute(
        update(due)
        .where(due.c.id.in_(ids))
        .values(taken_until=now + TAKEN_FOR, attempts=due.c.attempts + 1)
        .returning(due.c.id, due.c.kind, due.c.target, due.c.due_at, due.c.step)
    )
    rows = [DueRow(row.id, DueKind(row.kind), row.target, row.due_at, row.step) for row in taken]
    return sorted(rows, key=lambda row: row.due_at)


async def finish_due(tx: Tx, row: DueRow, again_at: datetime | None = None) -> None:
    """Close a taken row, or open it again for its next step."""
    if again_at is None:
        await tx.execute(update(due).where(due.c.id == row.id).values(state="done", taken_until=None))
        return
    await tx.execute(
        update(due).where(due.c.id == row.id).values(due_at=again_at, step=row.step + 1, attempts=0, taken_until=None)
    )


async def forget_done(tx: Tx, before: datetime) -> int:
    """Delete rows that were done before a time, and return how many."""
    result = await tx.execute(delete(due).where(due.c.state == "done", due.c.due_at < before))
    return result.rowcount
