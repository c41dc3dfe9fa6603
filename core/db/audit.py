"""The audit log: who of the staff read, said or changed what; ids and counts, never content."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select

from core.db.engine import Tx
from core.db.tables import audit
from core.ids import StaffId


class AuditAction(StrEnum):
    """What can be done that leaves a trace."""

    SIGN_IN = "session:create"
    SIGN_IN_FAILED = "session:refuse"
    SIGN_OUT = "session:delete"
    ACCOUNT_CREATED = "staff:create"
    INVITED = "staff:invite"
    DUTY = "staff:duty"
    QUEUE_READ = "queue:read"
    """The queue shows the first quote of each case."""
    CASE_READ = "case:read"
    CASE_CLAIM = "case:claim"
    CASE_RELEASE = "case:release"
    CASE_CLOSE = "case:close"
    MESSAGE_SEND = "message:send"
    MESSAGE_RETRY = "message:retry"
    NOTE_ADD = "note:create"


async def record(
    tx: Tx, action: AuditAction, now: datetime, *, staff_id: StaffId | None, target: str = "", **facts: object
) -> None:
    """Write one audit row in the transaction of what it tells of."""
    await tx.execute(
        insert(audit).values(at=now, staff_id=staff_id, action=action, target=target, facts=json.dumps(facts))
    )


async def actions_on(tx: Tx, target: str) -> list[tuple[str, str | None]]:
    """Return `(action, staff_id)` of every row about a target, oldest first."""
    rows = await tx.execute(select(audit.c.action, audit.c.staff_id).where(audit.c.target == target))
    return [(row.action, row.staff_id) for row in rows]
