"""Never: 5. A message is lost, or out of order within a conversation; on the web, doubled."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.dispatcher import FAILURES, Dispatcher
from core.cases import CaseReason
from core.conversation import TimelineMessage
from core.db.inbox import conversations_with_pending
from core.ids import ConversationId
from core.messages import Author, MessageKind
from core.risk import Level, TriageHistory, TriageResult
from tests.doubles.house import L0, L2, L3, BrokenTriage, House, authors


@dataclass
class Pauses:
    """Pauses that take no time."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        """Note the pause and let others go on."""
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def dispatcher(house: House, pauses: Pauses | None = None) -> Dispatcher:
    """Return a dispatcher of the house that never waits."""
    service = house.service
    return Dispatcher(service.database, service.turns, service.bus, pause=pauses or Pauses())


async def pending(house: House) -> list[ConversationId]:
    """Return what no turn has answered."""
    async with house.service.database.read() as tx:
        return await conversations_with_pending(tx)


async def work_off(house: House, pauses: Pauses | None = None) -> list[TimelineMessage]:
    """Handle everything that waits and return the first citizen's timeline."""
    working = dispatcher(house, pauses)
    await working.sweep()
    await working.idle()
    assert await pending(house) == []
    return await house.timeline((await house.conversation()).id)


def order_of_turns(timeline: list[TimelineMessage]) -> list[int]:
    """Return the positions of the citizen's messages."""
    return [message.position for message in timeline if message.author is Author.CITIZEN]


async def test_5_messages_are_handled_in_order_and_none_is_lost(house: House) -> None:
    texts: dict[str, list[str]] = {}
    seen: dict[str, list[str]] = {}

    @dataclass
    class Watching:
        """Notes what triage reads, conversation by conversation."""

        def assess(self, text: str, history: TriageHistory) -> TriageResult:
            who, _, _ = text.partition(" ")
            seen.setdefault(who, []).append(text)
            return TriageResult()

    house.service.knowledge.triage = Watching()
    for number in range(6):
        for who in (f"w{one}" for one in range(8)):
            text = f"{who} 第{number}句"
            texts.setdefault(who, []).append(text)
            await house.write(text, who)
    working = dispatcher(house)
    await asyncio.gather(working.sweep(), working.sweep())
    await working.idle()
    assert seen == texts
    assert await pending(house) == []


async def test_5_what_arrives_while_a_turn_runs_is_handled_next(house: House) -> None:
    working = dispatcher(house)
    received = [await house.write(f"第{number}句") for number in range(2)]
    working.wake(received[0].conversation_id)
    for number in range(2, 8):
        working.wake((await house.write(f"第{number}句")).conversation_id)
        await asyncio.sleep(0)
    await working.idle()
    assert await pending(house) == []
    timeline = await house.timeline(received[0].conversation_id)
    assert [message.text for message in timeline if message.author is Author.CITIZEN] == [
        f"第{number}句" for number in range(8)
    ]
    assert [message.position for message in timeline] == list(range(1, len(timeline) + 1))


async def test_5_a_turn_that_fails_twice_is_taken_again(house: House) -> None:
    house.service.knowledge.triage = BrokenTriage(after=house.service.knowledge.triage, failures=FAILURES - 1)
    pauses = Pauses()
    await house.write(L3)
    timeline = await work_off(house, pauses)
    assert len(pauses.seconds) == FAILURES - 1
    assert pauses.seconds == sorted(pauses.seconds)
    assert (await house.conversation()).level is Level.L3
    assert authors(timeline[1:]) == {Author.GUIDE}


async def test_5_a_message_that_no_turn_can_read_goes_to_people(house: House) -> None:
    house.service.knowledge.triage = BrokenTriage()
    await house.write("这句话谁也读不了")
    await house.write("第二句也是")
    timeline = await work_off(house)
    case = await house.case()
    assert (case.level, case.reason) == (Level.L2, CaseReason.RISK)
    assert Author.BOT not in authors(timeline[2:])
    assert authors(timeline[2:]) >= {Author.GUIDE}
    assert order_of_turns(timeline)[:2] == [1, 2]


async def test_5_failing_messages_do_not_hold_up_other_conversations(house: House) -> None:
    whole = house.service.knowledge.triage

    @dataclass
    class BreaksOnOne:
        """Fails on one citizen's words."""

        def assess(self, text: str, history: TriageHistory) -> TriageResult:
            if "坏" in text:
                raise RuntimeError("no")
            return whole.assess(text, history)

    house.service.knowledge.triage = BreaksOnOne()
    await house.write("坏的一句")
    await house.write(L0, "other")
    await house.write("后面这句是好的")
    await work_off(house)
    assert await house.find_case() is not None
    assert await house.find_case("other") is None


async def test_5_while_a_person_owns_what_nobody_can_read_is_still_shown(house: House) -> None:
    member = await house.member()
    await house.say(L2)
    await house.service.desk.claim((await house.case()).id, member)
    house.service.knowledge.triage = BrokenTriage()
    await house.write("读不了")
    timeline = await work_off(house)
    assert timeline[-1].text == "读不了"
    assert (await house.case()).unanswered_since is not None


async def test_5_a_failing_database_loses_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.write(L3)
    commit = house.service.turns._commit
    failures = 0

    async def broken(write: object) -> object:
        nonlocal failures
        failures += 1
        if failures <= 2:
            raise OSError("disk full")
        return await commit(write)  # type: ignore[arg-type]

    monkeypatch.setattr(house.service.turns, "_commit", broken)
    timeline = await work_off(house)
    assert failures == 3
    assert authors(timeline[1:]) == {Author.GUIDE}
    assert (await house.conversation()).level is Level.L3


async def test_5_after_a_restart_the_sweep_finds_what_was_not_answered(house: House) -> None:
    await house.write(L3)
    await house.restart()
    timeline = await work_off(house)
    assert authors(timeline[1:]) == {Author.GUIDE}


async def test_5_a_repeated_update_is_answered_once(house: House) -> None:
    for _ in range(3):
        await house.write(L0, provider_id="citizen:1")
        await work_off(house)
    timeline = await house.timeline((await house.conversation()).id)
    assert order_of_turns(timeline) == [1]
    once = [message.text for message in timeline]
    assert len(once) == len(set(once))


async def test_5_two_processes_answer_a_message_once(house: House) -> None:
    for number in range(10):
        await house.write(L0 if number % 2 else L2, f"w{number}")
    first, second = dispatcher(house), dispatcher(house)
    await asyncio.gather(first.sweep(), second.sweep())
    await asyncio.gather(first.idle(), second.idle())
    assert await pending(house) == []
    for number in range(10):
        timeline = await house.timeline((await house.conversation(f"w{number}")).id)
        texts = [message.text for message in timeline]
        assert len(texts) == len(set(texts)), f"w{number}"
        assert [message.position for message in timeline] == list(range(1, len(timeline) + 1))


async def test_5_every_kind_of_update_is_recorded_and_answered(house: House) -> None:
    for kind in set(MessageKind) - {MessageKind.EDIT}:  # an edit that raises nothing is kept without an answer
        said = await house.say("一句", f"k{kind}", kind=kind, payload="start" if kind is MessageKind.COMMAND else "")
        assert said, kind
