"""What counsellors do with cases: claim, talk, note, give back, close; each one transaction with its audit row."""

from __future__ import annotations

import dataclasses
from typing import Protocol

from actions.content import Content
from actions.facts import Facts
from actions.speak import after_close, on_claim, on_release
from actions.standing import standing_facts
from core.bus import Bus, Signal, Topic
from core.cases import CaseStatus, Outcome
from core.clock import Clock
from core.conversation import Case
from core.db import Database, Tx
from core.db.audit import AuditAction, record
from core.db.cases import (
    CaseEvent,
    add_note,
    add_person_message,
    claim_case,
    close_case,
    find_person_message,
    get_case,
    release_case,
)
from core.db.conversations import find_open_case, get_conversation, last_citizen_position
from core.db.due import DueKind, open_due
from core.db.outbox import conversation_of, retry
from core.db.staff import StaffMember
from core.deadlines import UNANSWERED, UNCLAIMED_EVERY
from core.errors import ConflictError, InvalidError, NotFoundError
from core.ids import CaseId, ConversationId, MessageId
from core.risk import Level
from core.settings import Settings

NOTE_FROM = Level.L3
"""From this level on a case is closed with a note of what was assessed."""


class ContentHolder(Protocol):
    """Has the content in force; a reload may replace it."""

    @property
    def content(self) -> Content:
        """Return the content in force."""


class Desk:
    """The counsellor's desk."""

    def __init__(
        self, database: Database, knowledge: ContentHolder, bus: Bus, clock: Clock, settings: Settings
    ) -> None:
        """Keep what every step needs."""
        self._database = database
        self._knowledge = knowledge
        self._bus = bus
        self._clock = clock
        self._settings = settings

    async def claim(self, case_id: CaseId, member: StaffMember) -> Case:
        """Take a waiting case; exactly one person can, and the citizen hears who it is.

        Raises:
            ConflictError: Somebody else has it (`owner_id`).
        """
        now = self._clock.now()
        async with self._database.write() as tx:
            before = await get_case(tx, case_id)
            spoken = on_claim(await self._facts(tx, before), member.name, self._knowledge.content)
            case = await claim_case(tx, case_id, member.id, now, spoken.replies)
            await open_due(tx, DueKind.UNANSWERED, case_id, now + UNANSWERED)
            await record(tx, AuditAction.CASE_CLAIM, now, staff_id=member.id, target=case_id)
        self._changed(case)
        return case

    async def release(self, case_id: CaseId, member: StaffMember) -> Case:
        """Put an owned case back into the queue, with its original waiting time.

        Raises:
            ConflictError: This person does not own it.
        """
        now = self._clock.now()
        async with self._database.write() as tx:
            before = await get_case(tx, case_id)
            waiting = dataclasses.replace(await self._facts(tx, before), case_status=CaseStatus.WAITING)
            spoken = on_release(waiting, self._knowledge.content)
            case = await release_case(tx, before, member.id, now, spoken.replies)
            await open_due(tx, DueKind.UNCLAIMED, case_id, now + UNCLAIMED_EVERY[case.level])
            if case.level >= Level.L3:
                await open_due(tx, DueKind.COMPANY, case.conversation_id, now)
            await record(tx, AuditAction.CASE_RELEASE, now, staff_id=member.id, target=case_id)
        self._changed(case)
        self._bus.publish(Signal(Topic.ALERT, case_id, "released"))
        return case

    async def close(
        self, case_id: CaseId, member: StaffMember, *, outcome: Outcome, note: str, resume_assessment: bool
    ) -> Case:
        """Close an owned case; this ends the episode, and only this gives the conversation back to the bot.

        Raises:
            ConflictError: This person does not own it.
            InvalidError: A note is needed from L3 on.
        """
        now = self._clock.now()
        async with self._database.write() as tx:
            before = await get_case(tx, case_id)
            if before.status is CaseStatus.CLOSED and (before.owner_id, before.outcome) == (member.id, outcome):
                return before  # the answer to the first try was lost
            if before.level >= NOTE_FROM and not note.strip():
                raise InvalidError("say what was assessed and agreed", field="note", reason="note_required")
            spoken = after_close(await self._facts(tx, before), self._knowledge.content, resume_assessment)
            case = await close_case(
                tx,
                before,
                member.id,
                now,
                outcome=outcome,
                note=note.strip(),
                state=spoken.state,
                replies=spoken.replies,
            )
            await record(tx, AuditAction.CASE_CLOSE, now, staff_id=member.id, target=case_id, outcome=outcome)
        self._changed(case)
        return case

    async def say(self, case_id: CaseId, member: StaffMember, *, text: str, client_id: str, seen: int) -> int:
        """Commit the owner's words and return their position; the same `client_id` again returns the first one.

        Raises:
            ConflictError: `not_owner`, or `stale_view` when the citizen has written after position `seen`.
        """
        if not text.strip():
            raise InvalidError("text is empty", field="text")
        now = self._clock.now()
        async with self._database.write() as tx:
            case = await get_case(tx, case_id)
            said = await find_person_message(tx, case.conversation_id, client_id)
            if said is not None:
                return said
            newest = await last_citizen_position(tx, case.conversation_id)
            if case.owner_id == member.id and newest > seen:
                raise ConflictError("the citizen has written meanwhile", reason="stale_view", position=newest)
            position = await add_person_message(tx, case, member.id, text=text, client_id=client_id, now=now)
            await record(tx, AuditAction.MESSAGE_SEND, now, staff_id=member.id, target=case_id, position=position)
        self._changed(case)
        self._bus.publish(Signal(Topic.OUTBOX, case.conversation_id))
        return position

    async def note(self, case_id: CaseId, member: StaffMember, *, text: str, client_id: str) -> CaseEvent:
        """Add an internal note, which staff see and the citizen never does."""
        if not text.strip():
            raise InvalidError("text is empty", field="text")
        now = self._clock.now()
        async with self._database.write() as tx:
            case = await get_case(tx, case_id)
            event = await add_note(tx, case_id, member.id, text=text, client_id=client_id, now=now)
            await record(tx, AuditAction.NOTE_ADD, now, staff_id=member.id, target=case_id)
        self._changed(case)
        return event

    async def retry(self, message_id: MessageId, member: StaffMember) -> None:
        """Send a failed or uncertain message again.

        Raises:
            NotFoundError: There is no such message, or it did arrive.
            ConflictError: Somebody else owns the conversation.
        """
        now = self._clock.now()
        async with self._database.write() as tx:
            conversation_id = await conversation_of(tx, message_id)
            case = await find_open_case(tx, conversation_id) if conversation_id else None
            if conversation_id is None or case is None:
                raise NotFoundError("no such message in an open case")
            if case.owner_id != member.id:
                raise ConflictError("the case is somebody else's", reason="not_owner", owner_id=case.owner_id)
            if not await retry(tx, message_id, now):
                raise NotFoundError("this message needs no second try")
            await record(tx, AuditAction.MESSAGE_RETRY, now, staff_id=member.id, target=message_id)
        self._changed(case)
        self._bus.publish(Signal(Topic.OUTBOX, conversation_id))

    async def _facts(self, tx: Tx, case: Case) -> Facts:
        now = self._clock.now()
        conversation = await get_conversation(tx, case.conversation_id)
        return await standing_facts(tx, conversation, case, now, self._settings.service_hours)

    def _changed(self, case: Case) -> None:
        self._bus.publish(Signal(Topic.CONVERSATION, ConversationId(case.conversation_id)))
        self._bus.publish(Signal(Topic.OUTBOX, case.conversation_id))
        self._bus.publish(Signal(Topic.QUEUE))
