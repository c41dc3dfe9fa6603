"""The turn's two ends: what it needs to know, and the one conditional write that counts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update

from core.cases import CaseEventKind, CaseReason, CaseStatus
from core.conversation import AssessmentRecord, Case, Conversation, PendingMessage
from core.db.conversations import find_open_case, get_conversation
from core.db.due import DueKind, open_due
from core.db.engine import Tx
from core.db.inbox import next_pending
from core.db.rows import evidence_json, reply_details
from core.db.staff import count_on_duty
from core.db.tables import assessment_results, case_events, cases, conversations, helpful_votes, messages, outbox
from core.dialogue import DialogueState, Profile, dump_profile, dump_state
from core.ids import CaseId, ConversationId, MessageId, StaffId, new_id
from core.language import Language
from core.messages import Author, ChannelName, DeliveryState, MessageKind, Reply
from core.risk import Domain, Evidence, Level, Subject, TriageResult

# Statements of every turn are built once: building costs as much as running.
_TURN = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"), conversations.c.version == bindparam("read_version"))
    .values(
        version=conversations.c.version + 1,
        last_position=conversations.c.last_position + bindparam("replies"),
        ownership=conversations.c.ownership + bindparam("handed_over"),
        level=bindparam("level"),
        episode=bindparam("episode"),
        state=bindparam("state"),
        language=bindparam("language"),
        profile=bindparam("profile"),
    )
    .returning(conversations.c.last_position)
)
_HANDLED = (
    update(messages)
    .where(messages.c.id == bindparam("message"))
    .values(handled_at=bindparam("handled_at"), level=bindparam("level"), evidence=bindparam("evidence"))
)
_MESSAGES = insert(messages)
_OUTBOX = insert(outbox)


@dataclass(frozen=True, slots=True)
class TurnInput:
    """What a turn is computed from, read in one transaction.

    Attributes:
        case: The open case, if any.
    """

    conversation: Conversation
    case: Case | None


@dataclass(frozen=True, slots=True)
class DeskView:
    """What may be said of the people behind: as it is now, never an estimate.

    Attributes:
        on_duty: Counsellors on duty.
        ahead: Waiting cases in front of this one.
    """

    on_duty: int = 0
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class CaseChange:
    """What a turn does to the conversation's case.

    Attributes:
        open_for: Opens a case for this reason; None when one is open.
        raised: The level rose while the case was open.
        requested: The citizen asked for a person while the case was open.
    """

    open_for: CaseReason | None = None
    raised: bool = False
    requested: bool = False


@dataclass(frozen=True, slots=True)
class TurnWrite:
    """Everything that one turn changes, committed together or not at all.

    Attributes:
        conversation: As it was read; its version is the condition.
        handled: The message that this turn answers.
        triage: What triage found in it.
        level: The episode's level from now on; never lower than before.
        new_owner: True when bot rows that wait in the outbox must not leave any more.
        dues: Due rows to open, as `(kind, due_at)`.
    """

    conversation: Conversation
    handled: PendingMessage | None
    triage: TriageResult
    level: Level
    state: DialogueState
    language: Language
    replies: tuple[Reply, ...] = ()
    profile: Profile | None = None
    case: Case | None = None
    case_change: CaseChange = field(default_factory=CaseChange)
    domains: tuple[Domain, ...] = ()
    subject: Subject = Subject.UNKNOWN
    new_owner: bool = False
    records: tuple[AssessmentRecord, ...] = ()
    votes: tuple[tuple[str, str, bool], ...] = ()
    dues: tuple[tuple[DueKind, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class TurnCommitted:
    """What the write made: ids for the wake-ups that follow it.

    Attributes:
        more: Another message of the conversation waits for its turn.
    """

    case_id: CaseId | None
    case_opened: bool
    more: bool


async def load_turn(tx: Tx, conversation_id: ConversationId) -> TurnInput:
    """Return all that the next turn of a conversation is computed from."""
    return TurnInput(
        conversation=await get_conversation(tx, conversation_id),
        case=await find_open_case(tx, conversation_id),
    )


async def said_before(tx: Tx, conversation_id: ConversationId, position: int) -> datetime | None:
    """Return when the message before a position was said, or None when it is the first."""
    found: datetime | None = await tx.scalar(
        select(messages.c.at)
        .where(messages.c.conversation_id == conversation_id, messages.c.position < position)
        .order_by(messages.c.position.desc())
        .limit(1)
    )
    return found


async def view_desk(tx: Tx, conversation_id: ConversationId, level: Level, since: datetime, now: datetime) -> DeskView:
    """Return who is there for a case of `level` that waits since `since`, and how many wait before it."""
    before = (cases.c.level > level) | ((cases.c.level == level) & (cases.c.waiting_since < since))
    ahead = await tx.scalar(
        select(func.count()).where(
            cases.c.status == CaseStatus.WAITING, cases.c.conversation_id != conversation_id, before
        )
    )
    return DeskView(on_duty=await count_on_duty(tx, now), ahead=int(ahead or 0))


async def commit_turn(tx: Tx, write: TurnWrite, now: datetime) -> TurnCommitted | None:
    """Commit a turn if nothing has changed since it was read; return None when it must be computed again."""
    before = write.conversation
    if write.level < before.level:
        raise ValueError("only a person lowers a level")
    opens = write.case_change.open_for is not None
    episode = before.episode or (new_id() if write.level > Level.L0 or opens else None)
    position = await tx.scalar(
        _TURN,
        {
            "conversation": before.id,
            "read_version": before.version,
            "replies": len(write.replies),
            "handed_over": int(write.new_owner),
            "level": write.level,
            "episode": episode,
            "state": dump_state(write.state),
            "language": write.language,
            "profile": dump_profile(write.profile if write.profile is not None else before.profile),
        },
    )
    if position is None:
        return None
    if write.handled is not None:
        await _mark_handled(tx, write, now)
    case_id = await _change_case(tx, write, str(episode), now)
    ownership = before.ownership + int(write.new_owner)
    first = int(position) - len(write.replies) + 1
    await append_replies(tx, before, write.replies, first=first, ownership=ownership, now=now)
    for record in write.records:
        await tx.execute(insert(assessment_results).values(**_record_values(before.id, record)))
    for flow, version, helpful in write.votes:
        await tx.execute(insert(helpful_votes).values(flow=flow, version=version, helpful=helpful, at=now))
    for kind, due_at in write.dues:
        target = case_id if kind.targets_case else before.id
        if target is not None:
            await open_due(tx, kind, target, due_at)
    more = await next_pending(tx, before.id) is not None
    return TurnCommitted(case_id, opens, more)


async def append_replies(
    tx: Tx,
    conversation: Conversation,
    replies: tuple[Reply, ...],
    *,
    first: int,
    ownership: int,
    now: datetime,
    staff_id: StaffId | None = None,
    client_id: str | None = None,
) -> list[MessageId]:
    """Store outbound messages at the positions from `first` on, with their outbox rows.

    On the web page, committed is delivered: the page shows what this transaction shows, in order and once, and the
    version condition is the fence. Other channels get their rows sent by the outbox.
    """
    at_once = conversation.channel is not ChannelName.TELEGRAM
    ids = [MessageId(new_id()) for _ in replies]
    if replies:
        await tx.execute(
            _MESSAGES,
            [
                {
                    "id": message_id,
                    "conversation_id": conversation.id,
                    "position": first + index,
                    "author": reply.author,
                    "kind": MessageKind.TEXT,
                    "text": reply.text,
                    "details": reply_details(reply),
                    "staff_id": staff_id,
                    "client_id": client_id,
                    "at": now,
                    "handled_at": now,
                }
                for index, (message_id, reply) in enumerate(zip(ids, replies, strict=True))
            ],
        )
        await tx.execute(
            _OUTBOX,
            [
                {
                    "message_id": message_id,
                    "conversation_id": conversation.id,
                    "position": first + index,
                    "author": reply.author,
                    "ownership": ownership,
                    "unfenced": reply.unfenced or reply.author is Author.PERSON,
                    "level": max(reply.level, conversation.level),
                    "state": DeliveryState.SENT if at_once else DeliveryState.DUE,
                    "due_at": now,
                    "sent_at": now if at_once else None,
                }
                for index, (message_id, reply) in enumerate(zip(ids, replies, strict=True))
            ],
        )
    return ids


async def _mark_handled(tx: Tx, write: TurnWrite, now: datetime) -> None:
    assert write.handled is not None
    await tx.execute(
        _HANDLED,
        {
            "message": write.handled.id,
            "handled_at": now,
            "level": write.triage.level,
            "evidence": evidence_json(write.triage.evidence),
        },
    )


async def _change_case(tx: Tx, write: TurnWrite, episode: str, now: datetime) -> CaseId | None:
    change = write.case_change
    if change.open_for is not None:
        return await _open_case(tx, write, episode, change.open_for, now)
    if write.case is None:
        return None
    case = write.case
    values: dict[str, object] = {"version": cases.c.version + 1}
    if write.handled is not None:
        values["unanswered_since"] = func.coalesce(cases.c.unanswered_since, write.handled.at)
    if change.raised:
        values |= {"level": write.level, "domains": " ".join(write.domains)}
        values["quote"] = case.quote or _quote(write.triage.evidence)
        await add_case_event(tx, case.id, CaseEventKind.RAISED, now, triage=write.triage)
    if change.requested:
        await add_case_event(tx, case.id, CaseEventKind.REQUESTED, now)
    await tx.execute(update(cases).where(cases.c.id == case.id).values(**values))
    return case.id


async def _open_case(tx: Tx, write: TurnWrite, episode: str, reason: CaseReason, now: datetime) -> CaseId:
    since = write.handled.at if write.handled else now
    case_id = CaseId(new_id())
    await tx.execute(
        insert(cases).values(
            id=case_id,
            conversation_id=write.conversation.id,
            episode=episode,
            status=CaseStatus.WAITING,
            level=write.level,
            domains=" ".join(write.domains),
            subject=write.subject,
            reason=reason,
            quote=_quote(write.triage.evidence),
            opened_at=now,
            waiting_since=since,
            unanswered_since=since,
        )
    )
    await add_case_event(tx, case_id, CaseEventKind.OPENED, now, triage=write.triage)
    return case_id


async def add_case_event(
    tx: Tx,
    case_id: CaseId,
    kind: CaseEventKind,
    now: datetime,
    *,
    triage: TriageResult | None = None,
    staff_id: StaffId | None = None,
    text: str | None = None,
    client_id: str | None = None,
) -> str:
    """Add one row to a case's history and return its id."""
    event_id = new_id()
    lead = max(triage.evidence, key=lambda piece: piece.level, default=None) if triage else None
    await tx.execute(
        insert(case_events).values(
            id=event_id,
            case_id=case_id,
            at=now,
            kind=kind,
            staff_id=staff_id,
            level=triage.level if triage else None,
            rule=lead.rule if lead else None,
            quote=lead.quote if lead else None,
            text=text,
            client_id=client_id,
        )
    )
    return event_id


def _quote(evidence: tuple[Evidence, ...]) -> str | None:
    return max(evidence, key=lambda piece: piece.level).quote if evidence else None


def _record_values(conversation_id: ConversationId, record: AssessmentRecord) -> dict[str, object]:
    result = {"total": record.total, "band": record.band, "items": record.items}
    return {
        "id": new_id(),
        "conversation_id": conversation_id,
        "instrument": record.instrument,
        "version": record.version,
        "completed": record.completed,
        "result": json.dumps(result, ensure_ascii=False),
        "at": record.at,
    }
