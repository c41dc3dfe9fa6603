"""Never to happen: two counsellors own one case; the program speaks once a person has joined.

Everything that may speak is raced against claims, over two services on one database file as two processes would be.
XINQIAO_RACES says how many races of each kind are run.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from app.service import Service, open_service
from bot.channels.port import Outbound
from bot.company import Company
from bot.outbox import OutboxSender
from core.cases import CaseStatus
from core.conversation import Case, TimelineMessage
from core.db.conversations import find_open_case, staff_timeline
from core.db.due import DueKind, DueRow
from core.db.staff import StaffMember, add_staff
from core.errors import ConflictError
from core.ids import ConversationId, new_id
from core.messages import Author, ChannelName, DeliveryState, InboundMessage, MessageKind
from core.permissions import Role
from core.routing import NluState, Route
from core.settings import load_settings

SEED = int(os.environ.get("XINQIAO_TEST_SEED", "20261122"))
RACES = int(os.environ.get("XINQIAO_RACES", "40"))
CLAIMS = 200
ROUNDS, CLAIM_ROUNDS = 100, 1500
"""Rounds of the event loop that a racer, and a claim, may lose on the way; a turn takes less than a claim may lose."""
SELF_HELP, DANGER = "最近总是睡不着", "不想活了，药都买好了"

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def detour(dice: random.Random, rounds: int = ROUNDS) -> None:
    """Lose some rounds of the event loop."""
    for _ in range(dice.randrange(rounds)):
        await asyncio.sleep(0)


@dataclass
class WanderingRouter:
    """The keyword routes, reached over a detour: between a turn's reading and its writing much can happen."""

    inner: object
    dice: random.Random

    @property
    def state(self) -> NluState:
        """Return that no model is there."""
        return NluState.OFF

    async def route(self, text: str) -> Route:
        """Return the route a while later."""
        await detour(self.dice)
        found: Route = await self.inner.route(text)  # type: ignore[attr-defined]
        return found


@dataclass
class Phones:
    """Telegram, as far as it shows what arrives and takes its time."""

    dice: random.Random
    arrived: dict[str, list[str]] = field(default_factory=dict)
    name: ChannelName = ChannelName.TELEGRAM

    async def start(self) -> None:
        """Be there already."""

    async def stop(self) -> None:
        """Stay."""

    async def deliver(self, message: Outbound) -> str:
        """Show a message a while later."""
        await detour(self.dice)
        self.arrived.setdefault(message.address, []).append(message.message_id)
        return message.message_id

    async def typing(self, address: str) -> None:
        """Show nothing."""


@dataclass
class Ring:
    """Two services on one file, and who claims."""

    one: Service
    two: Service
    dice: random.Random
    phones: Phones
    members: list[StaffMember]
    number: int = 0

    def sender(self) -> OutboxSender:
        """Return the first service's sender to the phones."""
        return OutboxSender(self.one.database, {ChannelName.TELEGRAM: self.phones}, self.one.bus, self.one.clock)

    async def hears(self, channel: ChannelName, text: str, address: str = "") -> tuple[ConversationId, str]:
        """Store a message and return its conversation and its address."""
        self.number += 1
        address = address or f"{self.number:09}"
        message = InboundMessage(channel, address, f"{address}:{self.number:08}", MessageKind.TEXT, text)
        return (await self.one.inbox.accept(message)).conversation_id, address

    async def waiting_case(self, channel: ChannelName, text: str) -> tuple[Case, str]:
        """Return the case that a first message opens; all that was said then has arrived."""
        conversation_id, address = await self.hears(channel, text)
        await self.one.turns.take(conversation_id)
        if channel is ChannelName.TELEGRAM:
            await drain(self.sender())
        async with self.one.database.read() as tx:
            case = await find_open_case(tx, conversation_id)
        assert case is not None
        assert case.status is CaseStatus.WAITING
        return case, address

    async def claims(self, case: Case) -> StaffMember:
        """Claim through the second service, some time, and return who did."""
        member = self.dice.choice(self.members)
        await detour(self.dice, CLAIM_ROUNDS)
        await self.two.desk.claim(case.id, member)
        return member

    async def stored(self, conversation_id: ConversationId) -> list[TimelineMessage]:
        """Return the whole timeline."""
        async with self.two.database.read() as tx:
            return await staff_timeline(tx, conversation_id, limit=1000)


async def drain(sender: OutboxSender) -> None:
    """Send until nothing is due."""
    while await sender.send_due():
        pass


@pytest.fixture(name="ring", scope="module")
async def fixture_ring(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ring]:
    settings = load_settings(var=tmp_path_factory.mktemp("ring"))
    dice = random.Random(SEED)
    async with open_service(settings) as one, open_service(settings) as two:
        for service in (one, two):
            service.knowledge.router = WanderingRouter(service.knowledge.router, dice)
        async with one.database.write() as tx:
            members = [
                await add_staff(
                    tx,
                    login=f"member{number}",
                    name=f"接线员{number:03}",
                    password_hash="-",
                    roles=(Role.COUNSELLOR,),
                    now=one.clock.now(),
                )
                for number in range(CLAIMS)
            ]
        yield Ring(one, two, dice, Phones(dice), members)


def joined_at(stored: list[TimelineMessage], member: StaffMember) -> int:
    """Return the position of the line that names who has joined."""
    (position,) = [one.position for one in stored if one.author is Author.GUIDE and member.name in one.text]
    return position


def check_silence(stored: list[TimelineMessage], member: StaffMember) -> bool:
    """Check that the program says nothing behind the line; tell whether it answered the second message before it."""
    joined = joined_at(stored, member)
    behind = [one.author for one in stored if one.position > joined]
    assert set(behind) <= {Author.CITIZEN}, behind
    second = [one.position for one in stored if one.author is Author.CITIZEN][1:2]
    return any(second and second[0] < one.position < joined and one.author is not Author.CITIZEN for one in stored)


def check_arrivals(stored: list[TimelineMessage], arrived: list[str]) -> int:
    """Check that what was sent arrived once and in order, and nothing else; return how many rows were dropped."""
    out = [one for one in stored if one.author is not Author.CITIZEN]
    assert [one.id for one in out if one.delivery is DeliveryState.SENT] == arrived
    dropped = [one for one in out if one.delivery is DeliveryState.DROPPED]
    assert len(arrived) + len(dropped) == len(out)
    assert all(one.author in {Author.BOT, Author.GUIDE} for one in dropped)
    return len(dropped)


Racer = Callable[[Ring, Case, str], Awaitable[object]]


async def one_turn(ring: Ring, case: Case, _address: str) -> None:
    """A turn in one process."""
    await detour(ring.dice)
    await ring.one.turns.take(case.conversation_id)


async def two_turns(ring: Ring, case: Case, _address: str) -> None:
    """The same turn in two processes at once."""
    services = (ring.one, ring.two)
    await detour(ring.dice)
    await asyncio.gather(*(service.turns.take(case.conversation_id) for service in services))


async def a_late_message(ring: Ring, case: Case, address: str) -> None:
    """A turn, and a message of danger right behind the first."""
    await detour(ring.dice)
    await ring.one.turns.take(case.conversation_id)
    await ring.hears(ChannelName.WEB, DANGER, address)
    await ring.one.turns.take(case.conversation_id)


async def company(ring: Ring, case: Case, _address: str) -> None:
    """Words to somebody who waits, because they are due."""
    await detour(ring.dice)
    one = ring.one
    now = one.clock.now()
    words = Company(one.database, one.knowledge, one.bus, one.clock, one.settings)
    await words.keep(DueRow(new_id(), DueKind.COMPANY, case.conversation_id, now, 0))


@pytest.mark.parametrize(
    ("racer", "first", "then"),
    [
        (one_turn, "人工", SELF_HELP),
        (two_turns, "人工", SELF_HELP),
        (one_turn, DANGER, "我好怕"),
        (a_late_message, "人工", SELF_HELP),
        (company, DANGER, ""),
    ],
    ids=["bot turn", "bot turn in two processes", "guide turn", "raise", "company"],
)
async def test_nobody_but_the_person_speaks_after_the_claim(ring: Ring, racer: Racer, first: str, then: str) -> None:
    before = 0
    for _ in range(RACES):
        case, address = await ring.waiting_case(ChannelName.WEB, first)
        if then:
            await ring.hears(ChannelName.WEB, then, address)
        member, _ = await asyncio.gather(ring.claims(case), racer(ring, case, address))
        while await ring.one.turns.take(case.conversation_id):
            pass
        stored = await ring.stored(case.conversation_id)
        before += check_silence(stored, member)
        words = Counter(one.text for one in stored if one.author is Author.BOT)
        assert not [text for text, times in words.items() if times > 1]
    if then:
        # Both orders were raced, or this shows nothing.
        assert 0 < before < RACES


@pytest.mark.parametrize(("first", "then"), [("人工", SELF_HELP), (DANGER, "我好怕")], ids=["bot", "guide"])
async def test_what_waits_to_be_sent_is_dropped_at_the_claim(ring: Ring, first: str, then: str) -> None:
    dropped = 0
    for _ in range(RACES):
        case, address = await ring.waiting_case(ChannelName.TELEGRAM, first)
        await ring.hears(ChannelName.TELEGRAM, then, address)
        await ring.one.turns.take(case.conversation_id)
        member, _ = await asyncio.gather(ring.claims(case), drain(ring.sender()))
        await drain(ring.sender())
        stored = await ring.stored(case.conversation_id)
        check_silence(stored, member)
        dropped += check_arrivals(stored, ring.phones.arrived[address]) > 0
    assert 0 < dropped <= RACES


async def test_self_help_that_waits_to_be_sent_is_dropped_at_the_raise(ring: Ring) -> None:
    dropped = 0
    for _ in range(RACES):
        conversation_id, address = await ring.hears(ChannelName.TELEGRAM, SELF_HELP)
        await ring.one.turns.take(conversation_id)
        await ring.hears(ChannelName.TELEGRAM, DANGER, address)
        await asyncio.gather(wandering(ring, ring.two.turns.take(conversation_id)), drain(ring.sender()))
        await drain(ring.sender())
        stored = await ring.stored(conversation_id)
        dropped += check_arrivals(stored, ring.phones.arrived[address]) > 0
        danger = max(one.position for one in stored if one.author is Author.CITIZEN)
        assert {one.author for one in stored if one.position > danger} == {Author.GUIDE}
    assert 0 < dropped <= RACES


async def wandering(ring: Ring, work: Awaitable[object]) -> None:
    """Do something after a detour."""
    await detour(ring.dice)
    await work


async def test_two_hundred_claims_and_one_owner(ring: Ring) -> None:
    case, _ = await ring.waiting_case(ChannelName.WEB, DANGER)

    async def claim(service: Service, member: StaffMember) -> Case | ConflictError:
        try:
            return await service.desk.claim(case.id, member)
        except ConflictError as refused:
            return refused

    services = [ring.one, ring.two] * (CLAIMS // 2)
    ring.dice.shuffle(services)
    answers = await asyncio.gather(*(claim(service, one) for service, one in zip(services, ring.members, strict=True)))
    (won,) = [one for one in answers if isinstance(one, Case)]
    refused = [one for one in answers if isinstance(one, ConflictError)]
    assert len(refused) == CLAIMS - 1
    assert {(one.data["reason"], one.data["owner_id"]) for one in refused} == {("already_claimed", won.owner_id)}
    stored = await ring.stored(case.conversation_id)
    owner = next(member for member in ring.members if member.id == won.owner_id)
    check_silence(stored, owner)
