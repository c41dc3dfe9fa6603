"""The turn's one conditional write: everything of it or nothing, and never a lower level."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from core.cases import CaseEventKind, CaseReason, CaseStatus
from core.clock import ManualClock
from core.conversation import AssessmentRecord
from core.db import Database
from core.db.cases import case_events_of, queue, records_of
from core.db.conversations import citizen_timeline, find_open_case, get_conversation, set_language, staff_timeline
from core.db.due import DueKind, take_due
from core.db.inbox import conversations_with_pending, open_conversation
from core.db.staff import PRESENT, set_duty
from core.db.turns import CaseChange, view_desk
from core.dialogue import DialogueState, FlowPosition, Profile
from core.language import Language
from core.messages import Author, Button, DeliveryState
from core.risk import Domain, Level, Subject
from tests.databases import Engine
from tests.doubles.stories import add_member, answer, bot, case_of, commit, guide, load, open_case, risk, turn, write_in


async def test_turn_commits_everything_together(database: Database, clock: ManualClock) -> None:
    received = await write_in(database, clock, "我不想活了")
    record = AssessmentRecord("phq9", "v1", True, 12, "10–14", (("睡不好", "几乎每天", 3),), clock.now())
    state = DialogueState(introduced=True, flow=FlowPosition("sleep", "v1", "start", {"kind": "late"}))
    committed = await answer(
        database,
        clock,
        received.conversation_id,
        guide("谢谢你告诉我", buttons=(Button("我想找人", "human"),), pinned=True, exercise={"kind": "breathing"}),
        guide("你现在安全吗"),
        triage=risk(Level.L3),
        level=Level.L3,
        state=state,
        language=Language.EN,
        profile=Profile(consent=True, emergency_contact="妈妈 13800000000"),
        domains=(Domain.SUICIDE,),
        subject=Subject.SELF,
        case_change=CaseChange(open_for=CaseReason.RISK),
        new_owner=True,
        records=(record,),
        votes=(("sleep", "v1", True),),
        dues=((DueKind.COMPANY, clock.now()), (DueKind.UNCLAIMED, clock.now())),
    )
    assert committed.case_opened
    async with database.read() as tx:
        conversation = await get_conversation(tx, received.conversation_id)
        case = await find_open_case(tx, received.conversation_id)
        timeline = await staff_timeline(tx, received.conversation_id)
        assert await records_of(tx, received.conversation_id) == [record]
        assert await conversations_with_pending(tx) == []
        assert case is not None
        [opened] = await case_events_of(tx, case.id)
    assert (conversation.level, conversation.version, conversation.ownership) == (Level.L3, 1, 1)
    assert (conversation.state, conversation.language) == (state, Language.EN)
    assert conversation.profile.emergency_contact == "妈妈 13800000000"
    assert case.id == committed.case_id
    assert (case.status, case.level, case.quote, case.reason) == (
        CaseStatus.WAITING,
        Level.L3,
        "不想活了",
        CaseReason.RISK,
    )
    assert (opened.kind, opened.rule, opened.level) == (CaseEventKind.OPENED, "suicide.wish", Level.L3)
    assert [(message.position, message.author) for message in timeline] == [
        (1, Author.CITIZEN),
        (2, Author.GUIDE),
        (3, Author.GUIDE),
    ]
    assert timeline[0].level is Level.L3
    assert timeline[0].evidence == risk(Level.L3).evidence
    assert timeline[1].buttons == (Button("我想找人", "human"),)
    assert timeline[1].pinned
    assert timeline[1].exercise == {"kind": "breathing"}
    async with database.write() as tx:
        rows = await take_due(tx, clock.now())
    assert {(row.kind, row.target) for row in rows} == {
        (DueKind.COMPANY, received.conversation_id),
        (DueKind.UNCLAIMED, case.id),
    }


async def test_second_write_of_the_same_version_changes_nothing(database: Database, clock: ManualClock) -> None:
    received = await write_in(database, clock)
    before = await load(database, received.conversation_id)
    assert await commit(database, clock, turn(before, bot("一"))) is not None
    late = turn(
        before,
        bot("二"),
        level=Level.L3,
        case_change=CaseChange(open_for=CaseReason.RISK),
        dues=((DueKind.COMPANY, clock.now()),),
    )
    assert await commit(database, clock, late) is None
    async with database.write() as tx:
        timeline = await staff_timeline(tx, received.conversation_id)
        assert await find_open_case(tx, received.conversation_id) is None
        assert await take_due(tx, clock.now()) == []
        assert (await get_conversation(tx, received.conversation_id)).level is Level.L0
    assert [message.text for message in timeline] == ["在吗", "一"]


async def test_of_many_takers_one_commits(engine: Engine, clock: ManualClock) -> None:
    databases = [await engine.connect(), await engine.connect()]
    received = await write_in(databases[0], clock)
    before = await load(databases[0], received.conversation_id)
    results = await asyncio.gather(
        *(commit(databases[number % 2], clock, turn(before, bot(str(number)))) for number in range(10))
    )
    assert sum(result is not None for result in results) == 1
    async with databases[0].read() as tx:
        assert len(await citizen_timeline(tx, received.conversation_id, after=1)) == 1


async def test_message_that_arrives_during_a_turn_keeps_its_place(database: Database, clock: ManualClock) -> None:
    received = await write_in(database, clock, "第一句")
    before = await load(database, received.conversation_id)
    await write_in(database, clock, "第二句")
    assert await commit(database, clock, turn(before, bot("答第一句"))) is not None
    async with database.read() as tx:
        timeline = await staff_timeline(tx, received.conversation_id)
    assert [(message.position, message.text) for message in timeline] == [(1, "第一句"), (2, "第二句"), (3, "答第一句")]
    after = await load(database, received.conversation_id)
    assert after.pending is not None
    assert after.pending.message.text == "第二句"


async def test_choosing_a_language_makes_a_turn_compute_again(database: Database, clock: ManualClock) -> None:
    received = await write_in(database, clock)
    before = await load(database, received.conversation_id)
    async with database.write() as tx:
        await set_language(tx, received.conversation_id, Language.EN)
    assert await commit(database, clock, turn(before, bot())) is None


async def test_level_is_never_lowered(database: Database, clock: ManualClock) -> None:
    case = await open_case(database, clock, level=Level.L3)
    before = await load(database, case.conversation_id)
    with pytest.raises(ValueError, match="lower"):
        await commit(database, clock, turn(before, level=Level.L2))
    assert (await load(database, case.conversation_id)).read.conversation.level is Level.L3


async def test_conversation_has_one_open_case(database: Database, clock: ManualClock) -> None:
    case = await open_case(database, clock)
    before = await load(database, case.conversation_id)
    second = turn(before, bot(), case_change=CaseChange(open_for=CaseReason.HUMAN_REQUEST))
    with pytest.raises(IntegrityError):
        await commit(database, clock, second)
    async with database.read() as tx:
        assert [entry.case.id for entry in await queue(tx)] == [case.id]
        assert (await get_conversation(tx, case.conversation_id)).version == before.read.conversation.version


async def test_raise_moves_the_case_up_and_keeps_the_first_quote(database: Database, clock: ManualClock) -> None:
    case = await open_case(database, clock, level=Level.L2)
    clock.advance(seconds=20)
    await write_in(database, clock, "我在天台上")
    await answer(
        database,
        clock,
        case.conversation_id,
        triage=risk(Level.L4, "我在天台上"),
        level=Level.L4,
        domains=(Domain.SUICIDE, Domain.SELF_HARM),
        case_change=CaseChange(raised=True, requested=True),
    )
    raised = await case_of(database, case.conversation_id)
    async with database.read() as tx:
        events = await case_events_of(tx, case.id)
    assert (raised.level, raised.quote, raised.version) == (Level.L4, "不想活了", case.version + 1)
    assert (raised.waiting_since, raised.unanswered_since) == (case.waiting_since, case.unanswered_since)
    assert raised.domains == (Domain.SUICIDE, Domain.SELF_HARM)
    assert [event.kind for event in events] == [CaseEventKind.OPENED, CaseEventKind.RAISED, CaseEventKind.REQUESTED]


async def test_case_waits_since_the_message_was_received(database: Database, clock: ManualClock) -> None:
    began = clock.now()
    received = await write_in(database, clock, "我不想活了")
    clock.advance(seconds=40)  # the turn was late
    await answer(
        database, clock, received.conversation_id, level=Level.L3, case_change=CaseChange(open_for=CaseReason.RISK)
    )
    case = await case_of(database, received.conversation_id)
    assert (case.waiting_since, case.opened_at) == (began, clock.now())


async def test_turn_knows_who_waits_ahead_and_who_is_on_duty(database: Database, clock: ManualClock) -> None:
    member = await add_member(database, clock)
    async with database.write() as tx:
        await set_duty(tx, member.id, on=True, now=clock.now())
    for number, level in enumerate((Level.L2, Level.L4, Level.L3)):
        await open_case(database, clock, level=level, address=f"other-{number}")
        clock.advance(seconds=1)
    own = (await write_in(database, clock)).conversation_id
    async with database.read() as tx:
        views = [await view_desk(tx, own, level, clock.now(), clock.now()) for level in (Level.L4, Level.L3, Level.L2)]
        since = await view_desk(tx, own, Level.L3, clock.now() - timedelta(minutes=1), clock.now())
        gone = await view_desk(tx, own, Level.L3, clock.now(), clock.now() + PRESENT + timedelta(minutes=1))
    assert [(view.on_duty, view.ahead) for view in views] == [(1, 1), (1, 2), (1, 3)]
    assert since.ahead == 1
    assert gone.on_duty == 0  # a console that has been closed for long counts for nobody


async def test_replies_of_two_turns_never_share_a_position(engine: Engine, clock: ManualClock) -> None:
    databases = [await engine.connect(), await engine.connect()]
    received = await write_in(databases[0], clock)

    async def talk(database: Database) -> None:
        done = 0
        while done < 5:
            before = await load(database, received.conversation_id)
            if await commit(database, clock, turn(before, bot("一"), bot("二"))) is not None:
                done += 1

    await asyncio.gather(talk(databases[0]), talk(databases[1]), *(write_in(databases[0], clock) for _ in range(10)))
    async with databases[0].read() as tx:
        positions = [message.position for message in await staff_timeline(tx, received.conversation_id)]
    assert positions == list(range(1, 32))


async def test_web_replies_are_sent_with_the_commit(database: Database, clock: ManualClock) -> None:
    received = await write_in(database, clock)
    await answer(database, clock, received.conversation_id, bot())
    async with database.read() as tx:
        timeline = await citizen_timeline(tx, received.conversation_id, after=1)
    assert [message.delivery for message in timeline] == [DeliveryState.SENT]


async def test_conversation_of_an_address_is_made_once(engine: Engine, clock: ManualClock) -> None:
    databases = [await engine.connect(), await engine.connect()]

    async def begin(database: Database) -> str:
        async with database.write() as tx:
            return await open_conversation(database, tx, channel="web", address="a", language="zh", now=clock.now())

    found = await asyncio.gather(*(begin(databases[number % 2]) for number in range(10)))
    assert len(set(found)) == 1
