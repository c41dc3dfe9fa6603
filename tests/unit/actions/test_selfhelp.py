"""The self-help bot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.content import Content
from actions.flows import Flow
from core.dialogue import Profile
from core.language import Language
from core.messages import Author, MessageKind
from core.risk import Level
from tests.doubles.talk import Talk, found, payloads, templates, texts, to


def test_the_menu_has_topics_forms_places_and_a_person(talk: Talk, content: Content) -> None:
    spoken = talk.say(command="menu")
    offered = payloads(spoken)
    assert {f"flow:{flow.slug}" for flow in content.of_language(Language.ZH)} <= set(offered)
    assert {"assess:phq9", "assess:gad7", "dir:hotline", "human"} <= set(offered)
    assert all(len(reply.buttons) <= 4 for reply in spoken.replies)


def test_a_route_opens_a_flow_which_goes_on_back_and_away(talk: Talk) -> None:
    talk.say("睡不着", route=to("flow:sleep"))
    assert talk.state.flow is not None
    assert talk.state.flow.step == "start"
    talk.say("1")
    assert talk.state.flow.step == "onset"
    assert talk.state.flow.variables == {"start": "躺下很久睡不着"}
    talk.say("返回")
    assert talk.state.flow.step == "start"
    assert templates(talk.say("退出")) == ["flow.left"]
    assert talk.state.flow is None


def test_every_step_of_every_flow_can_be_said(content: Content) -> None:
    for language in Language:
        for flow in content.of_language(language):
            talk = Talk(content, language)
            for step in flow.steps:
                for number in range(max(len(step.choices), 0 if step.next is None else 1)):
                    talk.state = replace(talk.state, flow=None, assessment=None)
                    spoken = talk.say(press=f"step:{flow.slug}:{step.id}:{number}")
                    assert spoken.replies, (flow.slug, step.id)
                    assert all(
                        len(button.payload.encode()) <= 64 for reply in spoken.replies for button in reply.buttons
                    )


def test_the_end_of_a_flow_asks_whether_it_helped(talk: Talk, content: Content) -> None:
    flow = content.flow("sleep", Language.ZH)
    assert flow is not None
    before = next(step for step in flow.steps if any(flow.find_step(name).ends for name in step.targets()))  # type: ignore[union-attr]
    number = 0
    if before.choices:
        ends = [one.to is not None and flow.find_step(one.to).ends for one in before.choices]  # type: ignore[union-attr]
        number = ends.index(True)
    spoken = talk.say(press=f"step:sleep:{before.id}:{number}")
    assert templates(spoken)[-1] == "flow.helpful"
    assert "human" in payloads(spoken)
    vote = talk.say("有").helpful
    assert vote is not None
    assert (vote.slug, vote.helped, vote.version) == ("sleep", True, flow.version)


def test_a_conversation_stays_on_the_version_it_began_with(talk: Talk, content: Content) -> None:
    talk.say(press="flow:sleep")
    position = talk.state.flow
    assert position is not None
    flow = content.flow("sleep", Language.ZH)
    assert flow is not None
    first = flow.start.model_copy(update={"say": ("新的第一步",)})
    newer = Flow.model_validate({**flow.model_dump(), "steps": [first.model_dump(), *flow.model_dump()["steps"][1:]]})
    changed = replace(content, flows={**content.flows, ("sleep", Language.ZH): newer}).with_older([flow])
    later = Talk(changed, state=talk.state)
    later.say("1")
    assert "新的第一步" not in texts(later.say("返回"))
    assert later.state.flow is not None
    assert later.state.flow.version == position.version


def test_a_questionnaire_from_the_first_item_to_the_result(talk: Talk) -> None:
    first = talk.say("想测一下", route=to("assessment:gad7"))
    assert templates(first) == ["form.gad7.intro", "form.gad7.item1"]
    for _ in range(6):
        talk.say("好几天吧")
    last = talk.say("几乎每天")
    assert last.results[0].score == 9
    assert "9 分" in texts(last)
    assert "这不是诊断" in texts(last)
    assert "14 天" in texts(last)
    assert "human" in payloads(last)
    assert talk.state.assessment is None


def test_a_moderate_result_offers_a_person(talk: Talk) -> None:
    talk.say(press="assess:gad7")
    for _ in range(7):
        spoken = talk.say("2")
    assert "form.person" in templates(spoken)
    assert {"human", "dir:clinic"} <= set(payloads(spoken))
    for name in ("抑郁症", "焦虑症", "焦虑障碍"):
        assert name not in texts(spoken)


def test_an_unclear_answer_is_asked_again_kindly_then_leaving_is_offered(talk: Talk) -> None:
    talk.say(press="assess:phq9")
    assert templates(talk.say("看情况吧"))[0] == "form.again"
    second = talk.say("说不好")
    assert templates(second)[0] == "form.offer_leave"
    assert "leave" in payloads(second)
    assert templates(talk.say("1")) == ["form.phq9.item2"]
    assert templates(talk.say("看情况吧"))[0] == "form.again"
    assert templates(talk.say("不做了")) == ["form.left"]


def test_back_in_a_questionnaire(talk: Talk) -> None:
    talk.say(press="assess:phq9")
    talk.say("1")
    talk.say("2")
    assert templates(talk.say("上一题")) == ["form.back", "form.phq9.item2"]
    assert talk.state.assessment is not None
    assert talk.state.assessment.answers == (1,)


def test_the_menu_sets_a_questionnaire_aside_and_offers_it_again(talk: Talk) -> None:
    talk.say(press="assess:phq9")
    talk.say("1")
    assert "resume" in payloads(talk.say("菜单"))
    talk.say("睡不着", route=to("flow:sleep"))
    assert templates(talk.say(press="resume")) == ["form.resumed", "form.phq9.item2"]


def test_after_no_consent_a_questionnaire_asks_first(talk: Talk) -> None:
    talk.profile = Profile(consent=False)
    assert templates(talk.say(press="assess:phq9")) == ["form.consent"]
    again = talk.say("同意")
    assert talk.profile.consent is True
    assert templates(again) == ["consent.yes", "form.phq9.intro", "form.phq9.item1"]


def test_unsure_routes_offer_the_likeliest_topics_and_a_person(talk: Talk) -> None:
    route = to("flow:sleep", sure=False, intent="topic_sleep", ranking=("topic_sleep", "topic_anxiety", "thanks"))
    assert payloads(talk.say("嗯嗯啊啊", route=route)) == ["flow:sleep", "flow:anxiety", "human"]


def test_without_a_router_the_menu_still_comes(talk: Talk) -> None:
    spoken = talk.say("随便说说")
    assert templates(spoken)[0] == "menu.plain"
    assert "human" in payloads(spoken)


@pytest.mark.parametrize(
    "name",
    [
        "greet",
        "thanks",
        "goodbye",
        "about_bot",
        "privacy",
        "delete_my_data",
        "export_my_data",
        "help",
        "out_of_scope",
        "medication",
        "no_such_reply",
    ],
)
@pytest.mark.parametrize("language", list(Language))
def test_small_talk(content: Content, language: Language, name: str) -> None:
    spoken = Talk(content, language).say("……", route=to(f"reply:{name}"))
    assert spoken.replies
    assert "human" in payloads(spoken)


@pytest.mark.parametrize(
    "action",
    [
        "flow:no_such",
        "assessment:no_such",
        "assessment:choose",
        "directory",
        "directory:clinic",
        "directory:mars",
        "human",
        "menu",
        "language:en",
        "language:other",
        "topic_other",
        "nonsense",
        "",
    ],
)
@pytest.mark.parametrize("language", list(Language))
def test_every_action_is_answered(content: Content, language: Language, action: str) -> None:
    spoken = Talk(content, language).say("……", route=to(action))
    assert spoken.replies
    assert all(reply.author is Author.BOT for reply in spoken.replies)


def test_a_topic_without_an_article_offers_its_neighbours(talk: Talk) -> None:
    route = to("topic_other", intent="topic_grief", ranking=("topic_grief", "topic_low_mood", "topic_sleep"))
    assert payloads(talk.say("……", route=route)) == ["flow:low_mood", "flow:sleep", "menu", "human"]


def test_the_router_may_ask_for_the_language(talk: Talk) -> None:
    assert payloads(talk.say("……", route=to("reply:language_switch"))) == ["lang:zh", "lang:en"]


def test_a_person_asked_for_by_the_router_is_not_promised_without_a_case(talk: Talk) -> None:
    assert "已经请" not in texts(talk.say("我想找个人聊聊", route=to("human")))
    assert "已经请值班老师来看" in texts(talk.say("人工"))


def test_l1_is_checked_in_on_once_and_then_helped(talk: Talk) -> None:
    first = talk.say("累得不行，睡不着", triage=found(Level.L1), route=to("flow:sleep"))
    assert templates(first) == ["checkin.ask"]
    after = talk.say("没有")
    assert templates(after)[:2] == ["checkin.no", "flow.sleep.start"]
    assert "checkin.ask" not in templates(talk.say("还是累", triage=found(Level.L1), route=to("reply:thanks")))


def test_yes_to_the_check_in_goes_to_the_guide(talk: Talk) -> None:
    talk.say("好累", triage=found(Level.L1), route=to("menu"))
    spoken = talk.say("有过")
    assert talk.level is Level.L2
    assert templates(spoken)[-1] == "ask.direct"


@pytest.mark.parametrize(
    "kind", [MessageKind.VOICE, MessageKind.PHOTO, MessageKind.STICKER, MessageKind.LOCATION, MessageKind.UNSUPPORTED]
)
def test_media_are_answered(talk: Talk, kind: MessageKind) -> None:
    assert talk.say(kind=kind).replies


def test_outside_the_mainland_other_numbers_are_said(talk: Talk) -> None:
    assert {"where:hk", "where:mo", "where:tw", "where:other"} == set(payloads(talk.say(press="where:ask")))
    talk.say(press="where:tw")
    assert talk.profile.outside_mainland == "tw"
    listed = texts(talk.say(press="dir:hotline"))
    assert "1925" in listed
    assert "12356" not in listed


def test_a_language_can_be_changed_by_typing(talk: Talk) -> None:
    assert "English" in texts(talk.say("English"))
    assert talk.language == "en"
    talk.say("中文")
    assert talk.language == "zh"


def test_a_stale_button_in_a_flow_says_where_we_are(talk: Talk) -> None:
    talk.say(press="flow:sleep")
    assert templates(talk.say(press="step:sleep:gone:0")) == ["flow.stale"]
    assert templates(Talk(talk.content).say(press="old:button"))[0] == "stale"


def test_a_check_in_inside_a_questionnaire_goes_back_to_it(talk: Talk) -> None:
    talk.say(press="assess:phq9")
    talk.say("1")
    assert templates(talk.say("我已经累到什么都不想做了", triage=found(Level.L1))) == ["checkin.ask"]
    after = talk.say("没有")
    assert templates(after) == ["checkin.no", "form.resumed", "form.phq9.item2"]
    assert templates(talk.say("3")) == ["form.phq9.item3"]


def test_a_check_in_inside_a_flow_goes_back_to_the_step(talk: Talk) -> None:
    talk.say(press="flow:sleep")
    talk.say("真的熬不住了", triage=found(Level.L1))
    assert templates(talk.say("没有"))[:2] == ["checkin.no", "flow.sleep.start"]


def test_a_loss_is_met_where_the_flow_speaks_of_it(talk: Talk, content: Content) -> None:
    spoken = talk.say("老伴走了三个月了", route=to("flow:low_mood", intent="topic_grief"))
    assert templates(spoken)[0] == "flow.low_mood.loss"
    assert talk.state.flow is not None
    assert talk.state.flow.step == "loss"
    assert talk.say("继续").replies
    assert templates(Talk(content).say("……", route=to("flow:low_mood")))[0] == "flow.low_mood.start"


def _last_steps(content: Content, slug: str) -> list[tuple[str, int]]:
    """Return the choices that lead to the end of a flow."""
    flow = content.flow(slug, Language.ZH)
    assert flow is not None
    ends = {step.id for step in flow.steps if step.ends}
    found_ways = [(step.id, number) for step in flow.steps for number, one in enumerate(step.choices) if one.to in ends]
    return [*found_ways, *((step.id, 0) for step in flow.steps if step.next in ends)]


def test_nobody_is_asked_whether_something_heavy_helped(talk: Talk, content: Content) -> None:
    for step, number in _last_steps(content, "helping_someone"):
        one = Talk(content)
        one.say(press="flow:helping_someone")
        spoken = one.say(press=f"step:helping_someone:{step}:{number}")
        assert "flow.helpful" not in templates(spoken)
        assert payloads(spoken) == ["human", "menu"]
        assert one.state.pending is None
    talk.say(press="step:relationship:after_talk:2")  # 其实我有点怕 TA
    talk.say(press="step:relationship:afraid:1")
    spoken = talk.say(press="step:relationship:plan_leave:3")
    assert "flow.helpful" not in templates(spoken)
    assert {"human", "menu"} == set(payloads(spoken))


def test_from_l2_up_nobody_is_asked_whether_it_helped(talk: Talk, content: Content) -> None:
    talk.say("不想活了", triage=found(Level.L2))
    step, number = _last_steps(content, "sleep")[0]
    talk.say(press="flow:sleep")
    assert "flow.helpful" not in templates(talk.say(press=f"step:sleep:{step}:{number}"))


def test_an_exercise_stands_beside_its_choices(content: Content) -> None:
    seen = 0
    for flow in content.of_language(Language.ZH):
        for step in (one for one in flow.steps if one.exercise is not None and not one.ends):
            before = next(one for one in flow.steps if step.id in one.targets())
            number = next((n for n, choice in enumerate(before.choices) if choice.to == step.id), 0)
            spoken = Talk(content).say(press=f"step:{flow.slug}:{before.id}:{number}")
            shown = [reply for reply in spoken.replies if reply.exercise is not None]
            assert len(shown) == 1
            assert step.exercise is not None
            assert shown[0].exercise is not None
            assert shown[0].exercise["kind"] == step.exercise.kind
            assert spoken.replies[-1].buttons
            seen += 1
    assert seen
