"""The words around a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from actions import speak
from actions.content import Content
from actions.speak import Spoken
from core.cases import CaseStatus
from core.dialogue import AssessmentProgress, Profile
from core.language import Language
from core.messages import Author
from core.risk import Domain, Level
from tests.doubles.talk import Talk, found, payloads, templates, texts


@pytest.mark.parametrize("language", list(Language))
def test_one_line_when_a_person_joins(content: Content, language: Language) -> None:
    talk = Talk(content, language)
    talk.say("……", triage=found(Level.L3, Domain.SUICIDE))
    spoken = speak.on_claim(talk.known(), "小林", content)
    assert len(spoken.replies) == 1
    assert "小林" in spoken.replies[0].text
    assert spoken.replies[0].author is Author.GUIDE
    assert spoken.replies[0].unfenced
    assert spoken.state.guide.awaiting is None
    assert "{" not in texts(speak.on_claim(talk.known(), "", content))


@pytest.mark.parametrize("domain", [Domain.DOMESTIC_VIOLENCE, Domain.CHILD_ABUSE])
@pytest.mark.parametrize("answer", ["", "g:safe_contact:can_see", "g:safe_contact:unsure"])
def test_nothing_is_said_unasked_where_the_phone_may_be_seen(talk: Talk, domain: Domain, answer: str) -> None:
    talk.say("……", triage=found(Level.L3, domain))
    if answer:
        talk.say(press=answer)
    facts = replace(talk.known(), language=Language.ZH)
    claimed = speak.on_claim(facts, "小林", talk.content)
    assert claimed.replies == ()
    assert claimed.state.guide.awaiting is None
    assert speak.on_release(facts, talk.content) == Spoken((), facts.state)
    closed = speak.after_close(facts, talk.content, resume_assessment=True)
    assert closed.replies == ()
    assert not closed.state.introduced  # the program says who it is when the citizen writes again
    talk.say(press="g:safe_contact:private")
    assert speak.on_claim(talk.known(), "小林", talk.content).replies
    assert speak.on_release(talk.known(), talk.content).replies


def test_a_release_is_honest(talk: Talk, content: Content) -> None:
    talk.say("……", triage=found(Level.L3, Domain.SUICIDE))
    assert "已经请值班老师" in texts(speak.on_release(talk.known(), content))
    talk.on_duty = 0
    alone = texts(speak.on_release(talk.known(), content))
    assert "已经请" not in alone
    assert "没有老师值班" in alone
    assert "12356" in alone


def test_after_a_close_the_program_says_so_and_the_episode_is_over(talk: Talk, content: Content) -> None:
    talk.say("……", triage=found(Level.L3, Domain.SUICIDE))
    talk.profile = Profile(consent=True)
    talk.state = replace(talk.state, assessment=AssessmentProgress("phq9", "v", (1, 1), paused=True))
    talk.case = None
    spoken = speak.after_close(talk.known(), content, resume_assessment=True)
    assert "程序" in texts(spoken)
    assert {"menu", "human", "resume"} <= set(payloads(spoken))
    assert spoken.state.guide.cards == ()
    assert spoken.state.domains == ()
    assert spoken.state.introduced
    dropped = speak.after_close(talk.known(), content, resume_assessment=False)
    assert dropped.state.assessment is None


def test_consent_is_asked_after_the_crisis_when_it_never_was(talk: Talk, content: Content) -> None:
    spoken = speak.after_close(talk.known(), content, resume_assessment=False)
    assert {"consent:yes", "consent:no"} <= set(payloads(spoken))


def test_what_is_kept_is_said_with_the_late_question_for_consent(talk: Talk, content: Content) -> None:
    said = texts(speak.after_close(talk.known(), content, resume_assessment=False))
    for piece in ("督导", "3 年", "同意"):
        assert piece in said


def test_company_asks_nothing_after_stop(talk: Talk, content: Content) -> None:
    talk.say("……", triage=found(Level.L4, Domain.SUICIDE))
    talk.say("别问了")
    before = ""
    for _ in range(6):
        talk.now += timedelta(minutes=3)
        spoken = speak.keep_company(talk.known(), content)
        talk.state = spoken.state
        assert "guide.near" in templates(spoken)
        assert "？" not in texts(spoken)
        assert texts(spoken) != before
        before = texts(spoken)


def test_company_varies_and_is_honest(talk: Talk, content: Content) -> None:
    talk.say("……", triage=found(Level.L4, Domain.SUICIDE))
    talk.ahead = 1
    before = ""
    cards = 0
    for _ in range(12):
        talk.now += timedelta(minutes=3)
        spoken = speak.keep_company(talk.known(), content)
        talk.state = spoken.state
        assert texts(spoken) != before
        assert "2 位老师值班，你前面还有 1 位" in texts(spoken)
        before = texts(spoken)
        cards += "card.suicide.L4" in templates(spoken)
    assert 3 <= cards <= 4


def test_no_company_where_the_phone_may_be_seen(talk: Talk, content: Content) -> None:
    talk.say("……", triage=found(Level.L4, Domain.DOMESTIC_VIOLENCE))
    assert speak.keep_company(talk.known(), content).replies == ()
    talk.say(press="g:safe_contact:private")
    assert speak.keep_company(talk.known(), content).replies


def test_no_company_below_l3_or_beside_a_person(talk: Talk, content: Content) -> None:
    talk.say("……", triage=found(Level.L2, Domain.SUICIDE))
    assert speak.keep_company(talk.known(), content).replies == ()
    talk.say("……", triage=found(Level.L4, Domain.SUICIDE))
    talk.case = CaseStatus.CLAIMED
    assert speak.keep_company(talk.known(), content).replies == ()


def test_answers_are_kept_while_a_person_owns(talk: Talk) -> None:
    talk.say("……", triage=found(Level.L3, Domain.SUICIDE))
    talk.case = CaseStatus.CLAIMED
    talk.say(press="g:means:no")
    assert talk.move is not None
    state = speak.record_with_person(talk.known(), talk.move)
    assert state.guide.answers["means"] == "no"
