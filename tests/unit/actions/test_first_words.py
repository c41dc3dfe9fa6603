"""The first words: short before the answer, and nothing left out in the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions import speak
from actions.content import Content
from actions.speak import Spoken
from core.dialogue import DialogueState, Profile
from core.language import Language
from core.messages import Reply
from core.risk import NOTHING_FOUND, Domain, Level, TriageResult, Utterance
from core.routing import Route
from tests.doubles.talk import Talk, found, payloads, templates, texts, to

PROGRAM = {Language.ZH: "程序", Language.EN: "program"}


class FirstTalk:
    """A new conversation whose turns carry the first words as the turn does."""

    def __init__(self, content: Content, language: Language = Language.ZH) -> None:
        """Begin without any words said."""
        self.talk = Talk(content, language, state=DialogueState())
        self.content = content

    def say(self, text: str, *, triage: TriageResult = NOTHING_FOUND, route: Route | None = None) -> Spoken:
        """Handle one message and return all that is said."""
        spoken = self.talk.say(text, triage=triage, route=route)
        assert self.talk.facts is not None
        facts = replace(self.talk.facts, profile=self.talk.profile, retention_days=180)
        replies, introduced = speak.with_first_words(facts, spoken.replies, self.content)
        recent = (*spoken.state.recent, Utterance(by_citizen=False, text=replies[-1].text))
        self.talk.state = replace(spoken.state, introduced=introduced, recent=recent)
        return Spoken(replies, self.talk.state)

    def introduced(self) -> bool:
        """Return whether all first words have been said."""
        return self.talk.state.introduced


def words(replies: tuple[Reply, ...]) -> str:
    """Return the words of bubbles."""
    return "\n".join(reply.text for reply in replies)


def test_a_page_that_opens_says_all_at_once(talk: Talk, content: Content) -> None:
    replies = speak.introduce(replace(talk.known(), retention_days=180), content)
    assert len(replies) == 3
    for piece in ("程序", "不是真人", "也不是医生", "人工", "督导", "3 年", "180 天", "110", "保密", "同意"):
        assert piece in words(replies)
    assert [button.payload for button in replies[-1].buttons] == ["consent:yes", "consent:no", "where:ask", "human"]


def test_who_has_answered_is_not_asked_for_consent_again(talk: Talk, content: Content) -> None:
    replies = speak.introduce(replace(talk.known(), profile=Profile(consent=True)), content)
    assert all(not reply.buttons for reply in replies)
    assert "保密" in words(replies)


def test_in_a_crisis_one_bubble_without_consent_but_with_the_place(talk: Talk, content: Content) -> None:
    replies = speak.introduce(replace(talk.known(), level=Level.L4), content)
    assert len(replies) == 1
    assert [button.payload for button in replies[0].buttons] == ["where:ask"]
    assert "程序" in replies[0].text


@pytest.mark.parametrize("route", [to("flow:sleep"), to("directory:hotline"), to("menu"), None])
def test_one_short_bubble_then_the_answer_then_the_rest_once(content: Content, route: Route | None) -> None:
    first = FirstTalk(content)
    spoken = first.say("……", route=route)
    assert templates(spoken)[0] == "intro.program"
    assert templates(spoken)[-2:] == ["intro.kept_days", "intro.consent"]
    assert not [name for name in templates(spoken)[1:-2] if name.startswith("intro")]
    for piece in ("程序", "人工", "督导", "3 年", "180 天", "110", "保密", "同意"):
        assert piece in texts(spoken)
    assert {"consent:yes", "consent:no", "where:ask"} <= {button.payload for button in spoken.replies[-1].buttons}
    assert not [name for name in templates(first.say("……", route=route)) if name.startswith("intro")]


@pytest.mark.parametrize("text", ["人工", "12356是什么", "电话"])
def test_a_person_and_a_number_come_right_after_the_first_bubble(content: Content, text: str) -> None:
    spoken = FirstTalk(content).say(text)
    assert len(spoken.replies) <= 5
    assert templates(spoken)[0] == "intro.program"
    assert not templates(spoken)[1].startswith("intro")


def test_who_asks_whether_this_is_a_person_hears_it_once(content: Content) -> None:
    spoken = FirstTalk(content).say("你是真人吗")
    assert templates(spoken) == ["reply.about_bot", "intro.kept_days", "intro.consent"]


def test_nothing_stands_beside_the_gentle_question(content: Content) -> None:
    first = FirstTalk(content)
    spoken = first.say("好累", triage=found(Level.L1), route=to("menu"))
    assert templates(spoken) == ["intro.program", "checkin.ask"]
    assert first.introduced() is False
    after = first.say("没有")
    assert templates(after)[-2:] == ["intro.kept_days", "intro.consent"]
    assert "intro.program" not in templates(after)
    assert first.introduced() is True


@pytest.mark.parametrize("level", [Level.L2, Level.L3, Level.L4])
@pytest.mark.parametrize("language", list(Language))
def test_in_a_crisis_the_card_leads_and_the_rest_waits_a_turn(
    content: Content, language: Language, level: Level
) -> None:
    first = FirstTalk(content, language)
    spoken = first.say("……", triage=found(level, Domain.SUICIDE))
    assert len(spoken.replies) == 3
    assert templates(spoken)[0] == f"card.suicide.{level.name}"
    assert templates(spoken)[-1].startswith("ask.")
    assert PROGRAM[language] in texts(spoken)
    assert [button.payload for button in spoken.replies[1].buttons] == ["where:ask"]
    assert first.introduced() is False
    second = first.say("……")
    assert "intro.crisis_kept" in templates(second)[:-1]
    assert templates(second)[-1].startswith("ask.")
    assert first.introduced() is True
    assert "intro.crisis_kept" not in templates(first.say("……"))


def test_silence_stays_silence(talk: Talk, content: Content) -> None:
    facts = replace(talk.known(), state=DialogueState())
    assert speak.with_first_words(facts, (), content) == ((), False)


def test_the_place_is_not_asked_where_it_is_known(content: Content) -> None:
    spoken = FirstTalk(content).say("我在香港，不想活了", triage=found(Level.L2, Domain.SUICIDE))
    assert "where:ask" not in payloads(spoken)
