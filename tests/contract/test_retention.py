"""What the first words promise of deletion is kept, on both engines."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update

from core.cases import CaseReason, CaseStatus
from core.clock import ManualClock
from core.db import Database
from core.db.inbox import next_pending, receive
from core.db.retention import CRISIS_RECORD, forget_conversations
from core.db.tables import cases, conversations, messages
from core.db.turns import CaseChange, TurnWrite, commit_turn, load_turn
from core.ids import ConversationId
from core.language import Language
from core.messages import Author, ChannelName, InboundMessage, Reply
from core.risk import Level, TriageResult

CLOCK = ManualClock()
KEEP = timedelta(days=180)


async def _written(database: Database, name: str, level: Level) -> ConversationId:
    """Store one message with its answer, and a case from L2 on."""
    now = CLOCK.now()
    received = await receive(database, InboundMessage(ChannelName.WEB, name, f"x:{name}-0000", text="你好"), now)
    async with database.read() as tx:
        before = await load_turn(tx, received.conversation_id)
        pending = await next_pending(tx, received.conversation_id)
    async with database.write() as tx:
        await commit_turn(
            tx,
            TurnWrite(
                conversation=before.conversation,
                handled=pending,
                triage=TriageResult(level),
                level=level,
                state=before.conversation.state,
                language=Language.ZH,
                replies=(Reply(Author.GUIDE, "在"),),
                case_change=CaseChange(open_for=CaseReason.RISK if level >= Level.L2 else None),
            ),
            now,
        )
    return received.conversation_id


async def _left(database: Database) -> set[str]:
    async with database.read() as tx:
        return {row.id for row in await tx.execute(select(conversations.c.id))}


async def test_conversations_go_after_their_time_and_crisis_records_later(database: Database) -> None:
    plain = await _written(database, "plain", Level.L0)
    crisis = await _written(database, "crisis", Level.L3)
    waiting = await _written(database, "waiting", Level.L3)
    async with database.write() as tx:
        await tx.execute(update(cases).where(cases.c.conversation_id == crisis).values(status=CaseStatus.CLOSED))
    for after, left in (
        (KEEP - timedelta(days=1), {plain, crisis, waiting}),
        (KEEP + timedelta(days=1), {crisis, waiting}),
        (CRISIS_RECORD + timedelta(days=1), {waiting}),
    ):
        async with database.write() as tx:
            await forget_conversations(tx, CLOCK.now() + after, KEEP)
        assert await _left(database) == left
    async with database.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(messages)) == 2
