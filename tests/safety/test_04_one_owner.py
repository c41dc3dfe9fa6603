"""Never: 4. Two counsellors own one case."""

from __future__ import annotations

import asyncio

import pytest

from app.service import open_service
from core.cases import CaseEventKind, Outcome
from core.db.cases import case_events_of
from core.errors import ConflictError
from core.messages import Author
from tests.doubles.house import L3, House


async def test_4_of_many_who_claim_at_once_one_owns(house: House) -> None:
    members = [await house.member(f"c{number}") for number in range(10)]
    await house.say(L3)
    case = await house.case()
    async with open_service(house.settings, clock=house.clock, keys=house.keys) as other:  # a second process
        desks = (house.service.desk, other.desk)
        tries = [desks[number % 2].claim(case.id, members[number % 10]) for number in range(60)]
        results = await asyncio.gather(*tries, return_exceptions=True)
    owner = (await house.case()).owner_id
    for number, result in enumerate(results):
        if isinstance(result, ConflictError):
            assert result.data == {"reason": "already_claimed", "owner_id": owner}
        else:
            assert not isinstance(result, BaseException)
            assert members[number % 10].id == owner == result.owner_id
    async with house.service.database.read() as tx:
        kinds = [event.kind for event in await case_events_of(tx, case.id)]
    assert kinds.count(CaseEventKind.CLAIMED) == 1
    timeline = await house.timeline(case.conversation_id)
    assert sum("来了" in message.text for message in timeline if message.author is Author.GUIDE) == 1


async def test_4_somebody_else_can_neither_speak_nor_release_nor_close(house: House) -> None:
    owner, other = await house.member("owner"), await house.member("other")
    await house.say(L3)
    case = await house.service.desk.claim((await house.case()).id, owner)
    desk = house.service.desk
    attempts = (
        desk.say(case.id, other, text="我来", client_id="client-0001", seen=1000),
        desk.release(case.id, other),
        desk.close(case.id, other, outcome=Outcome.PRANK, note="不是真的", resume_assessment=False),
    )
    for attempt in attempts:
        with pytest.raises(ConflictError) as refused:
            await attempt
        assert refused.value.data["reason"] == "not_owner"
        assert refused.value.data["owner_id"] == owner.id
    assert await house.case() == case


async def test_4_after_a_release_the_first_owner_is_nobody_special(house: House) -> None:
    first, second = await house.member("first"), await house.member("second")
    await house.say(L3)
    case = await house.service.desk.claim((await house.case()).id, first)
    await house.service.desk.release(case.id, first)
    await house.service.desk.claim(case.id, second)
    with pytest.raises(ConflictError):
        await house.service.desk.say(case.id, first, text="还有一句", client_id="client-0001", seen=1000)
    with pytest.raises(ConflictError):
        await house.service.desk.claim(case.id, first)
    assert (await house.case()).owner_id == second.id
