"""Builders for the stores: a conversation, a turn, a case, an account, in one line each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

from core.cases import CaseReason
from core.clock import Clock
from core.conversation import Case, PendingMessage
from core.db import Database
from core.db.conversations import find_open_case
from core.db.inbox import Received, next_pending, receive
from core.db.staff import StaffMember, add_staff
from core.db.turns import CaseChange, TurnCommitted, TurnInput, TurnWrite, commit_turn, load_turn
from core.ids import ConversationId, new_id
from core.language import Language
from core.messages import Author, ChannelName, InboundMessage, Reply
from core.permissions import Role
from core.risk import Domain, Evidence, Level, Subject, TriageResult

_numbers = count(1)


def risk(level: Level, quote: str = "不想活了") -> TriageResult:
    """Return a finding with one piece of evidence."""
    return TriageResult(
        level, (Domain.SUICIDE,), Subject.SELF, (Evidence(quote, "suicide.wish", 0, len(quote), level),)
    )


def bot(text: str = "我在", **fields: object) -> Reply:
    """Return a bubble of the bot."""
    return replace(Reply(Author.BOT, text), **fields)  # type: ignore[arg-type]


def guide(text: str = "你现在安全吗", level: Level = Level.L3, **fields: object) -> Reply:
    """Return a bubble of the guide."""
    return replace(Reply(Author.GUIDE, text, level=level), **fields)  # type: ignore[arg-type]


async def write_in(
    database: Database,
    clock: Clock,
    text: str = "在吗",
    *,
    address: str = "chat-1",
    channel: ChannelName = ChannelName.WEB,
) -> Received:
    """Store a message of a citizen."""
    return await receive(
        database, InboundMessage(channel, address, f"{address}:{next(_numbers)}", text=text), clock.now()
    )


@dataclass(frozen=True, slots=True)
class Before:
    """What the next turn is computed from, with the message that it will answer."""

    read: TurnInput
    pending: PendingMessage | None


def turn(before: Before, *replies: Reply, **fields: object) -> TurnWrite:
    """Return the write of a turn that changes nothing but what is given."""
    conversation = before.read.conversation
    write = TurnWrite(
        conversation=conversation,
        handled=before.pending,
        triage=TriageResult(),
        level=conversation.level,
        state=conversation.state,
        language=conversation.language or Language.ZH,
        replies=replies,
        case=before.read.case,
    )
    return replace(write, **fields)  # type: ignore[arg-type]


async def load(database: Database, conversation_id: ConversationId) -> Before:
    """Return what the next turn is computed from."""
    async with database.read() as tx:
        return Before(await load_turn(tx, conversation_id), await next_pending(tx, conversation_id))


async def commit(database: Database, clock: Clock, write: TurnWrite) -> TurnCommitted | None:
    """Commit a turn in a transaction of its own."""
    async with database.write() as tx:
        return await commit_turn(tx, write, clock.now())


async def answer(
    database: Database, clock: Clock, conversation_id: ConversationId, *replies: Reply, **fields: object
) -> TurnCommitted:
    """Take one turn that must succeed."""
    before = await load(database, conversation_id)
    committed = await commit(database, clock, turn(before, *replies, **fields))
    assert committed is not None
    return committed


async def open_case(
    database: Database,
    clock: Clock,
    *,
    level: Level = Level.L3,
    address: str = "chat-1",
    channel: ChannelName = ChannelName.WEB,
    replies: tuple[Reply, ...] = (),
    reason: CaseReason = CaseReason.RISK,
) -> Case:
    """Let a citizen write something that opens a case, and return it."""
    received = await write_in(database, clock, "我不想活了", address=address, channel=channel)
    await answer(
        database,
        clock,
        received.conversation_id,
        *replies,
        triage=risk(level),
        level=level,
        domains=(Domain.SUICIDE,),
        subject=Subject.SELF,
        case_change=CaseChange(open_for=reason),
        new_owner=True,
    )
    return await case_of(database, received.conversation_id)


async def case_of(database: Database, conversation_id: ConversationId) -> Case:
    """Return the open case of a conversation, which must have one."""
    async with database.read() as tx:
        case = await find_open_case(tx, conversation_id)
    assert case is not None
    return case


async def add_member(
    database: Database, clock: Clock, login: str = "", *roles: Role, name: str = "", password_hash: str = "-"
) -> StaffMember:
    """Make an account, a counsellor's unless roles are given."""
    login = login or f"staff-{new_id()[:8]}"
    async with database.write() as tx:
        return await add_staff(
            tx,
            login=login,
            name=name or login,
            password_hash=password_hash,
            roles=roles or (Role.COUNSELLOR,),
            now=clock.now(),
        )
