"""What a message means for the dialogue; no text and no payload is ever an error."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.content import Content, load_content
from actions.interpret import interpret
from actions.moves import Move, MoveKind
from core.dialogue import AssessmentProgress, DialogueState, FlowPosition, GuideProgress
from core.language import Language
from core.messages import ChannelName, InboundMessage, MessageKind
from core.risk import Domain, Level
from tests.doubles.talk import DATA

CONTENT = load_content(DATA)
ASKED = DialogueState(guide=GuideProgress(awaiting="when"), domains=(Domain.SUICIDE,))


def form(answered: int, *, paused: bool = False) -> DialogueState:
    """Return a dialogue with the PHQ-9 open at an item."""
    return DialogueState(assessment=AssessmentProgress("phq9", "v", (0,) * answered, paused))


def read(
    text: str = "", state: DialogueState | None = None, kind: MessageKind = MessageKind.TEXT, payload: str = ""
) -> Move:
    """Return what a message means."""
    message = InboundMessage(ChannelName.WEB, "somebody", "1", kind, text, payload)
    return interpret(message, state or DialogueState(), CONTENT, Language.ZH)


def pressed(payload: str, state: DialogueState | None = None) -> Move:
    """Return what a button means."""
    return read("", state, MessageKind.BUTTON, payload)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2),
        ("２", 2),
        ("几乎每天", 3),
        ("好几天吧", 1),
        ("大概一半以上吧", 2),
        ("没有", 0),
        ("0", 0),
        ("Nearly every day.", 3),
        ("三", 3),
        ("选1", 1),
    ],
)
def test_typed_answers_to_an_item(text: str, value: int) -> None:
    move = read(text, form(2))
    assert (move.kind, move.value, move.detail) == (MoveKind.ASSESSMENT_ANSWER, "phq9:3", str(value))


@pytest.mark.parametrize("text", ["不是几乎每天", "7", "我也说不上来，看情况", "😭"])
def test_what_is_no_answer_is_unclear_not_free_text(text: str) -> None:
    move = read(text, form(2))
    assert move.kind is MoveKind.ASSESSMENT_UNCLEAR
    assert not move.needs_route


@pytest.mark.parametrize(("value", "level"), [(0, Level.L0), (1, Level.L2), (2, Level.L3), (3, Level.L3)])
def test_item_nine_acts_at_once(value: int, level: Level) -> None:
    for move in (read(str(value), form(8)), pressed(f"a:phq9:9:{value}", form(8))):
        assert move.risk.level is level
        if level > Level.L0:
            assert move.risk.domains == (Domain.SUICIDE,)
            assert move.risk.evidence[0].rule == "phq9.item9"


def test_item_nine_acts_even_from_an_old_bubble() -> None:
    for state in (form(3), form(8, paused=True), DialogueState()):
        move = pressed("a:phq9:9:3", state)
        assert move.kind is MoveKind.STALE
        assert move.risk.level is Level.L3


def test_a_high_total_acts_although_item_nine_is_zero() -> None:
    state = DialogueState(assessment=AssessmentProgress("phq9", "v", (3,) * 7 + (0,)))
    move = read("0", state)
    assert move.risk.level is Level.L2
    assert [one.rule for one in move.risk.evidence] == ["phq9.total"]


def test_a_middling_total_is_l1() -> None:
    state = DialogueState(assessment=AssessmentProgress("gad7", "v", (2,) * 6))
    assert read("2", state).risk.level is Level.L1


@pytest.mark.parametrize(
    ("text", "option", "level"),
    [
        ("今晚", "today", Level.L4),
        ("明天吧", "today", Level.L4),
        ("现在", "now", Level.L4),
        ("以后", "later", Level.L3),
        ("没想过", "none", Level.L0),
        ("2", "today", Level.L4),
    ],
)
def test_a_typed_answer_to_when(text: str, option: str, level: Level) -> None:
    move = read(text, ASKED)
    assert (move.kind, move.value, move.detail) == (MoveKind.GUIDE_ANSWER, "when", option)
    assert move.risk.level is level
    if level:
        assert move.risk.evidence[0].rule == f"guide.when.{option}"
        assert move.risk.domains == (Domain.SUICIDE,)


def test_safety_questions_that_raise() -> None:
    assert pressed("g:when:today").risk.level is Level.L4
    assert pressed("g:means:yes").risk.level is Level.L3
    assert pressed("g:alone:alone").risk.level is Level.L0
    at_home = DialogueState(domains=(Domain.DOMESTIC_VIOLENCE,))
    assert pressed("g:danger_now:unsafe", at_home).risk.domains == (Domain.DOMESTIC_VIOLENCE,)


def test_where_takes_any_words_and_a_location() -> None:
    state = DialogueState(guide=GuideProgress(awaiting="where"))
    assert read("中山路天桥下面的长椅", state) == Move(MoveKind.GUIDE_ANSWER, "where")
    assert read("", state, MessageKind.LOCATION) == Move(MoveKind.GUIDE_ANSWER, "where")
    assert read("我在天台", state).risk.level is Level.L4


def test_a_person_comes_before_everything() -> None:
    for state in (DialogueState(), form(4), ASKED, DialogueState(pending="checkin")):
        assert read("人工", state).wants_person
    assert pressed("human").wants_person
    assert read("", None, MessageKind.COMMAND, "human").wants_person
    assert pressed("step:sleep:start:3").wants_person


def test_checkin_answers() -> None:
    pending = DialogueState(pending="checkin flow:sleep")
    assert read("有过", pending).risk.level is Level.L2
    assert read("没有", pending).risk.level is Level.L0
    assert pressed("checkin:unsure").risk.level is Level.L2
    assert pressed("checkin:no").kind is MoveKind.CHECKIN


def test_choices_of_a_flow_can_be_typed() -> None:
    sleep = CONTENT.flow("sleep", Language.ZH)
    assert sleep is not None
    state = DialogueState(flow=FlowPosition("sleep", sleep.version, "start"))
    assert read("1", state).detail == "start:0"
    assert read("夜里总醒", state).detail == "start:1"
    assert read("返回", state).kind is MoveKind.FLOW_BACK
    assert read("退出", state).kind is MoveKind.FLOW_LEAVE
    assert read("我想问点别的，考试怎么办", state) == Move(MoveKind.FREE_TEXT, needs_route=True)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "flow:nothing",
        "step:sleep:start:9",
        "step:sleep:nowhere:0",
        "a:phq9:10:1",
        "a:phq9:1:7",
        "a:x:1:1",
        "g:when:never",
        "g:x:yes",
        "lang:fr",
        "where:mars",
        "checkin:perhaps",
        "🙂",
        "a:b:c:d:e:f",
        "consent:perhaps",
        "helpful:nothing:yes",
        "a:phq9:²:1",
    ],
)
def test_unknown_payloads_are_stale(payload: str) -> None:
    assert pressed(payload).kind is MoveKind.STALE


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (MessageKind.VOICE, MoveKind.MEDIA),
        (MessageKind.STICKER, MoveKind.MEDIA),
        (MessageKind.LOCATION, MoveKind.MEDIA),
        (MessageKind.UNSUPPORTED, MoveKind.UNSUPPORTED),
        (MessageKind.EDIT, MoveKind.EDIT),
    ],
)
def test_other_kinds(kind: MessageKind, expected: MoveKind) -> None:
    assert read("", None, kind).kind is expected


STATES = st.sampled_from(
    [
        DialogueState(),
        ASKED,
        form(0),
        form(8),
        form(9, paused=True),
        DialogueState(assessment=AssessmentProgress("gone", "v")),
        DialogueState(flow=FlowPosition("sleep", "gone", "nowhere")),
        DialogueState(flow=FlowPosition("gone", "gone", "start")),
        DialogueState(guide=GuideProgress(awaiting="no such question")),
        DialogueState(guide=GuideProgress(awaiting="where")),
        DialogueState(pending="checkin"),
        DialogueState(pending="helpful:sleep"),
        DialogueState(pending="consent:assess:phq9"),
    ]
)
PARTS = st.lists(
    st.sampled_from(["a", "g", "step", "phq9", "when", "sleep", "start", "9", "1", "-1", "", "yes", "dir", "x" * 70]),
    max_size=5,
)
PAYLOADS = st.one_of(st.text(max_size=80), PARTS.map(":".join))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.text(max_size=200),
    payload=PAYLOADS,
    kind=st.sampled_from(list(MessageKind)),
    state=STATES,
    language=st.sampled_from(list(Language)),
)
def test_nothing_is_ever_an_error(
    text: str, payload: str, kind: MessageKind, state: DialogueState, language: Language
) -> None:
    message = InboundMessage(ChannelName.TELEGRAM, "somebody", "1", kind, text, payload)
    move = interpret(message, state, CONTENT, language)
    assert move.needs_route is (move.kind is MoveKind.FREE_TEXT or move.value == "who_comes")


def test_a_very_long_message_is_read(content: Content) -> None:
    message = InboundMessage(ChannelName.WEB, "somebody", "1", text="难受" * 100_000)
    assert interpret(message, form(2), content, Language.ZH).kind is MoveKind.ASSESSMENT_UNCLEAR
