"""Forgetting: conversations are deleted when their time is over, crisis records years later."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select, update

from core.cases import CaseStatus
from core.db.engine import Tx
from core.db.tables import assessment_results, case_events, cases, conversations, due, messages, outbox
from core.risk import Level

CRISIS_RECORD = timedelta(days=3 * 366)
"""Records of crisis work are kept at least three years (心理援助热线技术指南, 国卫办疾控函〔2021〕15号)."""
CRISIS_FROM = Level.L2


async def forget_conversations(tx: Tx, now: datetime, keep: timedelta, limit: int = 100) -> int:
    """Delete conversations whose time is over, with everything said in them; return how many.

    Never one with an open case. One with a case at L2 or above is kept for `CRISIS_RECORD` instead of `keep`.
    """
    last = func.coalesce(conversations.c.last_inbound_at, conversations.c.created_at)
    own = cases.c.conversation_id == conversations.c.id
    crisis = exists().where(own, cases.c.level >= CRISIS_FROM)
    open_case = exists().where(own, cases.c.status != CaseStatus.CLOSED)
    over = (last < now - CRISIS_RECORD) | ((last < now - keep) & ~crisis)
    chosen = select(conversations.c.id).where(over, ~open_case).order_by(last).limit(limit)
    # Locked, so that a message that comes at this moment waits and then begins a conversation of its own.
    found = await tx.execute(chosen.with_for_update(skip_locked=True))
    ids = [row.id for row in found]
    if not ids:
        return 0
    case_ids = select(cases.c.id).where(cases.c.conversation_id.in_(ids))
    await tx.execute(delete(due).where(due.c.target.in_(ids) | due.c.target.in_(case_ids)))
    await tx.execute(delete(case_events).where(case_events.c.case_id.in_(case_ids)))
    await tx.execute(update(messages).where(messages.c.conversation_id.in_(ids)).values(edit_of=None))
    for table in (cases, assessment_results, outbox, messages):
        await tx.execute(delete(table).where(table.c.conversation_id.in_(ids)))
    await tx.execute(delete(conversations).where(conversations.c.id.in_(ids)))
    return len(ids)
