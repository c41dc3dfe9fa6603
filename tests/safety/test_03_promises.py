"""Never: 3. A citizen is told that a person is coming when no case is committed, or when nobody is on duty."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core.cases import CaseStatus
from core.db.staff import PRESENT, set_duty
from core.language import Language
from core.messages import Author, MessageKind
from core.permissions import Role
from tests.doubles.house import L0, L2, L3, L4, BrokenTriage, House, words

PROMISE = re.compile(
    r"已经请|请值班老师来|正在(?:叫|找|联系|赶|通知)|马上(?:就)?(?:来|到|有人)|(?:老师|咨询师|有人)(?:这就|很快|马上|会)(?:来|到|联系|接)"
    r"|has been asked|on (?:his|her|their|its) way|will be (?:here|with you)|is coming|have been called"
)
ENGLISH = {
    L2: "I don't want to live anymore",
    L3: "I have been saving pills to kill myself",
    L4: "I am on the roof about to jump now",
}
AFTERWARDS = ["嗯", "人工", "有人吗", "什么时候有人来", "没有", "is anyone there", "human", "菜单"]


async def all_said(house: House, who: str = "citizen") -> str:
    """Return everything that was said to somebody."""
    timeline = await house.timeline((await house.conversation(who)).id)
    return words([message for message in timeline if message.author is not Author.CITIZEN])


async def go_through(house: House, opening: str) -> None:
    """Talk, wait and press what is offered, as somebody would who hopes for a person."""
    await house.say(opening)
    for text in AFTERWARDS:
        await house.say(text)
    await house.say(kind=MessageKind.VOICE)
    await house.say("找人", payload="human")
    await house.pass_time(seconds=1200, step=20)
    await house.say("还在吗")


@pytest.mark.parametrize("opening", [L0, "人工", L2, L3, L4, *ENGLISH.values()])
async def test_3_nobody_on_duty_and_nobody_is_promised(house: House, opening: str) -> None:
    await house.member("resting", on_duty=False)
    await house.member("admin", Role.ADMIN)  # on duty, and may claim nothing
    await house.member("editor", Role.EDITOR)
    await go_through(house, opening)
    said = await all_said(house)
    assert PROMISE.search(said) is None, said
    assert "没有老师值班" in said or "no counsellor on duty" in said


@pytest.mark.parametrize("opening", ["人工", L2, L3, L4, *ENGLISH.values()])
async def test_3_what_is_promised_is_committed_with_the_number_on_duty(house: House, opening: str) -> None:
    await house.member("lin")
    await house.member("chen")
    await house.say(L4, "before")
    said = words(await house.say(opening))
    for text in AFTERWARDS:
        said += "\n" + words(await house.say(text))
    assert PROMISE.search(said) is not None
    case = await house.case()
    assert case.status is CaseStatus.WAITING
    assert re.search(r"现在有 2 位老师值班|On duty now: 2", said)


async def test_3_a_promise_names_how_many_wait_ahead(house: House) -> None:
    await house.member()
    await house.say(L4, "before")
    await house.say(L3, "beside")
    house.clock.advance(seconds=5)
    await house.say(L3)
    await house.say("人工")
    assert "前面还有 2 位" in await all_said(house)


async def test_3_self_help_promises_nothing(house: House) -> None:
    await house.member()
    for text in (L0, "你好", "菜单", "谢谢", "你是谁"):
        assert PROMISE.search(words(await house.say(text))) is None
    assert await house.find_case() is None


@pytest.mark.parametrize("reason", ["off", "closed the console"])
async def test_3_duty_that_has_ended_promises_nothing(house: House, reason: str) -> None:
    member = await house.member()
    if reason == "off":
        async with house.service.database.write() as tx:
            await set_duty(tx, member.id, on=False, now=house.clock.now())
    else:
        house.clock.advance(seconds=(PRESENT + timedelta(seconds=1)).total_seconds())
    await go_through(house, L3)
    assert PROMISE.search(await all_said(house)) is None


async def test_3_given_back_with_nobody_else_there(house: House) -> None:
    member = await house.member()
    await house.say(L3)
    await house.service.desk.claim((await house.case()).id, member)
    before = len(await house.timeline((await house.conversation()).id))
    async with house.service.database.write() as tx:
        await set_duty(tx, member.id, on=False, now=house.clock.now())
    await house.service.desk.release((await house.case()).id, member)
    await house.say("还在吗")
    await house.pass_time(seconds=600, step=20)
    timeline = await house.timeline((await house.conversation()).id)
    assert PROMISE.search(words(timeline[before:])) is None


@pytest.mark.parametrize("on_duty", [True, False])
async def test_3_message_that_nobody_could_read(house: House, on_duty: bool) -> None:
    await house.member(on_duty=on_duty)
    house.service.knowledge.triage = BrokenTriage()
    received = await house.write("随便什么")
    await house.service.turns.give_to_people(received.conversation_id)
    assert (PROMISE.search(await all_said(house)) is not None) is on_duty
    assert (await house.case()).status is CaseStatus.WAITING


def test_3_the_texts_that_promise_are_the_two_bound_to_duty(house: House) -> None:
    """Any other text of data/ that promises a person would be said without looking."""
    for language in Language:
        wording = house.service.knowledge.content.replies.of(language)
        promising = {
            name
            for name, text in wording.texts.items()
            if any(PROMISE.search(bubble) for bubble in (text if isinstance(text, tuple) else text.any_of))
        }
        assert promising == {"person.waiting", "person.first"}
        cards = [text for track in wording.cards.values() for bubbles in track.values() for text in bubbles]
        assert not [text for text in cards if PROMISE.search(text)]
