"""The inbox: each update is stored once, whole, and in the order in which it came."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.clock import ManualClock
from core.db import Database
from core.db.conversations import citizen_timeline, get_conversation, staff_timeline
from core.db.inbox import Received, conversations_with_pending, count_attempt, find_conversation, next_pending, receive
from core.ids import ConversationId
from core.language import Language
from core.messages import ChannelName, InboundMessage, Location, MessageKind
from tests.databases import Engine


def update(number: int, text: str = "在吗", address: str = "chat-1", **fields: object) -> InboundMessage:
    """Return one update of a channel."""
    message = InboundMessage(ChannelName.TELEGRAM, address, f"{address}:{number}", text=text)
    return replace(message, **fields)  # type: ignore[arg-type]


async def positions(database: Database, conversation_id: ConversationId) -> list[int]:
    """Return the positions of a conversation as they are stored."""
    async with database.read() as tx:
        return [message.position for message in await staff_timeline(tx, conversation_id, limit=10_000)]


async def receive_all(
    databases: Sequence[Database], updates: Sequence[InboundMessage], clock: ManualClock
) -> list[Received]:
    """Store updates side by side, spread over several processes' databases."""
    return await asyncio.gather(
        *(receive(databases[number % len(databases)], one, clock.now()) for number, one in enumerate(updates))
    )


async def test_first_message_begins_a_conversation(database: Database, clock: ManualClock) -> None:
    received = await receive(database, update(1, language_hint=Language.EN), clock.now())
    assert (received.position, received.repeated) == (1, False)
    async with database.read() as tx:
        conversation = await get_conversation(tx, received.conversation_id)
        assert await conversations_with_pending(tx) == [received.conversation_id]
        assert await find_conversation(database, tx, "telegram", "chat-1") == received.conversation_id
        assert await find_conversation(database, tx, "web", "chat-1") is None
    assert (conversation.address, conversation.language, conversation.version) == ("chat-1", Language.EN, 0)


async def test_repeat_is_stored_once_and_takes_no_position(database: Database, clock: ManualClock) -> None:
    first = await receive(database, update(1), clock.now())
    again = await receive(database, update(1, "something else"), clock.now())
    assert again == replace(first, repeated=True)
    following = await receive(database, update(2), clock.now())
    assert following.position == 2


async def test_same_update_at_the_same_moment_is_stored_once(engine: Engine, clock: ManualClock) -> None:
    databases = [await engine.connect(), await engine.connect()]
    received = await receive_all(databases, [update(1)] * 20, clock)
    assert sum(not one.repeated for one in received) == 1
    assert len({one.message_id for one in received}) == 1
    assert await positions(databases[0], received[0].conversation_id) == [1]
    async with databases[0].read() as tx:
        assert (await get_conversation(tx, received[0].conversation_id)).last_position == 1


async def test_positions_have_no_gap_under_concurrency(engine: Engine, clock: ManualClock) -> None:
    databases = [await engine.connect(), await engine.connect()]
    updates = [update(number % 40) for number in range(60)]  # the first twenty come twice
    received = await receive_all(databases, updates, clock)
    assert sum(not one.repeated for one in received) == 40
    assert await positions(databases[0], received[0].conversation_id) == list(range(1, 41))


async def test_conversations_count_for_themselves(database: Database, clock: ManualClock) -> None:
    updates = [update(number, address=f"chat-{number % 3}") for number in range(12)]
    received = await receive_all([database], updates, clock)
    ids = {one.conversation_id for one in received}
    assert len(ids) == 3
    for conversation_id in ids:
        assert await positions(database, conversation_id) == [1, 2, 3, 4]


async def test_messages_sent_one_after_the_other_stay_in_order(database: Database, clock: ManualClock) -> None:
    for number in range(5):
        received = await receive(database, update(number, f"第{number}句"), clock.now())
    async with database.read() as tx:
        timeline = await citizen_timeline(tx, received.conversation_id, after=0)
        pending = await next_pending(tx, received.conversation_id)
    assert [message.text for message in timeline] == [f"第{number}句" for number in range(5)]
    assert pending is not None
    assert pending.message.text == "第0句"


async def test_same_provider_id_on_another_channel_is_another_update(database: Database, clock: ManualClock) -> None:
    telegram = await receive(database, update(1), clock.now())
    web = await receive(database, update(1, channel=ChannelName.WEB), clock.now())
    assert not web.repeated
    assert web.conversation_id != telegram.conversation_id


async def test_edit_is_kept_beside_the_original(database: Database, clock: ManualClock) -> None:
    original = await receive(database, update(1, "我没事"), clock.now())
    edit = update(2, "我有事", kind=MessageKind.EDIT, edit_of="chat-1:1")
    edited = await receive(database, edit, clock.now())
    async with database.read() as tx:
        timeline = await staff_timeline(tx, original.conversation_id)
    assert [(message.text, message.edit_of) for message in timeline] == [
        ("我没事", None),
        ("我有事", original.message_id),
    ]
    assert edited.position == 2


async def test_edit_of_what_was_never_seen_is_stored_all_the_same(database: Database, clock: ManualClock) -> None:
    edit = update(2, "改过的", kind=MessageKind.EDIT, edit_of="chat-1:unknown")
    received = await receive(database, edit, clock.now())
    async with database.read() as tx:
        [message] = await staff_timeline(tx, received.conversation_id)
    assert (message.kind, message.text, message.edit_of) == (MessageKind.EDIT, "改过的", None)


async def test_long_text_is_stored_whole(database: Database, clock: ManualClock) -> None:
    text = "很长的一句话。🙂\x1f" * 12_000 + "我不想活了"
    received = await receive(database, update(1, text), clock.now())
    async with database.read() as tx:
        pending = await next_pending(tx, received.conversation_id)
    assert pending is not None
    assert pending.message.text == text


@pytest.mark.parametrize("kind", list(MessageKind))
async def test_every_kind_comes_back_as_it_was(database: Database, clock: ManualClock, kind: MessageKind) -> None:
    message = update(
        1,
        "一句话" if kind is not MessageKind.UNSUPPORTED else "",
        kind=kind,
        payload="flow:sleep" if kind is MessageKind.BUTTON else "",
        file_id="file-1" if kind is MessageKind.VOICE else "",
        location=Location(31.2, 121.5) if kind is MessageKind.LOCATION else None,
    )
    received = await receive(database, message, clock.now())
    async with database.read() as tx:
        pending = await next_pending(tx, received.conversation_id)
        assert await count_attempt_of(database, received) == 1
    assert pending is not None
    assert pending.message == message


async def count_attempt_of(database: Database, received: Received) -> int:
    """Count one failed turn and return how many there are."""
    async with database.write() as tx:
        return await count_attempt(tx, received.message_id)
