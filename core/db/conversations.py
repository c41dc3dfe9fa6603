"""Reading conversations and their timelines, and the few changes that are no turn."""

from __future__ import annotations

import dataclasses

from sqlalchemy import bindparam, func, select, update

from core.cases import CaseStatus
from core.conversation import Case, Conversation, TimelineMessage
from core.db.engine import Tx
from core.db.rows import case_from, conversation_from, timeline_from
from core.db.tables import cases, conversations, messages, outbox
from core.dialogue import Profile, dump_profile
from core.errors import NotFoundError
from core.ids import ConversationId
from core.language import Language
from core.messages import Author, DeliveryState

# Statements of every turn are built once: building costs as much as running.
_CONVERSATION = select(conversations).where(conversations.c.id == bindparam("id"))
_OPEN_CASE = select(cases).where(
    cases.c.conversation_id == bindparam("conversation_id"), cases.c.status != CaseStatus.CLOSED
)
TIMELINE = [*messages.c, outbox.c.state.label("delivery")]


async def get_conversation(tx: Tx, conversation_id: ConversationId) -> Conversation:
    """Return a conversation.

    Raises:
        NotFoundError: There is none with this id.
    """
    row = (await tx.execute(_CONVERSATION, {"id": conversation_id})).first()
    if row is None:
        raise NotFoundError("no such conversation")
    return conversation_from(row)


async def find_open_case(tx: Tx, conversation_id: ConversationId) -> Case | None:
    """Return the open case of a conversation, or None."""
    row = (await tx.execute(_OPEN_CASE, {"conversation_id": conversation_id})).first()
    return case_from(row) if row else None


async def citizen_timeline(tx: Tx, conversation_id: ConversationId, after: int) -> list[TimelineMessage]:
    """Return what the citizen said and what was sent to them, after a position, oldest first."""
    rows = await tx.execute(
        select(*TIMELINE)
        .outerjoin(outbox, outbox.c.message_id == messages.c.id)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.position > after,
            (messages.c.author == Author.CITIZEN) | (outbox.c.state == DeliveryState.SENT),
        )
        .order_by(messages.c.position)
    )
    return [timeline_from(row) for row in rows]


async def staff_timeline(
    tx: Tx, conversation_id: ConversationId, *, before: int | None = None, limit: int = 100
) -> list[TimelineMessage]:
    """Return the newest `limit` messages before a position, whatever became of them, oldest first."""
    query = (
        select(*TIMELINE)
        .outerjoin(outbox, outbox.c.message_id == messages.c.id)
        .where(messages.c.conversation_id == conversation_id)
        .order_by(messages.c.position.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(messages.c.position < before)
    return [timeline_from(row) for row in await tx.execute(query)][::-1]


async def set_language(tx: Tx, conversation_id: ConversationId, language: Language) -> None:
    """Change the language of a conversation; a turn in progress is computed again."""
    await tx.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(language=language, version=conversations.c.version + 1)
    )


async def change_profile(tx: Tx, conversation_id: ConversationId, **changes: object) -> Profile:
    """Change fields of a profile and return the whole; a turn in progress is computed again."""
    row = await tx.execute(select(conversations).where(conversations.c.id == conversation_id).with_for_update())
    found = row.first()
    if found is None:
        raise NotFoundError("no such conversation")
    profile = dataclasses.replace(conversation_from(found).profile, **changes)  # type: ignore[arg-type]
    await tx.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(profile=dump_profile(profile), version=conversations.c.version + 1)
    )
    return profile


async def last_citizen_position(tx: Tx, conversation_id: ConversationId) -> int:
    """Return the position of the citizen's newest message, 0 when there is none."""
    found: int | None = await tx.scalar(
        select(func.max(messages.c.position)).where(
            messages.c.conversation_id == conversation_id, messages.c.author == Author.CITIZEN
        )
    )
    return found or 0
