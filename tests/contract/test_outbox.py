"""The outbox: in order within a conversation, crisis first, never past the fence, nothing lost in a crash."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from core.clock import ManualClock
from core.conversation import TimelineMessage
from core.db import Database
from core.db.cases import add_person_message, claim_case
from core.db.conversations import staff_timeline
from core.db.outbox import OutboxRow, count_undelivered, heads, pass_fence, recover, retry, settle
from core.ids import ConversationId
from core.messages import Author, ChannelName, DeliveryState, Reply
from core.risk import Level
from tests.databases import Engine
from tests.doubles.stories import add_member, answer, bot, guide, open_case, write_in

TELEGRAM = ChannelName.TELEGRAM


async def due(database: Database, clock: ManualClock) -> list[OutboxRow]:
    """Return what may be sent now."""
    async with database.read() as tx:
        return await heads(tx, clock.now())


async def send(database: Database, clock: ManualClock, row: OutboxRow) -> bool:
    """Send one row as the sender does; return False when the fence held it."""
    async with database.write() as tx:
        if not await pass_fence(tx, row):
            return False
        await settle(tx, row.message_id, DeliveryState.SENT, clock.now(), provider_ref="7")
        return True


async def talk(
    database: Database, clock: ManualClock, *replies: Reply, address: str = "chat-1", level: Level = Level.L0
) -> ConversationId:
    """Let a citizen write on Telegram and answer with some bubbles."""
    received = await write_in(database, clock, address=address, channel=TELEGRAM)
    await answer(database, clock, received.conversation_id, *replies, level=level)
    return received.conversation_id


async def deliveries(database: Database, conversation_id: ConversationId) -> list[tuple[str, DeliveryState | None]]:
    """Return what became of each outbound message."""
    async with database.read() as tx:
        timeline: list[TimelineMessage] = await staff_timeline(tx, conversation_id)
    return [(message.text, message.delivery) for message in timeline if message.author is not Author.CITIZEN]


async def test_bubbles_leave_one_after_the_other(database: Database, clock: ManualClock) -> None:
    await talk(database, clock, bot("一"), bot("二"), bot("三"))
    said = []
    while rows := await due(database, clock):
        [row] = rows
        assert await send(database, clock, row)
        said.append(row.text)
    assert said == ["一", "二", "三"]


async def test_what_waits_for_its_next_try_holds_back_what_follows(database: Database, clock: ManualClock) -> None:
    await talk(database, clock, bot("一"), bot("二"))
    [row] = await due(database, clock)
    async with database.write() as tx:
        assert await pass_fence(tx, row)
        later = clock.now() + timedelta(seconds=30)
        await settle(tx, row.message_id, DeliveryState.DUE, clock.now(), again_at=later, error="retry_later")
    assert await due(database, clock) == []
    clock.advance(seconds=31)
    [again] = await due(database, clock)
    assert (again.text, again.attempts) == ("一", 1)


async def test_a_bubble_in_the_air_holds_back_what_follows(database: Database, clock: ManualClock) -> None:
    await talk(database, clock, bot("一"), bot("二"))
    [row] = await due(database, clock)
    async with database.write() as tx:
        assert await pass_fence(tx, row)
    assert await due(database, clock) == []


async def test_a_failed_bubble_does_not_hold_back_what_follows(database: Database, clock: ManualClock) -> None:
    conversation_id = await talk(database, clock, bot("一"), bot("二"))
    [row] = await due(database, clock)
    async with database.write() as tx:
        await pass_fence(tx, row)
        await settle(tx, row.message_id, DeliveryState.FAILED, clock.now(), error="rejected")
    assert [row.text for row in await due(database, clock)] == ["二"]
    assert (await deliveries(database, conversation_id))[0] == ("一", DeliveryState.FAILED)


async def test_crisis_is_sent_before_what_is_older(database: Database, clock: ManualClock) -> None:
    await talk(database, clock, bot("菜单"), address="calm")
    clock.advance(seconds=5)
    await talk(database, clock, guide("三"), address="three", level=Level.L3)
    clock.advance(seconds=5)
    await talk(database, clock, guide("四", Level.L4), address="four", level=Level.L4)
    rows = await due(database, clock)
    assert [(row.text, row.crisis) for row in rows] == [("四", True), ("三", True), ("菜单", False)]


async def test_old_rows_fall_when_a_person_has_claimed(database: Database, clock: ManualClock) -> None:
    member = await add_member(database, clock)
    card = guide("先打 120", unfenced=True, pinned=True)
    case = await open_case(database, clock, channel=TELEGRAM, replies=(card, guide("你在哪里"), bot("看看这篇")))
    async with database.write() as tx:
        await claim_case(tx, case.id, member.id, clock.now(), (guide("小林来了", unfenced=True),))
    sent = []
    while rows := await due(database, clock):
        sent += [row.text for row in rows if await send(database, clock, row)]
    assert sent == ["先打 120", "小林来了"]
    assert await deliveries(database, case.conversation_id) == [
        ("先打 120", DeliveryState.SENT),
        ("你在哪里", DeliveryState.DROPPED),
        ("看看这篇", DeliveryState.DROPPED),
        ("小林来了", DeliveryState.SENT),
    ]


async def test_a_raise_drops_the_bots_older_rows(database: Database, clock: ManualClock) -> None:
    conversation_id = await talk(database, clock, bot("睡眠有三点"), bot("第一点"))
    await write_in(database, clock, "我想死", channel=TELEGRAM)
    await answer(database, clock, conversation_id, guide("我很担心你"), level=Level.L3, new_owner=True)
    sent = []
    while rows := await due(database, clock):
        sent += [row.text for row in rows if await send(database, clock, row)]
    assert sent == ["我很担心你"]


async def test_a_persons_words_pass_any_fence(database: Database, clock: ManualClock) -> None:
    member = await add_member(database, clock)
    case = await open_case(database, clock, channel=TELEGRAM)
    async with database.write() as tx:
        case = await claim_case(tx, case.id, member.id, clock.now(), ())
        await add_person_message(tx, case, member.id, text="我是小林", client_id="client-1", now=clock.now())
    await write_in(database, clock, "更糟了", channel=TELEGRAM)
    await answer(database, clock, case.conversation_id, level=Level.L4, new_owner=True)
    [row] = await due(database, clock)
    assert (row.author, row.text, row.crisis) == (Author.PERSON, "我是小林", True)
    assert await send(database, clock, row)


async def test_two_senders_send_a_row_once(engine: Engine, clock: ManualClock) -> None:
    databases = [await engine.connect(), await engine.connect()]
    await talk(databases[0], clock, bot("一"))
    [row] = await due(databases[0], clock)

    async def take(database: Database) -> bool:
        async with database.write() as tx:
            return await pass_fence(tx, row)

    assert sum(await asyncio.gather(*(take(databases[number % 2]) for number in range(8)))) == 1


async def test_after_a_crash_crisis_is_repeated_and_the_rest_is_shown_to_staff(
    database: Database, clock: ManualClock
) -> None:
    calm = await talk(database, clock, bot("菜单"), address="calm")
    crisis = await talk(database, clock, guide("先打 120"), address="crisis", level=Level.L3)
    raised = await talk(database, clock, guide("你想过死吗", Level.L2), address="asked", level=Level.L2)
    async with database.write() as tx:
        for row in await heads(tx, clock.now()):
            assert await pass_fence(tx, row)
    async with database.write() as tx:
        assert await recover(tx) == [calm]
        assert await count_undelivered(tx) == 1
    assert await deliveries(database, calm) == [("菜单", DeliveryState.UNCERTAIN)]
    for conversation_id in (crisis, raised):
        assert (await deliveries(database, conversation_id))[0][1] is DeliveryState.DUE
    assert [row.text for row in await due(database, clock)] == ["先打 120", "你想过死吗"]


async def test_staff_send_again_what_failed_or_may_have_failed(database: Database, clock: ManualClock) -> None:
    conversation_id = await talk(database, clock, bot("菜单"))
    [row] = await due(database, clock)
    async with database.write() as tx:
        assert not await retry(tx, row.message_id, clock.now())  # it is on its way
        await pass_fence(tx, row)
        await settle(tx, row.message_id, DeliveryState.UNCERTAIN, clock.now(), error="uncertain")
    async with database.write() as tx:
        assert await retry(tx, row.message_id, clock.now())
        assert await count_undelivered(tx) == 0
    assert await deliveries(database, conversation_id) == [("菜单", DeliveryState.DUE)]
    [again] = await due(database, clock)
    assert await send(database, clock, again)
    async with database.write() as tx:
        assert not await retry(tx, row.message_id, clock.now())  # it did arrive
