"""Cases: conditional updates on status and version; every change leaves an event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update

from core.cases import CaseEventKind, CaseStatus, Outcome
from core.conversation import AssessmentRecord, Case
from core.db.conversations import get_conversation
from core.db.engine import Tx
from core.db.rows import case_from
from core.db.tables import assessment_results, case_events, cases, conversations, messages
from core.db.turns import add_case_event, append_replies
from core.dialogue import DialogueState, dump_state
from core.errors import ConflictError, NotFoundError
from core.ids import CaseId, ConversationId, StaffId
from core.messages import Author, Reply
from core.risk import Level


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One row of a case's history."""

    sequence: int
    id: str
    at: datetime
    kind: CaseEventKind
    staff_id: StaffId | None
    level: Level | None
    rule: str | None
    quote: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A case with what the queue shows of its conversation."""

    case: Case
    channel: str
    language: str | None
    last_message_at: datetime | None


async def get_case(tx: Tx, case_id: CaseId) -> Case:
    """Return a case.

    Raises:
        NotFoundError: There is none with this id.
    """
    row = (await tx.execute(select(cases).where(cases.c.id == case_id))).first()
    if row is None:
        raise NotFoundError("no such case")
    return case_from(row)


async def queue(tx: Tx) -> list[QueueEntry]:
    """Return every open case: by level, then by waiting time."""
    return await _entries(
        tx, cases.c.status != CaseStatus.CLOSED, (cases.c.level.desc(), cases.c.waiting_since, cases.c.number)
    )


async def closed_cases(tx: Tx, before: datetime | None, limit: int = 50) -> list[QueueEntry]:
    """Return closed cases, the latest first."""
    condition = cases.c.status == CaseStatus.CLOSED
    if before is not None:
        condition &= cases.c.closed_at < before
    return await _entries(tx, condition, (cases.c.closed_at.desc(),), limit)


async def get_entry(tx: Tx, case_id: CaseId) -> QueueEntry:
    """Return one case as the queue shows it.

    Raises:
        NotFoundError: There is none with this id.
    """
    found = await _entries(tx, cases.c.id == case_id, (cases.c.number,))
    if not found:
        raise NotFoundError("no such case")
    return found[0]


async def earlier_cases(tx: Tx, case: Case) -> list[QueueEntry]:
    """Return the other cases of a conversation, the latest first."""
    condition = (cases.c.conversation_id == case.conversation_id) & (cases.c.id != case.id)
    return await _entries(tx, condition, (cases.c.number.desc(),))


async def case_events_of(tx: Tx, case_id: CaseId) -> list[CaseEvent]:
    """Return a case's history, oldest first."""
    rows = await tx.execute(
        select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.sequence)
    )
    return [
        CaseEvent(
            sequence=row.sequence,
            id=row.id,
            at=row.at,
            kind=CaseEventKind(row.kind),
            staff_id=StaffId(row.staff_id) if row.staff_id else None,
            level=Level(row.level) if row.level is not None else None,
            rule=row.rule,
            quote=row.quote,
            text=row.text,
        )
        for row in rows
    ]


async def records_of(tx: Tx, conversation_id: ConversationId) -> list[AssessmentRecord]:
    """Return the questionnaires of a conversation, oldest first."""
    rows = await tx.execute(
        select(assessment_results)
        .where(assessment_results.c.conversation_id == conversation_id)
        .order_by(assessment_results.c.at)
    )
    records = []
    for row in rows:
        result = json.loads(row.result)
        items = tuple((text, answer, int(value)) for text, answer, value in result["items"])
        records.append(
            AssessmentRecord(row.instrument, row.version, row.completed, result["total"], result["band"], items, row.at)
        )
    return records


async def claim_case(tx: Tx, case_id: CaseId, staff_id: StaffId, now: datetime, replies: tuple[Reply, ...]) -> Case:
    """Give a waiting case to one person; the conversation's fence rises, so the program falls silent.

    Raises:
        NotFoundError: There is no such case.
        ConflictError: Somebody else has it (`owner_id`), or it is closed.
    """
    claimed = await tx.scalar(
        update(cases)
        .where(cases.c.id == case_id, cases.c.status == CaseStatus.WAITING)
        .values(status=CaseStatus.CLAIMED, owner_id=staff_id, claimed_at=now, version=cases.c.version + 1)
        .returning(cases.c.conversation_id)
    )
    if claimed is None:
        case = await get_case(tx, case_id)
        if case.status is CaseStatus.CLAIMED and case.owner_id == staff_id:
            return case
        raise ConflictError("the case is not waiting", reason="already_claimed", owner_id=case.owner_id)
    await add_case_event(tx, case_id, CaseEventKind.CLAIMED, now, staff_id=staff_id)
    await _hand_over(tx, ConversationId(claimed), replies, now)
    return await get_case(tx, case_id)


async def release_case(tx: Tx, case: Case, staff_id: StaffId, now: datetime, replies: tuple[Reply, ...]) -> Case:
    """Put an owned case back into the queue with its original waiting time.

    Raises:
        ConflictError: This person does not own it any more.
    """
    await _owned(tx, case.id, staff_id, status=CaseStatus.WAITING, owner_id=None, claimed_at=None)
    await add_case_event(tx, case.id, CaseEventKind.RELEASED, now, staff_id=staff_id)
    await _hand_over(tx, case.conversation_id, replies, now)
    return await get_case(tx, case.id)


async def close_case(
    tx: Tx,
    case: Case,
    staff_id: StaffId,
    now: datetime,
    *,
    outcome: Outcome,
    note: str,
    state: DialogueState,
    replies: tuple[Reply, ...],
) -> Case:
    """Close an owned case with its outcome; only this ends an episode and gives the conversation back to the bot.

    Raises:
        ConflictError: This person does not own it any more.
    """
    await _owned(tx, case.id, staff_id, status=CaseStatus.CLOSED, outcome=outcome, closed_at=now, unanswered_since=None)
    await add_case_event(tx, case.id, CaseEventKind.CLOSED, now, staff_id=staff_id, text=note or None)
    await tx.execute(
        update(conversations)
        .where(conversations.c.id == case.conversation_id)
        .values(level=Level.L0, episode=None, state=dump_state(state))
    )
    await _hand_over(tx, case.conversation_id, replies, now)
    return await get_case(tx, case.id)


async def add_person_message(tx: Tx, case: Case, staff_id: StaffId, *, text: str, client_id: str, now: datetime) -> int:
    """Store a counsellor's words for sending and return their position.

    Raises:
        ConflictError: This person does not own the case any more, or `client_id` names another message.
    """
    await _owned(tx, case.id, staff_id, unanswered_since=None)
    # Behind the lock on the case: the same words sent twice at one moment have been committed once by now.
    said = await find_person_message(tx, case.conversation_id, client_id)
    if said is not None:
        return said
    position = await tx.scalar(
        update(conversations)
        .where(conversations.c.id == case.conversation_id)
        .values(last_position=conversations.c.last_position + 1)
        .returning(conversations.c.last_position)
    )
    conversation = await get_conversation(tx, case.conversation_id)
    reply = Reply(Author.PERSON, text, unfenced=True, level=case.level)
    await append_replies(
        tx,
        conversation,
        (reply,),
        first=int(position or 0),
        ownership=conversation.ownership,
        now=now,
        staff_id=staff_id,
        client_id=client_id,
    )
    return int(position or 0)


async def find_person_message(tx: Tx, conversation_id: ConversationId, client_id: str) -> int | None:
    """Return the position of a counsellor's message that was stored before, or None.

    Raises:
        ConflictError: A citizen's message has this id.
    """
    row = (
        await tx.execute(
            select(messages.c.position, messages.c.author).where(
                messages.c.conversation_id == conversation_id, messages.c.client_id == client_id
            )
        )
    ).first()
    if row is None:
        return None
    if row.author != Author.PERSON:
        raise ConflictError("this client_id names another message", reason="client_id_taken")
    return int(row.position)


async def add_note(
    tx: Tx, case_id: CaseId, staff_id: StaffId, *, text: str, client_id: str, now: datetime
) -> CaseEvent:
    """Add an internal note; the same `client_id` again returns the first one."""
    await tx.execute(select(cases.c.id).where(cases.c.id == case_id).with_for_update())  # one note at a time
    known = select(case_events.c.id).where(case_events.c.case_id == case_id, case_events.c.client_id == client_id)
    event_id = await tx.scalar(known) or await add_case_event(
        tx, case_id, CaseEventKind.NOTE, now, staff_id=staff_id, text=text, client_id=client_id
    )
    return next(event for event in await case_events_of(tx, case_id) if event.id == event_id)


async def _owned(tx: Tx, case_id: CaseId, staff_id: StaffId, **values: object) -> None:
    changed = await tx.execute(
        update(cases)
        .where(cases.c.id == case_id, cases.c.status == CaseStatus.CLAIMED, cases.c.owner_id == staff_id)
        .values(version=cases.c.version + 1, **values)
    )
    if not changed.rowcount:
        case = await get_case(tx, case_id)
        raise ConflictError("the case is somebody else's", reason="not_owner", owner_id=case.owner_id)


async def _hand_over(tx: Tx, conversation_id: ConversationId, replies: tuple[Reply, ...], now: datetime) -> None:
    """Raise the fence and the version, then say the words of the hand-over behind the new fence."""
    await tx.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(
            ownership=conversations.c.ownership + 1,
            version=conversations.c.version + 1,
            last_position=conversations.c.last_position + len(replies),
        )
    )
    conversation = await get_conversation(tx, conversation_id)
    first = conversation.last_position - len(replies) + 1
    await append_replies(tx, conversation, replies, first=first, ownership=conversation.ownership, now=now)


async def _entries(
    tx: Tx, condition: ColumnElement[bool], order: tuple[ColumnElement[Any], ...], limit: int = 1000
) -> list[QueueEntry]:
    rows = await tx.execute(
        select(*cases.c, conversations.c.channel, conversations.c.language, conversations.c.last_inbound_at)
        .join(conversations)
        .where(condition)
        .order_by(*order)
        .limit(limit)
    )
    return [QueueEntry(case_from(row), row.channel, row.language, row.last_inbound_at) for row in rows]
