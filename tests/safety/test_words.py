"""What the guide says, at every level, domain, subject, language, roster and hour.

Holds 1, 3, 6 and 7 of the design's list of what must never happen.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions import speak
from actions.content import Content, load_content
from actions.lint import LONG_BUBBLE, length, load_forbidden
from actions.speak import Spoken
from core.cases import CaseStatus
from core.dialogue import DialogueState, Profile, dump_state, load_state
from core.language import Language
from core.messages import Author, MessageKind
from core.risk import NOTHING_FOUND, Domain, Level, Subject
from tests.doubles.talk import DATA, Talk, found, texts

CONTENT = load_content(DATA)
FORBIDDEN = load_forbidden(DATA / "replies" / "forbidden.yml")
HOURS = (datetime(2026, 11, 22, 4, tzinfo=UTC), datetime(2026, 11, 22, 19, tzinfo=UTC))
"""Noon and three in the morning in Shanghai."""
CRISIS_LEVELS = (Level.L2, Level.L3, Level.L4)
DOMAINS: tuple[Domain | None, ...] = (*Domain, None)
REGIONS = ("", "hk", "mo", "tw", "other")

PROMISE = re.compile(
    r"已经请|正在(?:赶来|过来)|马上(?:就)?(?:来|到)|老师(?:会|就|马上)来"
    r"|has been asked|is (?:coming|on (?:the|their) way)|will be with you",
    re.IGNORECASE,
)
METHOD = re.compile(
    r"安眠药|农药|百草枯|烧炭|上吊|割腕|跳楼|跳河|煤气|绳|剂量|毫克|[几多][片粒颗]"
    r"|overdose of|noose|charcoal|pesticide|\bmg\b",
    re.IGNORECASE,
)
SUICIDE_WORDS = re.compile(r"自杀|suicid", re.IGNORECASE)
DIAGNOSIS = re.compile(r"抑郁症|焦虑症|双相|精神分裂|depressive disorder|bipolar|schizophreni", re.IGNORECASE)
NUMBER = re.compile(r"\+?\d(?:[\d-]| (?=\d))+\d")
"""Digits in a row, three or more with their hyphens and spaces: telephone numbers, in these texts."""


def numbers_said(text: str) -> set[str]:
    """Return the telephone numbers in a text."""
    return {number for number in NUMBER.findall(text) if sum(c.isdigit() for c in number) >= 3}


def talks() -> Iterator[Talk]:
    """Yield a conversation for every language, roster and hour."""
    for language, on_duty, now in itertools.product(Language, (0, 2), HOURS):
        yield Talk(CONTENT, language, on_duty=on_duty, now=now)


def raised(talk: Talk, level: Level, domain: Domain | None, subject: Subject) -> Spoken:
    """Return what is said to a first message at a level."""
    return talk.say("……", triage=found(level, *((domain,) if domain else ()), subject=subject))


def open_numbers(talk: Talk) -> set[str]:
    """Return the numbers of the citizen's region where somebody surely answers now."""
    scope = talk.profile.outside_mainland or "mainland"
    shown = (one for one in CONTENT.directory.services if one.shown and one.scope == scope)
    return {one.number for one in shown if one.open_at(talk.now)}


def check_words(spoken: Spoken, language: Language) -> None:
    """Assert what holds of every crisis text."""
    for reply in spoken.replies:
        if reply.template == "plan.written":  # the citizen's own words
            continue
        assert list(FORBIDDEN.found(reply.text, crisis=True)) == [], reply.text
        assert not METHOD.search(reply.text), reply.text
        assert not DIAGNOSIS.search(reply.text), reply.text
        assert "{" not in reply.text
        assert length(reply.text, language) <= LONG_BUBBLE[language] + (60 if language is Language.ZH else 240), (
            reply.text
        )
        assert len(reply.buttons) <= 4
        assert all(len(button.payload.encode()) <= 64 for button in reply.buttons)
        if language is Language.EN:
            assert not re.search(r"[㐀-鿿]", reply.text), reply.text


@pytest.mark.parametrize("subject", list(Subject))
@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("level", CRISIS_LEVELS)
def test_the_guide_answers_with_an_open_number_and_only_true_promises(
    level: Level, domain: Domain | None, subject: Subject
) -> None:
    for talk in talks():
        numbers = open_numbers(talk)
        spoken = raised(talk, level, domain, subject)
        said = texts(spoken)
        assert spoken.replies
        assert all(reply.author is Author.GUIDE for reply in spoken.replies)
        assert numbers & numbers_said(said), said
        assert bool(PROMISE.search(said)) <= (talk.on_duty > 0), said
        if level >= Level.L3:
            assert bool(PROMISE.search(said)) is (talk.on_duty > 0), said
        check_words(spoken, talk.language)
        if level >= Level.L3:
            assert spoken.replies[0].pinned
            assert spoken.replies[0].unfenced
        assert sum(bool(reply.buttons) for reply in spoken.replies) == 1, "one question at a time"


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("level", [Level.L3, Level.L4])
def test_every_later_message_is_answered_by_the_guide_without_a_false_promise(
    level: Level, domain: Domain | None
) -> None:
    for talk in talks():
        raised(talk, level, domain, Subject.SELF)
        before = ""
        for text in ("嗯", "我不知道", "好难受", "……", "嗯", "没有", "有", "在家", "hm", "I don't know", "……", "嗯"):
            spoken = talk.say(text)
            assert spoken.replies, text
            assert all(reply.author is Author.GUIDE for reply in spoken.replies)
            assert bool(PROMISE.search(texts(spoken))) <= (talk.on_duty > 0)
            assert texts(spoken) != before
            check_words(spoken, talk.language)
            before = texts(spoken)


@pytest.mark.parametrize("level", CRISIS_LEVELS)
def test_no_case_no_promise(level: Level) -> None:
    for domain in DOMAINS:
        talk = Talk(CONTENT)
        raised(talk, level, domain, Subject.SELF)
        talk.case = None
        facts = replace(
            talk.known(), previous_level=Level.L0, state=replace(talk.state, guide=type(talk.state.guide)())
        )
        assert talk.move is not None
        spoken = speak.speak_as_guide(facts, talk.move, CONTENT)
        assert spoken.replies
        assert not PROMISE.search(texts(spoken)), texts(spoken)


@pytest.mark.parametrize("name", list(CONTENT.replies.questions))
@pytest.mark.parametrize("level", CRISIS_LEVELS)
def test_every_answer_to_every_question_is_answered(level: Level, name: str) -> None:
    for option, language in itertools.product(CONTENT.replies.questions[name].options, Language):
        for domain in (Domain.SUICIDE, Domain.DOMESTIC_VIOLENCE, Domain.HARM_OTHERS):
            talk = Talk(CONTENT, language)
            raised(talk, level, domain, Subject.SELF)
            spoken = talk.say(press=f"g:{name}:{option}")
            assert spoken.replies
            check_words(spoken, language)
            meant = CONTENT.replies.questions[name].level_of(option)
            assert talk.level == max(level, meant or Level.L0)


@pytest.mark.parametrize(
    "domain",
    [
        Domain.BULLYING,
        Domain.ECONOMIC,
        Domain.DOMESTIC_VIOLENCE,
        Domain.CHILD_ABUSE,
        Domain.SEXUAL_ASSAULT,
        Domain.SEXTORTION,
        Domain.INCIDENT,
        Domain.ELDER,
    ],
)
def test_suicide_is_not_named_to_somebody_who_did_not_speak_of_it(domain: Domain) -> None:
    for level, subject, talk in itertools.product(CRISIS_LEVELS, Subject, list(talks())):
        one = replace(
            talk, state=replace(talk.state, guide=type(talk.state.guide)(), domains=()), level=Level.L0, case=None
        )
        said = texts(raised(one, level, domain, subject))
        for text in ("嗯", "有", "没有", "嗯", "不知道", "好"):
            if one.level is not level:
                break
            said += texts(one.say(text))
        assert not SUICIDE_WORDS.search(said), said


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("language", list(Language))
def test_numbers_are_of_the_region_and_say_their_hours(region: str, language: Language) -> None:
    scope = region or "mainland"
    allowed = {one.number for one in CONTENT.directory.services if one.shown and one.scope in (scope, "abroad")}
    for level, domain, now in itertools.product(CRISIS_LEVELS, DOMAINS, HOURS):
        talk = Talk(CONTENT, language, now=now, profile=Profile(outside_mainland=region))
        said = texts(raised(talk, level, domain, Subject.SELF)) + texts(talk.say("人工")) + texts(talk.say("电话"))
        assert numbers_said(said) <= allowed, said
        assert numbers_said(said) or region == "other"
        if "12356" in said:
            assert "18" in said
            assert "24" not in said.replace("12356", "")
        if region == "other":
            assert (
                "findahelpline.com" in said
                or level is Level.L2
                or domain in (Domain.DOMESTIC_VIOLENCE, Domain.CHILD_ABUSE, Domain.BULLYING)
            )


def test_numbers_that_are_closed_say_so() -> None:
    for service in CONTENT.directory.services:
        for now in HOURS:
            if service.shown and not service.open_at(now):
                for language in Language:
                    assert CONTENT.directory.with_hours(service, now, language) != service.number


@pytest.mark.parametrize("language", list(Language))
def test_company_never_repeats_and_never_lies(language: Language) -> None:
    for level, domain, on_duty in itertools.product((Level.L3, Level.L4), DOMAINS, (0, 2)):
        talk = Talk(CONTENT, language, on_duty=on_duty)
        raised(talk, level, domain, Subject.SELF)
        before = ""
        for _ in range(8):
            talk.now += timedelta(minutes=3)
            spoken = speak.keep_company(talk.known(), CONTENT)
            talk.state = spoken.state
            if not spoken.replies:
                assert domain in (Domain.DOMESTIC_VIOLENCE, Domain.CHILD_ABUSE, Domain.ELDER)
                break
            assert texts(spoken) != before
            assert bool(PROMISE.search(texts(spoken))) <= (on_duty > 0)
            check_words(spoken, language)
            before = texts(spoken)


@pytest.mark.parametrize("language", list(Language))
def test_what_is_said_around_a_person_is_true(language: Language) -> None:
    for level, on_duty, case in itertools.product(Level, (0, 2), (None, CaseStatus.WAITING)):
        talk = Talk(CONTENT, language, on_duty=on_duty, level=level, case=case)
        for spoken in (
            speak.on_release(talk.known(), CONTENT),
            speak.after_close(replace(talk.known(), case_status=None), CONTENT, True),
        ):
            assert spoken.replies
            assert bool(PROMISE.search(texts(spoken))) <= (on_duty > 0 and case is CaseStatus.WAITING)
            check_words(spoken, language)


@pytest.mark.parametrize(
    "kind", [MessageKind.VOICE, MessageKind.PHOTO, MessageKind.STICKER, MessageKind.LOCATION, MessageKind.UNSUPPORTED]
)
def test_media_are_never_left_unanswered_in_a_crisis(kind: MessageKind) -> None:
    for level, talk in itertools.product((Level.L3, Level.L4), list(talks())):
        one = replace(talk, state=replace(talk.state), level=Level.L0, case=None)
        raised(one, level, Domain.SUICIDE, Subject.SELF)
        spoken = one.say(kind=kind)
        assert spoken.replies
        assert all(reply.author is Author.GUIDE for reply in spoken.replies)


def test_crisis_help_waits_for_nothing() -> None:
    for consent in (None, False):
        talk = Talk(CONTENT, profile=Profile(consent=consent), state=replace(Talk(CONTENT).state, introduced=False))
        spoken = raised(talk, Level.L4, Domain.SUICIDE, Subject.SELF)
        assert spoken.replies[0].template == "card.suicide.L4"
        assert "consent:yes" not in [button.payload for reply in spoken.replies for button in reply.buttons]


@pytest.mark.parametrize("level", CRISIS_LEVELS)
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_first_answer_in_a_crisis_says_that_it_is_a_program(level: Level, domain: Domain | None) -> None:
    for subject, talk in itertools.product(Subject, list(talks())):
        one = replace(talk, state=DialogueState(), level=Level.L0, case=None)
        spoken = raised(one, level, domain, subject)
        assert one.facts is not None
        replies, introduced = speak.with_first_words(one.facts, spoken.replies, CONTENT)
        said = Spoken(replies, spoken.state)
        assert ("程序" if one.language is Language.ZH else "program") in texts(said)
        assert replies[0] == spoken.replies[0], "the card comes first, unchanged"
        assert replies[-1] == spoken.replies[-1], "the question comes last"
        assert len(replies) == len(spoken.replies) + introduced
        assert "where:ask" in [button.payload for reply in replies for button in reply.buttons]
        check_words(said, one.language)


def _every_text(content: Content) -> Iterator[tuple[Language, str]]:
    for language in Language:
        wording = content.replies.of(language)
        for levels in wording.cards.values():
            for bubbles in levels.values():
                yield from ((language, text) for text in bubbles)
        for question in wording.questions.values():
            yield from ((language, text) for text in (*question.ask, *(one.reply for one in question.options.values())))


def test_no_crisis_text_names_a_method_or_a_disorder() -> None:
    for _, text in _every_text(CONTENT):
        assert not METHOD.search(text), text
        assert not DIAGNOSIS.search(text), text


PRESSES = (
    "human", "menu", "back", "leave", "resume", "flow:sleep", "assess:phq9", "a:phq9:1:2", "a:phq9:9:1", "dir:hotline",
    "g:direct:yes", "g:when:later", "g:plan:yes", "g:alone:alone", "checkin:no", "consent:yes", "consent:no",
    "where:hk", "where:mainland", "lang:en", "lang:zh", "helpful:sleep:no", "step:sleep:start:0", "nonsense",
)  # fmt: skip
WORDS = ("有", "没有", "2", "返回", "退出", "继续", "人工", "电话", "English", "……")
MESSAGES = st.one_of(
    st.tuples(st.just("press"), st.sampled_from(PRESSES)),
    st.tuples(st.just("text"), st.sampled_from(WORDS)),
    st.tuples(st.just("text"), st.text(max_size=30)),
    st.tuples(st.just("edit"), st.just("改过的")),
)
LEVELS = st.sampled_from([Level.L0] * 6 + [Level.L1, Level.L2, Level.L3, Level.L4])


@settings(max_examples=150, deadline=None)
@given(turns=st.lists(st.tuples(MESSAGES, LEVELS, st.sampled_from(DOMAINS)), min_size=1, max_size=12))
def test_any_conversation_is_answered_by_whom_it_should_be(
    turns: list[tuple[tuple[str, str], Level, Domain | None]],
) -> None:
    talk = Talk(CONTENT)
    for (how, what), level, domain in turns:
        triage = found(level, *((domain,) if domain else ())) if level else NOTHING_FOUND
        before = talk.level
        match how:
            case "press":
                spoken = talk.say(press=what)
            case "edit":
                spoken = talk.say(what, kind=MessageKind.EDIT, triage=triage)
            case _:
                spoken = talk.say(what, triage=triage, route=None)
        assert spoken.replies or (how == "edit" and talk.level == before)
        if talk.level >= Level.L3:
            assert {reply.author for reply in spoken.replies} <= {Author.GUIDE}
        assert all("{" not in reply.text for reply in spoken.replies)
        assert all(len(reply.buttons) <= 4 for reply in spoken.replies)
        assert load_state(dump_state(spoken.state)) == spoken.state
