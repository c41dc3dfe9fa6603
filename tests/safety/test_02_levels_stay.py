"""Never: 2. A level goes down without a person and a reason; a case closes by itself; a crisis returns to the bot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.cases import CaseStatus, Outcome
from core.errors import InvalidError
from core.messages import Author, MessageKind
from core.risk import Level
from tests.doubles.house import L0, L2, L3, L4, BrokenTriage, House, authors

CALMING = [
    "我没事了",
    "我好多了，谢谢",
    "刚才开玩笑的",
    "我不会死的",
    "退出",
    "菜单",
    "停止",
    "不需要了",
    "再见",
    "I'm fine now",
]


async def stands(house: House, level: Level) -> None:
    """Check that the episode is at least as high and its case as open as before."""
    conversation, case = await house.conversation(), await house.case()
    assert conversation.level >= level
    assert (case.level, case.status) == (conversation.level, CaseStatus.WAITING)
    assert conversation.episode == case.episode


@pytest.mark.parametrize(("words", "level"), [(L2, Level.L2), (L3, Level.L3), (L4, Level.L4)])
async def test_2_words_and_commands_lower_nothing(house: House, words: str, level: Level) -> None:
    await house.say(words)
    for word in CALMING:
        await house.say(word)
        await stands(house, level)
    for command in ("start", "menu", "help", "stop", "language en"):
        await house.say(f"/{command}", kind=MessageKind.COMMAND, payload=command)
        await stands(house, level)
    for payload in ("leave", "menu", "lang:en", "flow:sleep", "consent:no", "where:hk"):
        await house.say("按了", payload=payload)
        await stands(house, level)


async def test_2_answers_to_safety_questions_lower_nothing(house: House) -> None:
    await house.say(L3)
    for _ in range(12):
        last = (await house.timeline((await house.conversation()).id))[-1]
        calm = [button for button in last.buttons if button.payload.split(":")[-1] in ("no", "none", "with", "later")]
        said = calm[0] if calm else None
        await house.say(said.label if said else "没有", payload=said.payload if said else "")
        await stands(house, Level.L3)


async def test_2_days_of_silence_close_nothing(house: House) -> None:
    await house.say(L4)
    await house.pass_time(seconds=timedelta(hours=1).total_seconds(), step=15)
    await stands(house, Level.L4)
    house.clock.advance(seconds=timedelta(days=400).total_seconds())
    await house.pass_time(seconds=60, step=15)
    await house.service.worker.forget()
    await stands(house, Level.L4)
    assert authors(await house.say("在吗")) == {Author.GUIDE}


async def test_2_a_restart_changes_nothing(house: House) -> None:
    await house.say(L3)
    before, case = await house.conversation(), await house.case()
    await house.restart()
    assert await house.conversation() == before
    assert await house.case() == case


async def test_2_an_error_in_the_turn_changes_nothing(house: House) -> None:
    await house.say(L3)
    whole = house.service.knowledge.triage
    house.service.knowledge.triage = BrokenTriage()
    received = await house.write("嗯")
    with pytest.raises(RuntimeError):
        await house.service.turns.take(received.conversation_id)
    await stands(house, Level.L3)
    await house.service.turns.give_to_people(received.conversation_id)
    await stands(house, Level.L3)
    house.service.knowledge.triage = whole
    assert authors(await house.say("在吗")) == {Author.GUIDE}


async def test_2_edit_back_to_something_harmless_lowers_nothing(house: House) -> None:
    await house.say(L3, provider_id="citizen:first")
    await house.say("天气不错", kind=MessageKind.EDIT, edit_of="citizen:first")
    await stands(house, Level.L3)


async def test_2_release_gives_nothing_to_the_bot(house: House) -> None:
    member = await house.member()
    await house.say(L3)
    waiting = (await house.case()).waiting_since
    await house.service.desk.claim((await house.case()).id, member)
    house.clock.advance(seconds=600)
    released = await house.service.desk.release((await house.case()).id, member)
    assert released.waiting_since == waiting
    await stands(house, Level.L3)


async def test_2_an_owner_who_is_gone_closes_nothing(house: House) -> None:
    member = await house.member()
    await house.say(L3)
    await house.service.desk.claim((await house.case()).id, member)
    await house.pass_time(seconds=3600, step=30)
    await house.restart()
    case = await house.case()
    assert (case.status, case.owner_id, case.level) == (CaseStatus.CLAIMED, member.id, Level.L3)
    assert await house.say("在吗") == []


async def test_2_only_a_person_ends_it_and_from_l3_on_with_a_reason(house: House) -> None:
    member = await house.member()
    await house.say(L3)
    case = await house.service.desk.claim((await house.case()).id, member)
    with pytest.raises(InvalidError) as refused:
        await house.service.desk.close(case.id, member, outcome=Outcome.SUPPORTED, note="  ", resume_assessment=False)
    assert refused.value.data["reason"] == "note_required"
    assert (await house.conversation()).level is Level.L3
    await house.service.desk.close(
        case.id, member, outcome=Outcome.SUPPORTED, note="评估过，家人在", resume_assessment=False
    )
    conversation = await house.conversation()
    assert (conversation.level, conversation.episode, await house.find_case()) == (Level.L0, None, None)
    assert authors(await house.say(L0)) == {Author.BOT}
    assert authors(await house.say(L3)) == {Author.GUIDE}  # a new episode begins where the words are
    assert (await house.case()).id != case.id
    assert ("case:close", member.id) in await house.audited(case.id)


async def test_2_asking_for_a_person_stays_open_until_a_person_closes_it(house: House) -> None:
    await house.say("人工")
    case = await house.case()
    assert case.level is Level.L0
    await house.pass_time(seconds=7200, step=60)
    await house.say("不用了")
    assert (await house.case()).id == case.id
