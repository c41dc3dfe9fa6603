"""Never: 1. A message at L3 or above, with no person there, gets no answer from the guide, or one from the bot."""

from __future__ import annotations

import pytest

from core.cases import CaseEventKind
from core.db.cases import case_events_of
from core.messages import Author, Location, MessageKind
from core.risk import Level
from tests.doubles.house import L0, L2, L3, L4, BrokenRouter, BrokenTriage, House, authors

RAISES = [(L3, Level.L3), (L4, Level.L4), ("I took the pills and I want to die tonight", Level.L3)]
WORDS = [
    "嗯", "你好", "谢谢", "菜单", "退出", "帮助", "开始", "隐私", "1", "2", "不知道", "没有", "有", "是的", "...",
    "最近总是睡不好", "我想做抑郁测试", "附近有没有医院", "算了我没事了", "刚才是开玩笑的", "你是机器人吗", "滚",
    "hello", "menu", "stop", "I can't sleep", "死にたい", "죽고 싶어", "🙂", "a" * 5000, "我" * 5000, "English", "中文",
]  # fmt: skip
PRESSED = [
    "human", "menu", "flow:sleep", "flow:none", "step:sleep:start:0", "assess:phq9", "a:phq9:9:3", "a:phq9:1:0",
    "back", "leave", "resume", "consent:yes", "consent:no", "where:ask", "where:hk", "lang:en", "lang:zh",
    "dir:hotline", "dir:emergency", "helpful:sleep:yes", "checkin:yes", "checkin:no", "g:when:now", "g:plan:yes",
    "g:none:x", "x:y:z", ":",
]  # fmt: skip
COMMANDS = ["start", "help", "menu", "human", "language", "language en", "settings", "stop", ""]
MEDIA = [MessageKind.STICKER, MessageKind.VOICE, MessageKind.PHOTO, MessageKind.UNSUPPORTED]


@pytest.mark.parametrize(("raise_words", "level"), RAISES)
async def test_1_every_message_after_a_raise_is_answered_by_the_guide_alone(
    house: House, raise_words: str, level: Level
) -> None:
    house.service.knowledge.router = BrokenRouter()  # at L3 nobody asks it
    assert authors(await house.say(raise_words)) == {Author.GUIDE}
    assert (await house.conversation()).level >= level
    for word in WORDS:
        assert authors(await house.say(word)) == {Author.GUIDE}, word
    for payload in PRESSED:
        assert authors(await house.say("按了", payload=payload)) == {Author.GUIDE}, payload
    for command in COMMANDS:
        said = await house.say(f"/{command}", kind=MessageKind.COMMAND, payload=command)
        assert authors(said) == {Author.GUIDE}, command
    for kind in MEDIA:
        assert authors(await house.say(kind=kind)) == {Author.GUIDE}, kind
    where = Location(31.2, 121.5)
    assert authors(await house.say(kind=MessageKind.LOCATION, location=where)) == {Author.GUIDE}
    assert (await house.case()).owner_id is None


async def test_1_each_of_them_as_the_first_message_after_the_raise(house: House) -> None:
    for number, word in enumerate(WORDS):
        who = f"w{number}"
        await house.say(L3, who)
        assert authors(await house.say(word, who)) == {Author.GUIDE}, word
    for number, payload in enumerate(PRESSED):
        who = f"p{number}"
        await house.say(L4, who)
        assert authors(await house.say("按了", who, payload=payload)) == {Author.GUIDE}, payload


@pytest.mark.parametrize("words", [L3, L4])
async def test_1_the_first_message_of_all(house: House, words: str) -> None:
    house.service.knowledge.router = BrokenRouter()
    replies = await house.say(words)
    assert authors(replies) == {Author.GUIDE}
    assert replies[0].pinned


@pytest.mark.parametrize("words", [L3, L4])
async def test_1_in_the_middle_of_a_flow(house: House, words: str) -> None:
    await house.say("你好")
    said = await house.say("睡眠", payload="flow:sleep")
    assert (await house.conversation()).state.flow is not None
    assert authors(await house.say(words)) == {Author.GUIDE}
    for button in said[-1].buttons:  # the flow's own buttons are still on the screen
        if button.payload != "human":
            assert authors(await house.say(button.label, payload=button.payload)) == {Author.GUIDE}
            assert authors(await house.say(button.label)) == {Author.GUIDE}


@pytest.mark.parametrize("words", [L3, L4])
async def test_1_in_the_middle_of_a_questionnaire(house: House, words: str) -> None:
    await house.say("你好")
    await house.say("同意", payload="consent:yes")
    await house.say("小测", payload="assess:phq9")
    await house.say("几天", payload="a:phq9:1:1")
    state = (await house.conversation()).state
    assert state.assessment is not None
    assert authors(await house.say(words)) == {Author.GUIDE}
    for number in range(2, 10):
        assert authors(await house.say("几乎每天", payload=f"a:phq9:{number}:3")) == {Author.GUIDE}
        assert authors(await house.say(str(number % 4))) == {Author.GUIDE}


async def test_1_item_nine_acts_at_once(house: House) -> None:
    await house.say("你好")
    await house.say("同意", payload="consent:yes")
    await house.say("小测", payload="assess:phq9")
    for number in range(1, 9):
        assert authors(await house.say("没有", payload=f"a:phq9:{number}:0")) == {Author.BOT}
    assert authors(await house.say("有几天", payload="a:phq9:9:2")) == {Author.GUIDE}
    assert (await house.case()).level >= Level.L2


async def test_1_edit_that_raises_is_answered_by_the_guide(house: House) -> None:
    await house.say(L0, provider_id="citizen:first")
    said = await house.say(L4, kind=MessageKind.EDIT, edit_of="citizen:first")
    assert authors(said) == {Author.GUIDE}
    assert (await house.conversation()).level is Level.L4
    said = await house.say("我把药都吃了，快不行了", kind=MessageKind.EDIT, edit_of="citizen:unknown")
    assert Author.BOT not in authors(said)


async def test_1_after_l2_without_a_router(house: House) -> None:
    await house.say(L2)
    assert (await house.conversation()).level is Level.L2
    house.service.knowledge.router = BrokenRouter()
    assert authors(await house.say(L4)) == {Author.GUIDE}


async def test_1_when_triage_itself_is_down_at_l3(house: House) -> None:
    await house.say(L3)
    conversation = await house.conversation()
    house.service.knowledge.triage = BrokenTriage()
    received = await house.write("我还在这里")
    while await house.service.turns.give_to_people(conversation.id):
        pass
    timeline = await house.timeline(conversation.id)
    after = [one for one in timeline if one.position > received.position]
    assert authors(after) == {Author.GUIDE}


async def test_1_after_a_restart(house: House) -> None:
    await house.say(L4)
    await house.restart()
    assert authors(await house.say("在吗")) == {Author.GUIDE}


async def test_1_once_a_person_owns_nobody_else_speaks(house: House) -> None:
    member = await house.member()
    await house.say(L3)
    case = await house.case()
    await house.service.desk.claim(case.id, member)
    for word in (*WORDS, L4):
        assert await house.say(word) == []
    for payload in PRESSED:
        assert await house.say("按了", payload=payload) == []
    raised = await house.case()
    assert raised.level is Level.L4  # the raise is seen, in the case and by an alert
    async with house.service.database.read() as tx:
        assert CaseEventKind.RAISED in [event.kind for event in await case_events_of(tx, case.id)]


async def test_1_guide_answers_again_when_the_person_gives_the_case_back(house: House) -> None:
    member = await house.member()
    await house.say(L3)
    case = await house.case()
    await house.service.desk.claim(case.id, member)
    await house.service.desk.release(case.id, member)
    assert authors(await house.say("还在吗")) == {Author.GUIDE}
