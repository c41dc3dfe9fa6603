"""What is forgotten and what is kept: ordinary talk for its time, crisis records for years, open cases always."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.cases import Outcome
from core.clock import ManualClock
from core.conversation import Case
from core.db import Database
from core.db.cases import claim_case, close_case, get_case
from core.db.conversations import get_conversation
from core.db.due import DueKind, open_due, take_due
from core.db.inbox import find_conversation, receive
from core.db.retention import CRISIS_RECORD, forget_conversations
from core.db.tables import metadata
from core.dialogue import DialogueState
from core.messages import ChannelName, InboundMessage, MessageKind
from core.risk import Level
from tests.doubles.stories import add_member, answer, bot, open_case, write_in

KEEP = timedelta(days=180)
LATER = KEEP + timedelta(days=1)


async def forget(database: Database, clock: ManualClock) -> int:
    """Forget what may be forgotten now."""
    async with database.write() as tx:
        return await forget_conversations(tx, clock.now(), KEEP)


async def close(database: Database, clock: ManualClock, case: Case) -> None:
    """Let somebody claim and close a case."""
    member = await add_member(database, clock)
    async with database.write() as tx:
        claimed = await claim_case(tx, case.id, member.id, clock.now(), ())
        state, ended = DialogueState(), Outcome.SUPPORTED
        await close_case(tx, claimed, member.id, clock.now(), outcome=ended, note="好", state=state, replies=())


async def test_ordinary_talk_is_forgotten_with_all_that_hangs_on_it(database: Database, clock: ManualClock) -> None:
    received = await write_in(database, clock, address="old")
    await write_in(database, clock, address="old")
    await answer(database, clock, received.conversation_id, bot())
    async with database.write() as tx:
        await open_due(tx, DueKind.NUDGE, received.conversation_id, clock.now())
    case = await open_case(database, clock, level=Level.L0, address="asked-for-a-person")
    await close(database, clock, case)
    clock.advance(seconds=LATER.total_seconds())
    fresh = await write_in(database, clock, address="new")
    assert await forget(database, clock) == 2
    async with database.write() as tx:
        assert await find_conversation(database, tx, "web", "old") is None
        assert await find_conversation(database, tx, "web", "new") == fresh.conversation_id
        assert await take_due(tx, clock.now()) == []
        for name in ("messages", "outbox", "cases", "case_events"):
            rows = (await tx.execute(metadata.tables[name].select())).all()
            assert len(rows) == (1 if name == "messages" else 0), name
    assert await forget(database, clock) == 0


async def test_crisis_record_is_kept_for_years(database: Database, clock: ManualClock) -> None:
    case = await open_case(database, clock, level=Level.L2)
    await close(database, clock, case)
    clock.advance(seconds=LATER.total_seconds())
    assert await forget(database, clock) == 0
    clock.advance(seconds=(CRISIS_RECORD - LATER).total_seconds())
    assert await forget(database, clock) == 0
    clock.advance(seconds=1)
    assert await forget(database, clock) == 1


async def test_open_case_is_never_forgotten(database: Database, clock: ManualClock) -> None:
    case = await open_case(database, clock, level=Level.L0)
    clock.advance(seconds=2 * CRISIS_RECORD.total_seconds())
    assert await forget(database, clock) == 0
    async with database.read() as tx:
        assert (await get_case(tx, case.id)).conversation_id == case.conversation_id
        await get_conversation(tx, case.conversation_id)


async def test_somebody_who_writes_again_is_kept(database: Database, clock: ManualClock) -> None:
    await write_in(database, clock, address="a")
    clock.advance(seconds=LATER.total_seconds())
    await write_in(database, clock, address="a")
    assert await forget(database, clock) == 0


async def test_edits_go_with_their_originals(database: Database, clock: ManualClock) -> None:
    first = InboundMessage(ChannelName.TELEGRAM, "a", "a:1", text="我没事")
    for message in (first, replace(first, provider_id="a:2", kind=MessageKind.EDIT, edit_of="a:1", text="我有事")):
        await receive(database, message, clock.now())
    clock.advance(seconds=LATER.total_seconds())
    assert await forget(database, clock) == 1
