"""kill -9 of the whole service at ten random points of a conversation in Telegram: nothing is lost."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest

from core.cases import CaseStatus
from core.conversation import TimelineMessage
from core.db.cases import closed_cases, queue
from core.db.conversations import staff_timeline
from core.db.inbox import conversations_with_pending, find_conversation
from core.db.outbox import count_undelivered
from core.messages import Author, ChannelName, DeliveryState
from core.risk import Level
from tests.doubles import telegram_updates
from tests.doubles.telegram_api import TOKEN, Fault, FaultKind, TelegramDouble
from tests.e2e.house import Caller, House, calling, settle_in, until
from tests.integration.killing import DEATHS, SEED, Deaths, choose_steps

CHAT = 5550001
OPEN = {DeliveryState.DUE, DeliveryState.SENDING}
LAST = 12
"""Messages at the end of the timeline that may still be on their way."""


@dataclass
class Citizen:
    """Somebody in Telegram, which keeps what they write until it is told that it was received."""

    telegram: TelegramDouble
    house: House
    fate: Deaths | None = None
    wrote: list[str] = field(default_factory=list)

    async def say(self, text: str) -> None:
        """Write, and return once all that follows from it has been sent."""
        self._step(text)
        if text.startswith("/"):
            content = telegram_updates.command(CHAT, self.telegram.next_number(), text)
            await self.telegram.inject(message=content)
        else:
            await self.telegram.write(CHAT, text)
        await self.quiet()

    async def press(self, label: str, payload: str) -> None:
        """Press a button, and return once all that follows from it has been sent."""
        self._step(label)
        await self.telegram.press(CHAT, payload, labels={payload: label}, press_id=str(len(self.wrote)))
        await self.quiet()

    async def choose(self, number: int = 0) -> None:
        """Press a button of the newest message."""
        label, payload = self.telegram.sent[-1].buttons[number]
        await self.press(label, payload)

    async def quiet(self) -> None:
        """Return once every message is stored and handled, and nothing is on its way."""
        await until(self._nothing_open, seconds=60, why=f"quiet after {self.wrote[-1]}")

    def _step(self, text: str) -> None:
        self.wrote.append(text)
        if self.fate:
            self.fate.step()

    async def _nothing_open(self) -> bool:
        await self.house.up.wait()
        stored = await timeline(self.house, limit=LAST)
        async with self.house.database() as database, database.read() as tx:
            handled = not await conversations_with_pending(tx)
        last = next((one for one in reversed(stored) if one.author is Author.CITIZEN), None)
        arrived = not self.telegram.updates and last is not None and last.text == self.wrote[-1]
        return handled and arrived and not any(one.delivery in OPEN for one in stored)


async def timeline(house: House, limit: int = 1000) -> list[TimelineMessage]:
    """Return what is stored of the conversation."""
    async with house.database() as database, database.read() as tx:
        found = await find_conversation(database, tx, ChannelName.TELEGRAM, str(CHAT))
        return await staff_timeline(tx, found, limit=limit) if found else []


async def help_by_a_person(desk: Caller, citizen: Citizen) -> None:
    """Claim the only case, write, be written to, write again, and close."""
    _, overview = await desk.get("/staff/api/overview")
    (case,) = overview["cases"]
    path = f"/staff/api/cases/{case['id']}"
    status, _ = await desk.post(f"{path}/claim")
    assert status == 200
    await citizen.quiet()
    await person_says(desk, path, "我是小林，我在。想听你说说。")
    await citizen.say("有时候想，死了就轻松了")
    await citizen.say("你还在吗")
    await person_says(desk, path, "我在。谢谢你告诉我。")
    await citizen.quiet()
    body = {"outcome": "supported", "note": "有念头，无计划。", "resume_assessment": False}
    status, answer = await desk.post(f"{path}/close", body)
    if status == 409:  # the first answer was lost with the service
        _, view = await desk.get(path)
        answer = view["case"]
    assert answer["status"] == "closed"
    await citizen.quiet()


async def person_says(desk: Caller, path: str, text: str) -> None:
    """Write to the citizen, having seen all."""
    _, view = await desk.get(path)
    body = {"client_id": str(uuid4()), "text": text, "seen": view["position"]}
    status, answer = await desk.post(f"{path}/messages", body)
    assert status == 201, answer


async def converse(citizen: Citizen, desk: Caller) -> None:
    """Carry the main job through."""
    await citizen.say("/start")
    await citizen.press("可以", "consent:yes")
    await citizen.say("最近总是睡不着，躺着干瞪眼")
    await citizen.choose()
    await citizen.choose()
    await citizen.press("想做个小测", "assess:phq9")
    for item in range(1, 9):
        await citizen.press("好几天", f"a:phq9:{item}:1")
    await citizen.press("一半以上的天数", "a:phq9:9:2")
    await citizen.say("就是觉得撑不下去了")
    await citizen.choose(-1)
    await help_by_a_person(desk, citizen)
    await citizen.say("今晚还是怕睡不着")
    await citizen.choose()


@asynccontextmanager
async def service_on(telegram: TelegramDouble, var: Path) -> AsyncIterator[tuple[House, Caller]]:
    """Run the service on the double, with a counsellor signed in."""
    house = House(var, environment={"XINQIAO_TELEGRAM_TOKEN": TOKEN, "XINQIAO_TELEGRAM_API": telegram.base_url})
    await house.start()
    try:
        async with calling(house) as boss, calling(house) as desk:
            await settle_in(house, boss, desk)
            yield house, desk
    finally:
        await house.stop()


@dataclass
class Lived:
    """What is left of the conversation."""

    house: House
    wrote: list[str]
    stored: list[TimelineMessage]
    arrived: list[str]
    """What the citizen's phone shows from the service, in order."""
    undelivered: int


async def look_nowhere() -> None:
    """Look at nothing while the service is down."""


@pytest.fixture(name="lived", scope="module")
async def fixture_lived(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    """The conversation with ten deaths."""
    dice = random.Random(SEED)
    async with TelegramDouble() as telegram, service_on(telegram, tmp_path_factory.mktemp("house")) as (house, desk):
        # Each wish of the citizen is a step; the counsellor's requests are steps too.
        fate = Deaths(house, choose_steps(dice, STEPS, DEATHS), dice, 0.25, look_nowhere)
        desk.before_call = fate.step
        citizen = Citizen(telegram, house, fate)
        await converse(citizen, desk)
        await fate.over()
        await citizen.quiet()
        assert fate.steps == STEPS, "the number of steps is written below"
        async with house.database() as database, database.read() as tx:
            undelivered = await count_undelivered(tx)
        arrived = [one.text for one in telegram.sent]
        yield Lived(house, citizen.wrote, await timeline(house), arrived, undelivered)


STEPS = 25
"""Steps of `converse`: wishes of the citizen and requests of the counsellor that change something."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


def crisis_of(stored: list[TimelineMessage]) -> set[int]:
    """Return the positions from the item to the last word of the person, in which a message may arrive twice."""
    danger = next(one.position for one in stored if one.level is not None and one.level >= Level.L3)
    over = max(one.position for one in stored if one.author is Author.PERSON)
    return {one.position for one in stored if danger < one.position <= over or one.author is Author.GUIDE}


async def test_it_died_ten_times(lived: Lived) -> None:
    assert lived.house.deaths == DEATHS


async def test_every_update_is_stored_once_in_order(lived: Lived) -> None:
    stored = [one.text for one in lived.stored if one.author is Author.CITIZEN]
    assert stored == lived.wrote
    assert [one.position for one in lived.stored] == list(range(1, len(lived.stored) + 1))


async def test_what_was_said_arrived_in_order_and_only_a_crisis_message_twice(lived: Lived) -> None:
    arrived, crisis = list(lived.arrived), crisis_of(lived.stored)
    uncertain = 0
    for one in lived.stored:
        if one.author is Author.CITIZEN:
            continue
        times = 0
        while arrived and arrived[0] == one.text:
            arrived.pop(0)
            times += 1
        if one.delivery is DeliveryState.DROPPED:
            assert times == 0
        elif one.delivery is DeliveryState.UNCERTAIN:
            uncertain += 1
            assert times <= 1
            assert one.position not in crisis
        else:
            assert one.delivery is DeliveryState.SENT
            assert times == 1 or (times > 1 and one.position in crisis), (times, one.position, one.author)
    assert arrived == []
    assert uncertain == lived.undelivered


async def test_the_program_is_silent_from_the_item_to_the_closing(lived: Lived) -> None:
    authors = [one.author for one in lived.stored]
    danger = next(at for at, one in enumerate(lived.stored) if one.level is not None and one.level >= Level.L3)
    first, last = authors.index(Author.PERSON), len(authors) - 1 - authors[::-1].index(Author.PERSON)
    assert Author.BOT not in authors[danger:last]
    assert Author.GUIDE in authors[danger:first]
    assert Author.GUIDE not in authors[first:]
    assert Author.BOT in authors[last:]


async def test_one_case_that_a_person_closed(lived: Lived) -> None:
    async with lived.house.database() as database, database.read() as tx:
        assert await queue(tx) == []
        (entry,) = await closed_cases(tx, None)
    assert entry.case.status is CaseStatus.CLOSED
    assert entry.case.level is Level.L3


async def test_a_death_while_a_message_is_in_the_air(tmp_path: Path) -> None:
    """Whether it arrived nobody knows: a crisis message is repeated, another is shown to staff instead."""
    async with TelegramDouble() as telegram, service_on(telegram, tmp_path) as (house, _):
        citizen = Citizen(telegram, house)
        await citizen.say("/start")
        for words, times in (("最近总是睡不着", 1), ("不想活了，药都买好了", 2)):
            already = len(telegram.sent)
            telegram.fail("sendMessage", Fault(FaultKind.HANG))
            await telegram.write(CHAT, words)
            citizen.wrote.append(words)
            await telegram.wait_for(lambda already=already: len(telegram.sent) > already)  # type: ignore[misc]
            await house.kill()
            await telegram.release_hanging()
            await house.start()
            await citizen.quiet()
            said = [one.text for one in telegram.sent[already:]]
            assert said.count(said[0]) == times
        stored = await timeline(house)
        states = [one.delivery for one in stored if one.author is not Author.CITIZEN]
        assert states.count(DeliveryState.UNCERTAIN) == 1
        assert set(states) == {DeliveryState.SENT, DeliveryState.UNCERTAIN}
