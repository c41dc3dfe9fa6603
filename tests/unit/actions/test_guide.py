"""The guide's way through a crisis."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases import CaseStatus
from core.dialogue import Profile
from core.language import Language
from core.messages import Author, MessageKind
from core.risk import Domain, Level, Subject
from tests.doubles.talk import Talk, found, payloads, templates, texts


def test_l4_opens_with_one_pinned_card_then_one_question(talk: Talk) -> None:
    spoken = talk.say("今晚就走", triage=found(Level.L4, Domain.SUICIDE))
    assert templates(spoken) == ["card.suicide.L4", "person.called", "ask.where"]
    card = spoken.replies[0]
    assert card.pinned
    assert card.unfenced
    for number in ("120", "110", "12110", "12356（各地每天至少开 18 小时"):
        assert number in card.text
    assert all(reply.author is Author.GUIDE for reply in spoken.replies)
    assert [reply.unfenced for reply in spoken.replies[1:]] == [False, False]


def test_l3_asks_when_means_alone_one_at_a_time(talk: Talk) -> None:
    first = talk.say("想好怎么做了", triage=found(Level.L3, Domain.SUICIDE))
    assert templates(first) == ["card.suicide.L3", "person.called", "ask.when"]
    assert templates(talk.say(press="g:when:none")) == ["after.when.none", "ask.means"]
    assert templates(talk.say("在手边")) == ["after.means.yes", "ask.alone"]
    last = talk.say("一个人")
    assert templates(last)[0] == "after.alone.alone"
    assert talk.state.guide.answers == {"when": "none", "means": "yes", "alone": "alone"}
    assert templates(last)[-1] == "ask.plan"


def test_no_plan_is_offered_while_the_danger_is_now(talk: Talk) -> None:
    talk.say("今晚就走", triage=found(Level.L4, Domain.SUICIDE))
    talk.say("在家")
    assert "ask.plan" not in templates(talk.say("有人在"))
    assert talk.state.guide.awaiting is None


def test_tonight_in_answer_to_when_raises_to_l4_with_its_card(talk: Talk) -> None:
    talk.say("想好怎么做了", triage=found(Level.L3, Domain.SUICIDE))
    spoken = talk.say("今晚")
    assert talk.level is Level.L4
    assert templates(spoken)[0] == "card.suicide.L4"
    assert spoken.replies[0].unfenced


def test_l2_asks_directly_then_when_then_offers_a_plan(talk: Talk) -> None:
    first = talk.say("不想活了", triage=found(Level.L2, Domain.SUICIDE))
    assert templates(first) == ["card.suicide.L2", "card.suicide.L2", "ask.direct"]
    assert "自杀" in first.replies[-1].text
    assert "12356" in texts(first)
    assert "人工" in texts(first)
    assert templates(talk.say("有")) == ["after.direct.yes", "ask.when"]
    done = talk.say(press="g:when:none")
    assert templates(done)[-1] == "ask.plan"
    assert {"g:plan:yes", "g:plan:no"} <= set(payloads(done))
    assert templates(talk.say("好")) == ["after.plan.yes", "ask.plan_signs"]
    for words in ("睡不着", "散步", "公园", "姐姐", "跳过"):
        assert talk.state.guide.awaiting is not None
        talk.say(words)
    done = talk.say("请家人收好")
    assert templates(done)[-2:] == ["plan.done", "plan.written"]
    for words in ("睡不着", "散步", "公园", "姐姐", "请家人收好"):
        assert words in done.replies[-1].text
    assert "跳过" not in texts(done)
    assert payloads(done) == ["human", "menu"]
    assert talk.state.guide.answers["plan_people"] == "姐姐"
    assert talk.state.guide.answers["plan_care"] == "skip"


def test_no_to_the_direct_question_is_not_asked_when(talk: Talk) -> None:
    talk.say("没意思", triage=found(Level.L2, Domain.SUICIDE))
    assert "ask.when" not in templates(talk.say("没有"))


def test_the_bot_goes_on_at_l2_when_the_message_is_about_something_else(talk: Talk) -> None:
    talk.say("不想活了", triage=found(Level.L2, Domain.SUICIDE))
    assert talk.say(press="flow:sleep").replies[0].author is Author.BOT
    # The question stays open and can still be answered.
    assert templates(talk.say(press="g:direct:no"))[0] == "after.direct.no"


def test_a_second_wish_to_die_at_l2_is_answered_by_the_guide(talk: Talk) -> None:
    talk.say("不想活了", triage=found(Level.L2, Domain.SUICIDE))
    for _ in range(6):
        spoken = talk.say("还是不想活", triage=found(Level.L2, Domain.SUICIDE))
        assert spoken.replies
        assert all(reply.author is Author.GUIDE for reply in spoken.replies)


def test_words_that_do_not_answer_are_asked_once_more_then_kept(talk: Talk) -> None:
    talk.say("想好怎么做了", triage=found(Level.L3, Domain.SUICIDE))
    first = talk.say("我好累")
    assert templates(first) == ["guide.heard", "ask.when"]
    second = talk.say("真的好累")
    assert templates(second) == ["guide.heard", "ask.means"]
    assert first.replies[0].text != second.replies[0].text
    assert talk.state.guide.answers["when"] == "真的好累"


@pytest.mark.parametrize("level", [Level.L3, Level.L4])
def test_every_message_gets_an_answer_and_no_two_in_a_row_are_the_same(talk: Talk, level: Level) -> None:
    talk.say("……", triage=found(level, Domain.SUICIDE))
    before = ""
    for _ in range(20):
        spoken = talk.say("……")
        assert spoken.replies
        assert texts(spoken) != before
        before = texts(spoken)


def test_the_card_comes_again_after_ten_minutes_not_before(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L4, Domain.SUICIDE))
    for _ in range(8):
        assert "card.suicide.L4" not in templates(talk.say("嗯"))
    talk.now += timedelta(minutes=10)
    assert "card.suicide.L4" in templates(talk.say("嗯"))


def test_numbers_are_said_again_when_asked_for(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L4, Domain.SUICIDE))
    assert templates(talk.say("电话"))[0] == "guide.numbers"
    assert templates(talk.say(press="dir:hotline"))[0] == "guide.numbers"


@pytest.mark.parametrize(
    "press",
    [
        "menu",
        "flow:sleep",
        "assess:phq9",
        "resume",
        "leave",
        "back",
        "consent:yes",
        "lang:en",
        "where:hk",
        "where:ask",
        "helpful:sleep:yes",
        "broken",
        "step:sleep:start:0",
        "a:phq9:1:1",
        "checkin:no",
    ],
)
def test_no_button_gets_the_self_help_bot_at_l3(talk: Talk, press: str) -> None:
    talk.say("……", triage=found(Level.L3, Domain.SUICIDE))
    spoken = talk.say(press=press)
    assert spoken.replies
    assert all(reply.author is Author.GUIDE for reply in spoken.replies)


def test_small_choices_count_in_a_crisis_too(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L4, Domain.SUICIDE))
    talk.say(press="consent:no")
    assert talk.profile.consent is False
    assert "999" in texts(talk.say(press="where:hk"))
    assert talk.profile.outside_mainland == "hk"
    english = talk.say(press="lang:en")
    assert talk.language is Language.EN
    assert "999" in texts(english)
    assert "12110" not in texts(english)


def test_media_are_answered_honestly(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L3, Domain.SUICIDE))
    assert templates(talk.say(kind=MessageKind.VOICE)) == ["guide.media_claimable"]
    talk.on_duty = 0
    assert templates(talk.say(kind=MessageKind.PHOTO)) == ["guide.media"]


def test_an_edit_is_answered_only_when_it_raises(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L3, Domain.SUICIDE))
    assert talk.say("改一个字", kind=MessageKind.EDIT).replies == ()
    raised = talk.say("今晚就走", kind=MessageKind.EDIT, triage=found(Level.L4, Domain.SUICIDE))
    assert templates(raised)[0] == "card.suicide.L4"


def test_a_question_for_a_method_is_not_answered(talk: Talk) -> None:
    spoken = talk.say("……", triage=found(Level.L3, Domain.SUICIDE, rule="suicide.method_seeking"))
    assert "guide.method" in templates(spoken)
    again = talk.say("……", triage=found(Level.L3, Domain.SUICIDE, rule="suicide.method_seeking"))
    assert templates(again)[0] == "guide.method"


def test_a_third_person_gets_the_helpers_track(talk: Talk) -> None:
    spoken = talk.say("我室友说不想活了", triage=found(Level.L3, Domain.SUICIDE, subject=Subject.OTHER))
    assert templates(spoken) == ["card.third_suicide.L3", "person.called", "ask.other_where"]
    assert "110" in texts(talk.say("联系不上"))


def test_violence_at_home_is_quiet_and_says_nothing_of_suicide(talk: Talk) -> None:
    spoken = talk.say("他又动手了", triage=found(Level.L3, Domain.DOMESTIC_VIOLENCE, rule="dv.severe"))
    assert templates(spoken) == ["card.domestic_violence.L3", "person.called", "ask.safe_contact"]
    said = texts(spoken)
    for press in ("g:safe_contact:can_see", "g:danger_now:safe", "g:hurt:no"):
        said += texts(talk.say(press=press))
    talk.now += timedelta(minutes=30)
    for _ in range(4):
        more = talk.say("嗯")
        assert templates(more) == ["guide.stay_quiet"]
        said += texts(more)
    assert "自杀" not in said


def test_the_first_answer_about_danger_at_home_raises_in_its_own_words(talk: Talk) -> None:
    talk.say("他又动手了", triage=found(Level.L3, Domain.DOMESTIC_VIOLENCE, rule="dv.severe"))
    talk.say(press="g:safe_contact:private")
    spoken = talk.say("不安全")
    assert talk.level is Level.L4
    assert templates(spoken)[0] == "card.domestic_violence.L4"


def test_the_most_urgent_evidence_chooses_the_track(talk: Talk) -> None:
    talk.say("不想活了", triage=found(Level.L2, Domain.SUICIDE))
    both = found(Level.L4, Domain.SUICIDE, Domain.DOMESTIC_VIOLENCE, rule="dv.now")
    assert templates(talk.say("他在砸门", triage=both))[0] == "card.domestic_violence.L4"


def test_a_new_danger_at_the_same_level_gets_its_card_once(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L3, Domain.SUICIDE))
    assert "card.domestic_violence.L3" in templates(
        talk.say("他打我", triage=found(Level.L3, Domain.DOMESTIC_VIOLENCE))
    )
    assert "card.domestic_violence.L3" not in templates(
        talk.say("他打我", triage=found(Level.L3, Domain.DOMESTIC_VIOLENCE))
    )


def test_a_level_without_a_domain_has_gentle_general_words(talk: Talk) -> None:
    spoken = talk.say("……", triage=found(Level.L2))
    assert templates(spoken)[0] == "card.general.L2"
    assert "自杀" not in texts(spoken)


def test_a_minor_hears_of_a_trusted_adult_but_not_when_home_is_the_danger(talk: Talk) -> None:
    talk.profile = Profile(age_group="14to17")
    assert "guide.minor" in templates(talk.say("……", triage=found(Level.L3, Domain.SUICIDE)))
    other = replace(
        talk, level=Level.L0, case=None, state=replace(talk.state, guide=type(talk.state.guide)(), domains=())
    )
    assert "guide.minor" not in templates(other.say("……", triage=found(Level.L3, Domain.CHILD_ABUSE)))


def test_page_state_is_bound_to_the_case(talk: Talk) -> None:
    talk.ahead = 2
    assert "2 位老师值班，你前面还有 2 位" in texts(talk.say("……", triage=found(Level.L3, Domain.SUICIDE)))
    talk.on_duty = 0
    talk.service_hours = "8:00–22:00"
    nobody = texts(talk.say("人工"))
    assert "没有老师值班" in nobody
    assert "8:00–22:00" in nobody
    talk.case = None
    assert "已经请" not in texts(talk.say("人工"))


def test_item_nine_pauses_the_form_and_asks(talk: Talk) -> None:
    talk.say(press="assess:phq9")
    for _ in range(8):
        talk.say("0")
    spoken = talk.say("1")
    assert talk.level is Level.L2
    assert templates(spoken)[-2:] == ["form.paused", "ask.direct"]
    assert talk.state.assessment is not None
    assert talk.state.assessment.paused
    assert spoken.results[0].answers == (0,) * 8 + (1,)
    waits = talk.say(press="resume")
    assert templates(waits) == ["form.first_answer", "ask.direct"]
    talk.say(press="g:direct:no")
    talk.say(press="g:plan:no")
    resumed = talk.say(press="resume")
    assert "form.phq9.result" in templates(resumed)
    assert resumed.results == ()
    assert talk.state.assessment is None


def test_item_nine_at_l3_waits_for_a_person(talk: Talk) -> None:
    talk.say(press="assess:phq9")
    for _ in range(8):
        talk.say("1")
    assert templates(talk.say("2"))[0] == "card.suicide.L3"
    assert templates(talk.say(press="resume"))[0] == "form.waits"
    assert talk.case is CaseStatus.WAITING


def test_a_plan_with_nothing_in_it_is_not_praised(talk: Talk) -> None:
    talk.say("不想活了", triage=found(Level.L2, Domain.SUICIDE))
    talk.say(press="g:plan:yes")
    for _ in range(6):
        last = talk.say("跳过")
    assert templates(last)[-1] == "plan.later"


def test_after_no_to_the_direct_question_no_plan_is_pressed(talk: Talk) -> None:
    talk.say("没意思", triage=found(Level.L2, Domain.SUICIDE))
    spoken = talk.say("没有")
    assert "ask.plan" not in templates(spoken)
    assert templates(spoken)[-1] == "guide.instead"
    assert {"human", "menu"} == set(payloads(spoken))
    assert talk.state.guide.awaiting is None


@pytest.mark.parametrize("words", ["没有", "不难受", "嗯", "不知道", "救命", "okay", "no", "我怕"])
def test_what_cannot_be_a_place_is_never_kept_as_one(talk: Talk, words: str) -> None:
    talk.say("我刚吞了药", triage=found(Level.L4, Domain.OVERDOSE))
    assert talk.state.guide.awaiting == "where"
    assert templates(talk.say(words))[-1] == "ask.where"
    assert templates(talk.say(words))[-1] == "ask.alone"
    assert "where" not in talk.state.guide.answers


def test_a_place_is_kept_as_it_was_said(talk: Talk) -> None:
    talk.say("我刚吞了药", triage=found(Level.L4, Domain.OVERDOSE))
    talk.say("人民路 12 号 3 单元")
    assert talk.state.guide.answers["where"] == "人民路 12 号 3 单元"
