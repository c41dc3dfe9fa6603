"""kill -9 of the whole service at ten random points of a conversation on the web: nothing lost, nothing doubled."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from core.cases import CaseEventKind, CaseStatus
from core.conversation import TimelineMessage
from core.db.cases import case_events_of, closed_cases, queue
from core.db.conversations import get_conversation, staff_timeline
from core.db.inbox import conversations_with_pending
from core.ids import ConversationId
from core.messages import Author, DeliveryState
from core.risk import Level
from tests.e2e.house import Caller, House, calling, settle_in, until
from tests.integration.killing import DEATHS, SEED, Deaths, choose_steps

Json = dict[str, Any]


@dataclass
class Told:
    """What the two people were told over HTTP while it ran, to be held against what was stored."""

    conversation: str = ""
    acknowledged: list[tuple[str, int, str]] = field(default_factory=list)
    """Client id, position and words of each of the citizen's messages."""
    said: list[tuple[str, int, str]] = field(default_factory=list)
    """The same of the counsellor's."""
    shown: dict[int, Json] = field(default_factory=dict)
    """What the page showed at each position."""
    levels: list[int] = field(default_factory=list)
    """The conversation's level at each death before the case was closed."""
    owners: list[str | None] = field(default_factory=list)
    """Who owned the case at each death between claim and closing."""
    closed: bool = False
    claimed: bool = False


@dataclass
class Citizen:
    """The page: it sends with a client id, shows what it is given, and waits for answers."""

    caller: Caller
    told: Told

    async def open(self) -> None:
        """Open the page."""
        _, view = await self.caller.post("/api/session", {"language": "zh"})
        self.told.conversation = view["conversation"]
        self._show(view)

    async def say(self, text: str, payload: str = "", *, answered: bool = True) -> None:
        """Send a message and return once it is acknowledged; with `answered`, once the program has answered."""
        client_id = str(uuid4())
        body = {"client_id": client_id, "text": text} | ({"payload": payload} if payload else {})
        status, answer = await self.caller.post("/api/messages", body)
        assert status == 202, answer
        position = answer["position"]
        self.told.acknowledged.append((client_id, position, text))
        if answered:
            await until(lambda: self._answered(position), why=f"an answer to {text}")

    async def choose(self, number: int = 0) -> None:
        """Press a button of the newest message."""
        button = self.told.shown[max(self.told.shown)]["buttons"][number]
        await self.say(button["label"], button["payload"])

    async def look(self) -> Json:
        """Ask for all that the page should show, as after a reload."""
        _, view = await self.caller.get("/api/conversation")
        self._show(view)
        return dict(view)

    async def _answered(self, position: int) -> bool:
        await self.look()
        return any(at > position and one["author"] != "citizen" for at, one in self.told.shown.items())

    def _show(self, view: Json) -> None:
        for message in view["messages"]:
            before = self.told.shown.setdefault(message["position"], message)
            assert before == message, "what was shown once has changed"


@dataclass
class Counsellor:
    """The console: it claims, writes, notes and closes, each with the same words at every try."""

    caller: Caller
    told: Told
    case: str = ""

    async def claim(self) -> None:
        """Take the only case that waits."""
        _, overview = await self.caller.get("/staff/api/overview")
        (case,) = overview["cases"]
        self.case = case["id"]
        status, claimed = await self.caller.post(f"/staff/api/cases/{self.case}/claim")
        assert (status, claimed["owner"]["name"]) == (200, "小林"), claimed
        self.told.claimed = True

    async def say(self, text: str) -> None:
        """Write to the citizen, having seen all."""
        client_id = str(uuid4())
        _, view = await self.caller.get(f"/staff/api/cases/{self.case}")
        body = {"client_id": client_id, "text": text, "seen": view["position"]}
        status, message = await self.caller.post(f"/staff/api/cases/{self.case}/messages", body)
        assert status == 201, message
        self.told.said.append((client_id, message["position"], text))

    async def note(self, text: str) -> None:
        """Write a note."""
        body = {"client_id": str(uuid4()), "text": text}
        status, _ = await self.caller.post(f"/staff/api/cases/{self.case}/notes", body)
        assert status == 201

    async def close(self) -> None:
        """Close the case; the answer may be lost with the service, and then the case shows what became of it."""
        self.told.closed = True  # from here on a level may be lower
        body = {"outcome": "supported", "note": "约好明天再聊。", "resume_assessment": False}
        status, answer = await self.caller.post(f"/staff/api/cases/{self.case}/close", body)
        if status == 409:
            _, view = await self.caller.get(f"/staff/api/cases/{self.case}")
            answer = view["case"]
        assert (answer["status"], answer["owner"]["name"]) == ("closed", "小林"), answer


async def converse(citizen: Citizen, counsellor: Counsellor) -> None:
    """Carry the main job through: self-help, a questionnaire, item 9, a person, and the program again."""
    await citizen.open()
    await citizen.say("可以", "consent:yes")
    await citizen.say("最近总是睡不着，躺着干瞪眼")
    for _ in range(3):
        await citizen.choose()
    await citizen.say("想做个小测", "assess:phq9")
    for item in range(1, 9):
        await citizen.say("好几天", f"a:phq9:{item}:1")
    await citizen.say("一半以上的天数", "a:phq9:9:2")
    await citizen.say("就是觉得撑不下去了")
    await citizen.choose(-1)
    await counsellor.claim()
    await counsellor.say("我是小林，我在。刚才那一题，想听你说说。")
    await citizen.say("有时候想，死了就轻松了", answered=False)
    await citizen.say("但也就是想想", answered=False)
    await citizen.say("我怕吓到你", answered=False)
    await counsellor.say("没有吓到我。谢谢你告诉我。")
    await counsellor.note("有念头，无计划。")
    await citizen.say("现在好一点了", answered=False)
    await counsellor.say("那我们明天同一时间再聊。")
    await counsellor.close()
    await citizen.say("今晚还是怕睡不着")
    await citizen.choose()


@dataclass
class Lived:
    """One life of the conversation: what was told, and what the files hold at its end."""

    told: Told
    stored: list[TimelineMessage]
    view: Json
    steps: int
    house: House


@asynccontextmanager
async def lived_through(var: Path, deaths: frozenset[int], dice: random.Random) -> AsyncIterator[Lived]:
    """Run the conversation with deaths at the chosen steps, wait until all is handled, and yield what is left."""
    house, told = House(var), Told()
    await house.start()
    try:
        async with calling(house) as boss, calling(house) as desk, calling(house) as page:
            await settle_in(house, boss, desk)

            async def look() -> None:
                await note_state(house, told)

            fate = Deaths(house, deaths, dice, 0.06, look)
            desk.before_call = page.before_call = fate.step
            citizen = Citizen(page, told)
            await converse(citizen, Counsellor(desk, told))
            await fate.over()
            await until(lambda: all_handled(house), why="every message handled")
            view = await citizen.look()
            async with house.database() as database, database.read() as tx:
                stored = await staff_timeline(tx, ConversationId(told.conversation), limit=1000)
            yield Lived(told, stored, view, fate.steps, house)
    finally:
        await house.stop()


async def all_handled(house: House) -> bool:
    """Tell whether no message waits for its turn."""
    async with house.database() as database, database.read() as tx:
        return not await conversations_with_pending(tx)


async def note_state(house: House, told: Told) -> None:
    """Note level and owner as they are on the disk while nobody serves."""
    if not told.conversation:
        return
    async with house.database() as database, database.read() as tx:
        conversation = await get_conversation(tx, ConversationId(told.conversation))
        if not told.closed:
            told.levels.append(conversation.level)
        entries = await queue(tx)
    assert len(entries) <= 1
    if told.claimed and not told.closed:
        told.owners.append(entries[0].case.owner_id)


def outbound(stored: list[TimelineMessage]) -> list[tuple[Author, str]]:
    """Return what the service and the counsellor said, in order."""
    return [(one.author, one.text) for one in stored if one.author is not Author.CITIZEN]


@pytest.fixture(name="undisturbed", scope="module")
async def fixture_undisturbed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    """The same conversation with no death in it: what should be said, and how many steps it has."""
    async with lived_through(tmp_path_factory.mktemp("calm"), frozenset(), random.Random(SEED)) as calm:
        yield calm


@pytest.fixture(name="lived", scope="module")
async def fixture_lived(tmp_path_factory: pytest.TempPathFactory, undisturbed: Lived) -> AsyncIterator[Lived]:
    """The conversation with ten deaths."""
    dice = random.Random(SEED)
    steps = choose_steps(dice, undisturbed.steps, DEATHS)
    async with lived_through(tmp_path_factory.mktemp("killed"), steps, dice) as lived:
        yield lived


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_it_died_ten_times(lived: Lived) -> None:
    assert lived.house.deaths == DEATHS


async def test_every_acknowledged_message_is_stored_once_in_order(lived: Lived) -> None:
    stored = [(one.client_id, one.position, one.text) for one in lived.stored if one.author is Author.CITIZEN]
    assert stored == lived.told.acknowledged
    said = [(one.client_id, one.position, one.text) for one in lived.stored if one.author is Author.PERSON]
    assert said == lived.told.said
    assert [one.position for one in lived.stored] == list(range(1, len(lived.stored) + 1))


async def test_nothing_is_answered_twice_or_not_at_all(lived: Lived, undisturbed: Lived) -> None:
    """Word for word the service says what it says when it lives through it all."""
    assert outbound(lived.stored) == outbound(undisturbed.stored)
    assert {one.delivery for one in lived.stored if one.author is not Author.CITIZEN} == {DeliveryState.SENT}


async def test_the_page_shows_what_is_stored_and_never_took_anything_back(lived: Lived) -> None:
    shown = [(one["position"], one["author"], one["text"]) for one in lived.view["messages"]]
    assert shown == [(one.position, one.author, one.text) for one in lived.stored]
    assert sorted(lived.told.shown) == [position for position, _, _ in shown]


async def test_the_program_is_silent_from_the_item_to_the_closing(lived: Lived) -> None:
    authors = [one.author for one in lived.stored]
    danger = next(at for at, one in enumerate(lived.stored) if one.level is not None and one.level >= Level.L3)
    last = max(at for at, author in enumerate(authors) if author is Author.PERSON)
    assert Author.BOT not in authors[danger:last]
    first = authors.index(Author.PERSON)
    assert authors[first - 1] is Author.GUIDE  # the line that a person has joined
    assert Author.GUIDE not in authors[first:]


async def test_one_case_with_one_owner_and_no_level_ever_lower(lived: Lived) -> None:
    assert lived.told.levels == sorted(lived.told.levels)
    async with lived.house.database() as database, database.read() as tx:
        assert await queue(tx) == []
        (entry,) = await closed_cases(tx, None)
        kinds = [event.kind for event in await case_events_of(tx, entry.case.id)]
    assert entry.case.status is CaseStatus.CLOSED
    assert entry.case.level is Level.L3
    assert set(lived.told.owners) <= {entry.case.owner_id}
    for kind in (CaseEventKind.OPENED, CaseEventKind.CLAIMED, CaseEventKind.NOTE, CaseEventKind.CLOSED):
        assert kinds.count(kind) == 1
