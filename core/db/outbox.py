"""The outbox: what is to be sent on channels that we do not hold ourselves, in order, behind a fence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, or_, select, update

from core.db.engine import Tx
from core.db.rows import AnyRow, timeline_from
from core.db.tables import conversations, messages, outbox
from core.ids import ConversationId, MessageId
from core.language import Language
from core.messages import Author, Button, ChannelName, DeliveryState
from core.risk import Level

_OPEN = (DeliveryState.DUE, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message that is to be sent now.

    Attributes:
        address: The provider's name of the conversation.
        crisis: A send that may have arrived is repeated rather than left open.
    """

    message_id: MessageId
    conversation_id: ConversationId
    channel: ChannelName
    address: str
    language: Language
    author: Author
    text: str
    buttons: tuple[Button, ...]
    pinned: bool
    crisis: bool
    attempts: int


async def heads(tx: Tx, now: datetime, limit: int = 50) -> list[OutboxRow]:
    """Return the oldest unsent message of each conversation whose time has come, crisis first."""
    earlier = outbox.alias("earlier")
    blocked = exists().where(
        earlier.c.conversation_id == outbox.c.conversation_id,
        earlier.c.position < outbox.c.position,
        earlier.c.state.in_(_OPEN),
    )
    rows = await tx.execute(
        select(
            *messages.c,
            outbox.c.state.label("delivery"),
            outbox.c.level.label("urgency"),
            outbox.c.attempts.label("tries"),
            conversations.c.channel,
            conversations.c.address,
            conversations.c.language,
        )
        .join(messages, messages.c.id == outbox.c.message_id)
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .where(outbox.c.state == DeliveryState.DUE, outbox.c.due_at <= now, ~blocked)
        .order_by(outbox.c.level.desc(), outbox.c.due_at)
        .limit(limit)
    )
    return [_row(row) for row in rows]


async def pass_fence(tx: Tx, row: OutboxRow) -> bool:
    """Mark a row as being sent, unless a person owns the conversation by now; then it is dropped.

    Returns:
        True when the row may be sent now, by this caller alone.
    """
    same_owner = exists().where(
        conversations.c.id == outbox.c.conversation_id, conversations.c.ownership == outbox.c.ownership
    )
    due = and_(outbox.c.message_id == row.message_id, outbox.c.state == DeliveryState.DUE)
    passed = await tx.execute(
        update(outbox)
        .where(due, or_(outbox.c.unfenced, same_owner))
        .values(state=DeliveryState.SENDING, attempts=outbox.c.attempts + 1)
    )
    if passed.rowcount:
        return True
    await tx.execute(update(outbox).where(due).values(state=DeliveryState.DROPPED))
    return False


async def settle(
    tx: Tx,
    message_id: MessageId,
    state: DeliveryState,
    now: datetime,
    *,
    provider_ref: str | None = None,
    again_at: datetime | None = None,
    error: str | None = None,
) -> None:
    """Note how a send ended; `again_at` is the time of the next try of a row that is due again."""
    values: dict[str, object] = {"state": state, "error": error}
    if state is DeliveryState.SENT:
        values |= {"sent_at": now, "provider_ref": provider_ref}
    if again_at is not None:
        values["due_at"] = again_at
    await tx.execute(update(outbox).where(outbox.c.message_id == message_id).values(**values))


async def recover(tx: Tx) -> list[ConversationId]:
    """After a crash: repeat crisis messages that may have arrived, show the others to staff.

    Telegram and WeChat give no key against doubles; a crisis message twice is better than none.
    """
    sending = outbox.c.state == DeliveryState.SENDING
    crisis = or_(outbox.c.level >= Level.L3, outbox.c.author == Author.GUIDE)
    await tx.execute(update(outbox).where(sending, crisis).values(state=DeliveryState.DUE))
    rows = await tx.execute(
        update(outbox).where(sending).values(state=DeliveryState.UNCERTAIN).returning(outbox.c.conversation_id)
    )
    return [ConversationId(row.conversation_id) for row in rows]


async def retry(tx: Tx, message_id: MessageId, now: datetime) -> bool:
    """Send a failed or uncertain message again on a person's word; return False when it is neither."""
    result = await tx.execute(
        update(outbox)
        .where(
            outbox.c.message_id == message_id,
            outbox.c.state.in_((DeliveryState.FAILED, DeliveryState.UNCERTAIN)),
        )
        .values(state=DeliveryState.DUE, due_at=now, unfenced=True, error=None)
    )
    return bool(result.rowcount)


async def conversation_of(tx: Tx, message_id: MessageId) -> ConversationId | None:
    """Return the conversation that an outbound message belongs to, or None."""
    found = await tx.scalar(select(outbox.c.conversation_id).where(outbox.c.message_id == message_id))
    return ConversationId(found) if found else None


async def count_undelivered(tx: Tx) -> int:
    """Return how many messages staff should look at because they did not or may not have arrived."""
    rows = await tx.execute(
        select(outbox.c.message_id).where(outbox.c.state.in_((DeliveryState.FAILED, DeliveryState.UNCERTAIN)))
    )
    return len(rows.all())


def _row(row: AnyRow) -> OutboxRow:
    message = timeline_from(row)
    return OutboxRow(
        message_id=message.id,
        conversation_id=ConversationId(row.conversation_id),
        channel=ChannelName(row.channel),
        address=row.address,
        language=Language(row.language or Language.ZH),
        author=message.author,
        text=message.text,
        buttons=message.buttons,
        pinned=message.pinned,
        crisis=row.urgency >= Level.L3 or message.author is Author.GUIDE,
        attempts=row.tries,
    )
