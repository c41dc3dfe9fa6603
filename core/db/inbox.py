"""The inbox: a citizen's message is committed here before its provider is told "received"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Table, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.conversation import PendingMessage
from core.db.engine import Database, Tx
from core.db.rows import inbound_details, pending_from
from core.db.tables import conversations, messages
from core.errors import ConflictError
from core.ids import ConversationId, MessageId, new_id
from core.messages import Author, ChannelName, InboundMessage, MessageKind

# Statements of every message are built once: building costs as much as running.
_PENDING = (
    select(
        messages.c.id,
        messages.c.position,
        messages.c.kind,
        messages.c.text,
        messages.c.details,
        messages.c.at,
        messages.c.attempts,
        conversations.c.channel,
        conversations.c.address,
    )
    .join(conversations)
    .where(
        messages.c.conversation_id == bindparam("conversation_id"),
        messages.c.handled_at.is_(None),
        messages.c.author == Author.CITIZEN,
    )
    .order_by(messages.c.position)
    .limit(1)
)
_STEP = (
    update(conversations)
    .where(conversations.c.channel == bindparam("on_channel"), conversations.c.address_hash == bindparam("at_address"))
    .values(last_position=conversations.c.last_position + 1, last_inbound_at=bindparam("now"))
    .returning(conversations.c.id, conversations.c.last_position)
)


@dataclass(frozen=True, slots=True)
class Received:
    """Where a message was stored.

    Attributes:
        repeated: True when this very update had been stored before; nothing was stored now.
    """

    conversation_id: ConversationId
    message_id: MessageId
    position: int
    repeated: bool


class _Repeated(Exception):  # noqa: N818 - no error: the way out of a transaction that must not be kept
    def __init__(self, received: Received) -> None:
        self.received = received


async def receive(database: Database, message: InboundMessage, now: datetime) -> Received:
    """Store an inbound message once, at the end of its conversation; a repeat returns the first row.

    The conversation's row is locked while the position is given out, so positions are committed in order.

    Raises:
        ConflictError: Its `client_id` names another message of this conversation.
    """
    try:
        return await _receive(database, message, now)
    except _Repeated as repeat:  # rolled back: the position it took is free again
        return repeat.received


async def _receive(database: Database, message: InboundMessage, now: datetime) -> Received:
    update_hash = database.keys.lookup("update", f"{message.channel}:{message.provider_id}")
    async with database.write() as tx:
        conversation_id, position = await _next_position(database, tx, message, now)
        message_id = MessageId(new_id())
        stored = await insert_once(
            tx,
            messages,
            id=message_id,
            conversation_id=conversation_id,
            position=position,
            author=Author.CITIZEN,
            kind=message.kind,
            text=message.text,
            details=inbound_details(message),
            update_hash=update_hash,
            client_id=message.provider_id.rpartition(":")[2] if message.channel is ChannelName.WEB else None,
            edit_of=await _edited(database, tx, message),
            at=now,
        )
        if not stored:  # behind the lock: a repeat that came at the same moment has committed by now
            raise _Repeated(await _stored(tx, update_hash))
        return Received(conversation_id, message_id, position, repeated=False)


async def next_pending(tx: Tx, conversation_id: ConversationId) -> PendingMessage | None:
    """Return the oldest message of a conversation that no turn has handled, or None."""
    row = (await tx.execute(_PENDING, {"conversation_id": conversation_id})).first()
    return pending_from(row, row.channel, row.address) if row else None


async def conversations_with_pending(tx: Tx) -> list[ConversationId]:
    """Return every conversation that waits for a turn, the longest-waiting first."""
    rows = await tx.execute(
        select(messages.c.conversation_id)
        .where(messages.c.handled_at.is_(None), messages.c.author == Author.CITIZEN)
        .group_by(messages.c.conversation_id)
        .order_by(func.min(messages.c.at))
    )
    return [ConversationId(row.conversation_id) for row in rows]


async def count_attempt(tx: Tx, message_id: MessageId) -> int:
    """Note that a turn for this message failed, and return how many have."""
    attempts = await tx.scalar(
        update(messages)
        .where(messages.c.id == message_id)
        .values(attempts=messages.c.attempts + 1)
        .returning(messages.c.attempts)
    )
    return int(attempts or 0)


async def open_conversation(
    database: Database, tx: Tx, *, channel: str, address: str, language: str | None, now: datetime
) -> ConversationId:
    """Return the conversation of an address, which is made when it is new."""
    address_hash = database.keys.lookup("address", f"{channel}:{address}")
    await insert_once(
        tx,
        conversations,
        id=new_id(),
        channel=channel,
        address_hash=address_hash,
        address=address,
        language=language,
        created_at=now,
    )
    found = await tx.scalar(
        select(conversations.c.id).where(
            conversations.c.channel == channel, conversations.c.address_hash == address_hash
        )
    )
    return ConversationId(str(found))


async def find_conversation(database: Database, tx: Tx, channel: str, address: str) -> ConversationId | None:
    """Return the conversation of an address, or None."""
    address_hash = database.keys.lookup("address", f"{channel}:{address}")
    found = await tx.scalar(
        select(conversations.c.id).where(
            conversations.c.channel == channel, conversations.c.address_hash == address_hash
        )
    )
    return ConversationId(found) if found else None


async def insert_once(tx: Tx, table: Table, **values: Any) -> bool:
    """Insert a row unless one with that key is there; return whether it was inserted."""
    result = await tx.execute(_insert_once(table, tx.dialect.name), values)
    return bool(result.rowcount)


@cache
def _insert_once(table: Table, dialect: str) -> Executable:
    made = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return made.on_conflict_do_nothing()


async def _next_position(
    database: Database, tx: Tx, message: InboundMessage, now: datetime
) -> tuple[ConversationId, int]:
    """Give out the next position of the message's conversation, which is made when it is new."""
    address_hash = database.keys.lookup("address", f"{message.channel}:{message.address}")
    step = {"on_channel": message.channel, "at_address": address_hash, "now": now}
    found = (await tx.execute(_STEP, step)).first()
    if found is None:
        await open_conversation(
            database, tx, channel=message.channel, address=message.address, language=message.language_hint, now=now
        )
        found = (await tx.execute(_STEP, step)).one()
    return ConversationId(found.id), found.last_position


async def _stored(tx: Tx, update_hash: str) -> Received:
    row = (
        await tx.execute(
            select(messages.c.id, messages.c.position, messages.c.conversation_id).where(
                messages.c.update_hash == update_hash
            )
        )
    ).first()
    if row is None:  # no repeat: a page has named its message as another one of this conversation is named
        raise ConflictError("this client_id names another message", reason="client_id_taken")
    return Received(ConversationId(row.conversation_id), MessageId(row.id), row.position, repeated=True)


async def _edited(database: Database, tx: Tx, message: InboundMessage) -> str | None:
    if message.kind is not MessageKind.EDIT:
        return None
    original = database.keys.lookup("update", f"{message.channel}:{message.edit_of}")
    found = await tx.scalar(select(messages.c.id).where(messages.c.update_hash == original))
    return str(found) if found else None
