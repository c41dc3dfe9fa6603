"""A case's life: exactly one owner, only a person ends it, and every change leaves an event."""

from __future__ import annotations

import asyncio

import pytest

from core.cases import CaseEventKind, CaseStatus, Outcome
from core.clock import ManualClock
from core.conversation import Case
from core.db import Database
from core.db.cases import (
    add_note,
    add_person_message,
    case_events_of,
    claim_case,
    close_case,
    closed_cases,
    earlier_cases,
    find_person_message,
    get_case,
    queue,
    release_case,
)
from core.db.conversations import citizen_timeline, find_open_case, get_conversation, last_citizen_position
from core.db.staff import StaffMember
from core.dialogue import DialogueState
from core.errors import ConflictError, NotFoundError
from core.ids import CaseId
from core.messages import Author
from core.risk import Level
from tests.databases import Engine
from tests.doubles.stories import add_member, answer, bot, case_of, commit, guide, load, open_case, turn, write_in


async def claim(database: Database, clock: ManualClock, case: Case, member: StaffMember) -> Case:
    """Claim in a transaction of its own."""
    async with database.write() as tx:
        return await claim_case(tx, case.id, member.id, clock.now(), (guide("有人来了"),))


async def close(database: Database, clock: ManualClock, case: Case, member: StaffMember) -> Case:
    """Close in a transaction of its own."""
    async with database.write() as tx:
        return await close_case(
            tx,
            case,
            member.id,
            clock.now(),
            outcome=Outcome.SUPPORTED,
            note="聊过了",
            state=DialogueState(introduced=True),
            replies=(bot("我回来了"),),
        )


async def test_queue_is_ordered_by_level_then_by_waiting(database: Database, clock: ManualClock) -> None:
    for address, level in (("a", Level.L2), ("b", Level.L4), ("c", Level.L2), ("d", Level.L3)):
        await open_case(database, clock, level=level, address=address)
        clock.advance(seconds=1)
    async with database.read() as tx:
        entries = await queue(tx)
    assert [entry.case.number for entry in entries] == [2, 4, 1, 3]
    assert entries[0].last_message_at == entries[0].case.waiting_since


async def test_claim_raises_the_fence_and_makes_a_turn_in_progress_void(database: Database, clock: ManualClock) -> None:
    member = await add_member(database, clock)
    case = await open_case(database, clock)
    await write_in(database, clock, "在吗")
    before = await load(database, case.conversation_id)
    claimed = await claim(database, clock, case, member)
    assert (claimed.status, claimed.owner_id, claimed.claimed_at) == (CaseStatus.CLAIMED, member.id, clock.now())
    assert await commit(database, clock, turn(before, guide("你现在安全吗"))) is None
    async with database.read() as tx:
        conversation = await get_conversation(tx, case.conversation_id)
        timeline = await citizen_timeline(tx, case.conversation_id, after=0)
    assert conversation.ownership == before.read.conversation.ownership + 1
    assert [message.text for message in timeline] == ["我不想活了", "在吗", "有人来了"]


async def test_second_claim_names_the_owner(database: Database, clock: ManualClock) -> None:
    first, second = await add_member(database, clock), await add_member(database, clock)
    case = await open_case(database, clock)
    await claim(database, clock, case, first)
    with pytest.raises(ConflictError) as refused:
        await claim(database, clock, case, second)
    assert refused.value.data == {"reason": "already_claimed", "owner_id": first.id}
    async with database.read() as tx:
        assert (await get_case(tx, case.id)).owner_id == first.id


async def test_own_claim_again_changes_nothing(database: Database, clock: ManualClock) -> None:
    member = await add_member(database, clock)
    case = await open_case(database, clock)
    claimed = await claim(database, clock, case, member)
    assert await claim(database, clock, case, member) == claimed
    async with database.read() as tx:
        assert len(await citizen_timeline(tx, case.conversation_id, after=1)) == 1
        kinds = [event.kind for event in await case_events_of(tx, case.id)]
    assert kinds == [CaseEventKind.OPENED, CaseEventKind.CLAIMED]


async def test_of_200_claims_at_once_one_wins(engine: Engine, clock: ManualClock) -> None:
    databases = [await engine.connect(), await engine.connect()]
    members = [await add_member(databases[0], clock) for _ in range(20)]
    case = await open_case(databases[0], clock)

    async def try_to_claim(number: int) -> StaffMember | None:
        # Each person tries ten times over, on the two processes in turn.
        member = members[number % len(members)]
        try:
            await claim(databases[number % 2], clock, case, member)
        except ConflictError as conflict:
            named.add(conflict.data["owner_id"])
            return None
        return member

    named: set[object] = set()
    winners = {member.id for member in await asyncio.gather(*map(try_to_claim, range(200))) if member}
    assert len(winners) == 1
    assert named == winners
    async with databases[0].read() as tx:
        owned = await get_case(tx, case.id)
        kinds = [event.kind for event in await case_events_of(tx, case.id)]
        conversation = await get_conversation(tx, case.conversation_id)
        said = await citizen_timeline(tx, case.conversation_id, after=1)
    assert {owned.owner_id} == winners
    assert kinds.count(CaseEventKind.CLAIMED) == 1
    assert conversation.ownership == 2  # opened, claimed
    assert [message.text for message in said] == ["有人来了"]


async def test_release_keeps_the_original_wait(database: Database, clock: ManualClock) -> None:
    member = await add_member(database, clock)
    case = await open_case(database, clock)
    clock.advance(seconds=60)
    claimed = await claim(database, clock, case, member)
    clock.advance(seconds=600)
    async with database.write() as tx:
        released = await release_case(tx, claimed, member.id, clock.now(), (guide("小林先离开"),))
    assert (released.status, released.owner_id, released.claimed_at) == (CaseStatus.WAITING, None, None)
    assert (released.waiting_since, released.level) == (case.waiting_since, case.level)
    async with database.read() as tx:
        assert (await get_conversation(tx, case.conversation_id)).level is Level.L3
        assert [entry.case.id for entry in await queue(tx)] == [case.id]


async def test_close_ends_the_episode_and_nothing_else_does(database: Database, clock: ManualClock) -> None:
    member = await add_member(database, clock)
    case = await open_case(database, clock, level=Level.L4)
    claimed = await claim(database, clock, case, member)
    closed = await close(database, clock, claimed, member)
    assert (closed.status, closed.outcome, closed.closed_at) == (CaseStatus.CLOSED, Outcome.SUPPORTED, clock.now())
    async with database.read() as tx:
        conversation = await get_conversation(tx, case.conversation_id)
        assert await find_open_case(tx, case.conversation_id) is None
        assert await queue(tx) == []
        assert [entry.case.id for entry in await closed_cases(tx, None)] == [case.id]
        assert await closed_cases(tx, clock.now()) == []
        events = await case_events_of(tx, case.id)
    assert (conversation.level, conversation.episode) == (Level.L0, None)
    assert (events[-1].kind, events[-1].text, events[-1].staff_id) == (CaseEventKind.CLOSED, "聊过了", member.id)
    # A new danger is a new episode with a case of its own.
    clock.advance(seconds=60)
    again = await open_case(database, clock)
    assert again.episode != case.episode
    async with database.read() as tx:
        assert [entry.case.id for entry in await earlier_cases(tx, again)] == [case.id]


async def test_only_the_owner_acts(database: Database, clock: ManualClock) -> None:
    owner, other = await add_member(database, clock), await add_member(database, clock)
    case = await open_case(database, clock)

    async def act(number: int, member: StaffMember) -> None:
        async with database.write() as tx:
            if number == 0:
                await release_case(tx, case, member.id, clock.now(), (bot("走了"),))
            elif number == 1:
                await add_person_message(tx, case, member.id, text="你好", client_id="client-1", now=clock.now())
            else:
                ended, state = Outcome.PRANK, DialogueState()
                await close_case(tx, case, member.id, clock.now(), outcome=ended, note="", state=state, replies=())

    async def refused(member: StaffMember) -> list[object]:
        reasons = []
        for number in range(3):
            with pytest.raises(ConflictError) as error:
                await act(number, member)
            reasons.append(error.value.data["reason"])
        return reasons

    assert await refused(owner) == ["not_owner"] * 3  # nobody owns it yet
    await claim(database, clock, case, owner)
    assert await refused(other) == ["not_owner"] * 3
    async with database.read() as tx:
        conversation = await get_conversation(tx, case.conversation_id)
        timeline = await citizen_timeline(tx, case.conversation_id, after=0)
        assert (await get_case(tx, case.id)).owner_id == owner.id
    assert conversation.level is Level.L3
    assert [message.text for message in timeline] == ["我不想活了", "有人来了"]


async def test_closed_case_cannot_be_claimed_or_closed_again(database: Database, clock: ManualClock) -> None:
    member = await add_member(database, clock)
    case = await open_case(database, clock)
    await close(database, clock, await claim(database, clock, case, member), member)
    with pytest.raises(ConflictError, match="not waiting"):
        await claim(database, clock, case, member)
    with pytest.raises(ConflictError):
        await close(database, clock, case, member)


async def test_unknown_case(database: Database, clock: ManualClock) -> None:
    member = await add_member(database, clock)
    with pytest.raises(NotFoundError):
        async with database.write() as tx:
            await claim_case(tx, CaseId("0" * 32), member.id, clock.now(), ())


async def test_persons_words_answer_the_citizen(database: Database, clock: ManualClock) -> None:
    member = await add_member(database, clock)
    case = await open_case(database, clock)
    claimed = await claim(database, clock, case, member)
    assert claimed.unanswered_since == case.waiting_since
    async with database.write() as tx:
        position = await add_person_message(tx, claimed, member.id, text="我在", client_id="client-1", now=clock.now())
    answered = await case_of(database, case.conversation_id)
    assert answered.unanswered_since is None
    async with database.read() as tx:
        [said] = await citizen_timeline(tx, case.conversation_id, after=position - 1)
        assert await find_person_message(tx, case.conversation_id, "client-1") == position
        assert await last_citizen_position(tx, case.conversation_id) == 1
    assert (said.author, said.text, said.staff_id) == (Author.PERSON, "我在", member.id)
    clock.advance(seconds=30)
    await write_in(database, clock, "谢谢")
    await answer(database, clock, case.conversation_id)
    assert (await case_of(database, case.conversation_id)).unanswered_since == clock.now()


async def test_note_is_stored_once(database: Database, clock: ManualClock) -> None:
    member = await add_member(database, clock)
    case = await open_case(database, clock)

    async def note(text: str, client_id: str) -> str:
        async with database.write() as tx:
            return (await add_note(tx, case.id, member.id, text=text, client_id=client_id, now=clock.now())).id

    first = await note("妈妈电话 139", "note-0001")
    assert await note("妈妈电话 139", "note-0001") == first
    assert await note("又一条", "note-0002") != first
    async with database.read() as tx:
        events = await case_events_of(tx, case.id)
        timeline = await citizen_timeline(tx, case.conversation_id, after=0)
    assert [event.text for event in events if event.kind is CaseEventKind.NOTE] == ["妈妈电话 139", "又一条"]
    assert all("139" not in message.text for message in timeline)


async def test_words_and_notes_sent_twice_at_one_moment_are_stored_once(engine: Engine, clock: ManualClock) -> None:
    databases = [await engine.connect(), await engine.connect()]
    member = await add_member(databases[0], clock)
    case = await claim(databases[0], clock, await open_case(databases[0], clock), member)

    async def say(database: Database) -> int:
        async with database.write() as tx:
            return await add_person_message(tx, case, member.id, text="我在", client_id="client-1", now=clock.now())

    async def note(database: Database) -> str:
        async with database.write() as tx:
            return (await add_note(tx, case.id, member.id, text="记", client_id="note-1", now=clock.now())).id

    assert len(set(await asyncio.gather(*(say(databases[number % 2]) for number in range(8))))) == 1
    assert len(set(await asyncio.gather(*(note(databases[number % 2]) for number in range(8))))) == 1
    async with databases[0].read() as tx:
        timeline = await citizen_timeline(tx, case.conversation_id, after=0)
        events = await case_events_of(tx, case.id)
    assert [message.text for message in timeline].count("我在") == 1
    assert [message.position for message in timeline] == list(range(1, len(timeline) + 1))
    assert [event.kind for event in events].count(CaseEventKind.NOTE) == 1
