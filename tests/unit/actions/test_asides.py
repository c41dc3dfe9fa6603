"""What is said aside from the open question is answered, and nothing is ever lost by it."""

from __future__ import annotations

import pytest

from actions import speak
from actions.content import Content
from actions.waiting import nudge
from core.language import Language
from core.messages import Author
from core.risk import Domain, Level, Subject
from tests.doubles.talk import NOON, Talk, found, payloads, templates, texts, to

NIGHT = NOON.replace(hour=19)
PROGRAM_ASKED = (
    "你是真人吗",
    "你是机器人吗？",
    "请问你是真人还是机器人啊",
    "你到底是不是真人",
    "are you a real person?",
    "Are you a bot",
    "am I talking to a robot?",
)


@pytest.mark.parametrize("text", PROGRAM_ASKED)
@pytest.mark.parametrize("level", list(Level))
def test_who_asks_whether_this_is_a_person_is_told(content: Content, text: str, level: Level) -> None:
    language = Language.EN if text.isascii() else Language.ZH
    talk = Talk(content, language)
    if level:
        talk.say("……", triage=found(level, Domain.SUICIDE) if level > Level.L1 else found(level), route=to("menu"))
    case, awaiting = talk.case, talk.state.guide.awaiting
    spoken = talk.say(text, route=to("human"))
    assert talk.move is not None
    assert not talk.move.wants_person
    assert talk.case is case
    assert templates(spoken)[0] == "reply.about_bot"
    assert ("人工" if language is Language.ZH else "human") in spoken.replies[0].text
    if awaiting is not None:
        assert templates(spoken)[1:] == [f"ask.{awaiting}"]
    if level >= Level.L3:
        assert {reply.author for reply in spoken.replies} == {Author.GUIDE}


def test_it_is_told_after_the_last_question_and_beside_a_card_too(talk: Talk) -> None:
    spoken = talk.say("你是机器人吗，我不想活了", triage=found(Level.L2, Domain.SUICIDE))
    assert templates(spoken)[0] == "card.suicide.L2"
    assert "reply.about_bot" in templates(spoken)
    talk.say(press="g:direct:no")
    assert templates(talk.say("你是真人吗"))[0] == "reply.about_bot"


@pytest.mark.parametrize("text", ["人工", "有真人吗", "转真人"])
def test_who_asks_for_a_person_is_not_told_off(talk: Talk, text: str) -> None:
    talk.say(text)
    assert talk.move is not None
    assert talk.move.wants_person


@pytest.mark.parametrize("text", ["老师什么时候来", "多久能来", "在吗", "有人吗", "还要等多久啊", "is anyone coming?"])
@pytest.mark.parametrize("level", [Level.L0, Level.L2, Level.L3, Level.L4])
def test_who_waits_hears_how_it_stands(talk: Talk, text: str, level: Level) -> None:
    talk.say("人工")
    if level:
        talk.say("……", triage=found(level, Domain.SUICIDE))
    spoken = talk.say(text, route=to("reply:greet"))
    assert templates(spoken)[0] == "person.called"
    talk.on_duty = 0
    assert templates(talk.say(text, route=to("reply:greet")))[0] == "person.nobody"
    assert "已经请" not in texts(talk.say(text, route=to("reply:greet")))


def test_without_a_case_these_words_are_small_talk(talk: Talk) -> None:
    assert templates(talk.say("在吗", route=to("reply:greet"))) == ["reply.greet"]


@pytest.mark.parametrize("level", [Level.L2, Level.L3, Level.L4])
def test_how_to_ask_somebody(talk: Talk, level: Level) -> None:
    talk.say("我室友说不想活了", triage=found(level, Domain.SUICIDE, subject=Subject.OTHER))
    spoken = talk.say("我该怎么跟她说")
    assert templates(spoken)[:2] == ["guide.how_to_ask", "guide.how_to_ask"]
    assert "自杀" in texts(spoken)
    assert templates(spoken)[-1] == f"ask.{talk.state.guide.awaiting}"


def test_how_to_help_where_it_is_not_about_suicide(talk: Talk) -> None:
    talk.say("我姐被打", triage=found(Level.L2, Domain.DOMESTIC_VIOLENCE, subject=Subject.OTHER))
    spoken = talk.say("怎么跟她说")
    assert templates(spoken)[0] == "guide.how_to_help"
    assert "自杀" not in texts(spoken)


@pytest.mark.parametrize("domain", [Domain.OVERDOSE, Domain.SUICIDE, Domain.SELF_HARM])
@pytest.mark.parametrize("text", ["我后悔了", "我现在后悔了怎么办", "我不想死了"])
def test_regret_is_welcome_and_leads_to_the_ambulance(talk: Talk, domain: Domain, text: str) -> None:
    talk.say("……", triage=found(Level.L4, domain))
    spoken = talk.say(text)
    assert templates(spoken)[0] == "guide.regret"
    assert "120" in spoken.replies[0].text
    assert "where" not in talk.state.guide.answers
    assert templates(spoken)[-1] == "ask.where"
    assert talk.level is Level.L4


@pytest.mark.parametrize("text", ["我真没事，别烦我", "别问了", "别管我", "退出", "stop asking"])
@pytest.mark.parametrize("level", [Level.L2, Level.L3, Level.L4])
def test_stop_ends_the_questions_and_nothing_else(talk: Talk, text: str, level: Level) -> None:
    talk.say("……", triage=found(level, Domain.SUICIDE))
    spoken = talk.say(text)
    assert templates(spoken) == ["guide.stopped", "guide.stopped"]
    for piece in ("110", "120", "人工"):
        assert piece in texts(spoken)
    assert "human" in payloads(spoken)
    assert talk.level is level
    assert talk.state.guide.awaiting is None
    assert nudge(talk.known(), talk.content) is None
    for words in ("嗯", "……", "好累"):
        more = talk.say(words)
        assert more.replies
        assert not [name for name in templates(more) if name.startswith("ask.")]
        if level >= Level.L3:
            assert "？" not in texts(more)
    assert "person.called" in templates(talk.say("人工"))
    assert talk.say("电话").replies


def test_resignation_is_no_wish_for_silence(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L3, Domain.SUICIDE))
    assert templates(talk.say("算了")) == ["guide.heard", "ask.when"]


def test_after_stop_a_wish_to_die_is_still_heard(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L3, Domain.SUICIDE))
    talk.say("别问了")
    spoken = talk.say("我还是想死", triage=found(Level.L2, Domain.SUICIDE))
    assert templates(spoken) == ["guide.heard", "guide.near"]


def test_a_higher_level_may_ask_once_more(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L2, Domain.SUICIDE))
    talk.say("别问了")
    assert templates(talk.say("药吞了", triage=found(Level.L4, Domain.OVERDOSE)))[-1] == "ask.where"


def test_stop_in_the_plan_leaves_the_plan(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L2, Domain.SUICIDE))
    talk.say(press="g:plan:yes")
    assert templates(talk.say("退出")) == ["plan.later"]


@pytest.mark.parametrize("text", ["别烦我", "退出"])
def test_stop_means_nothing_of_the_kind_without_a_card(talk: Talk, text: str) -> None:
    assert "guide.stopped" not in templates(talk.say(text, route=to("menu")))


@pytest.mark.parametrize("level", [Level.L2, Level.L3, Level.L4])
@pytest.mark.parametrize("domain", [Domain.SUICIDE, Domain.DOMESTIC_VIOLENCE])
def test_whoever_cannot_be_found_is_looked_for_by_the_police(talk: Talk, domain: Domain, level: Level) -> None:
    spoken = talk.say("我女儿……现在找不到她", triage=found(level, domain, subject=Subject.OTHER))
    said = templates(spoken)
    assert "after.other_where.lost" in said
    assert "110" in texts(spoken)
    for _ in range(6):
        said += templates(talk.say("嗯"))
    assert not {"ask.other_where", "ask.other_place"} & set(said)


def test_lost_in_a_later_message(talk: Talk) -> None:
    talk.say("我室友说不想活了", triage=found(Level.L3, Domain.SUICIDE, subject=Subject.OTHER))
    spoken = talk.say("她电话打不通，联系不上")
    assert templates(spoken)[0] == "after.other_where.lost"
    assert "ask.other_where" not in templates(spoken)
    assert talk.state.guide.answers["other_where"] == "lost"


def test_lost_is_about_others_only(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L3, Domain.SUICIDE))
    assert "after.other_where.lost" not in templates(talk.say("我联系不上我爸妈"))


@pytest.mark.parametrize("text", ["12356", "12356是什么", "12356电话多少", "请问12356几点开？", "what is 12356"])
@pytest.mark.parametrize("level", [Level.L0, Level.L3])
def test_a_number_that_is_asked_about_is_said_alone_with_its_hours(talk: Talk, text: str, level: Level) -> None:
    if level:
        talk.say("……", triage=found(level, Domain.SUICIDE))
    spoken = talk.say(text)
    assert templates(spoken)[0] == "directory.number"
    assert spoken.replies[0].text.startswith("12356（各地每天至少开 18 小时")
    assert "心理援助热线" in spoken.replies[0].text
    assert "010" not in spoken.replies[0].text
    if level:
        assert templates(spoken)[-1] == f"ask.{talk.state.guide.awaiting}"


@pytest.mark.parametrize("text", ["我打了12356没人接", "12356没人接怎么办", "我欠了12356块"])
def test_a_story_with_a_number_in_it_is_no_question_about_it(talk: Talk, text: str) -> None:
    assert "directory.number" not in templates(talk.say(text, route=to("reply:greet")))


def test_a_number_means_what_it_is_where_the_citizen_is(talk: Talk) -> None:
    talk.say(press="where:tw")
    assert "台湾" in texts(talk.say("119"))


def test_at_night_the_national_line_is_still_listed(talk: Talk) -> None:
    talk.now = NIGHT
    listed = talk.say("电话").replies[-1].text
    assert listed.index("010-82951332") < listed.index("12356")


def test_the_guide_speaks_of_stop_at_l2(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L2, Domain.SUICIDE))
    talk.say(press="g:direct:no")
    talk.say("别问了")
    assert talk.facts is not None
    assert talk.move is not None
    assert speak.guide_speaks(talk.facts, talk.move)
