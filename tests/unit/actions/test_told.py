"""What is told in passing: only plain first-person words about now."""

from __future__ import annotations

import pytest

from actions.content import Content
from actions.told import age_group_of, is_only_place, place_of
from core.dialogue import Profile
from core.language import Language
from core.risk import Domain, Level
from tests.doubles.talk import Talk, found, templates, texts


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("我在香港，不想活了", "hk"),
        ("不想活了，我现在在加拿大", "other"),
        ("我人在澳门", "mo"),
        ("我一个人在台北，好累", "tw"),
        ("我住在日本", "other"),
        ("我在中国香港", "hk"),
        ("我在国外", "other"),
        ("我不在中国大陆", "other"),
        ("我在国内", "mainland"),
        ("I'm in Hong Kong and I want to die", "hk"),
        ("I live in Canada", "other"),
        ("i’m studying in the UK", "other"),
        ("I am not in mainland China", "other"),
        ("我女儿在加拿大", ""),
        ("我在香港的朋友不理我了", ""),
        ("我在香港读书的时候被人欺负", ""),
        ("我在香港中路", ""),
        ("我在美国公司上班", ""),
        ("我想去加拿大", ""),
        ("香港", ""),
        ("my daughter is in Canada", ""),
        ("I'm in trouble", ""),
    ],
)
def test_place(content: Content, text: str, place: str) -> None:
    assert place_of(text, content.replies.places) == place


def test_the_name_alone_answers_the_question_where(content: Content) -> None:
    assert place_of("在香港", content.replies.places, asked=True) == "hk"
    assert place_of("Canada", content.replies.places, asked=True) == "other"
    assert place_of("香港路口的天桥", content.replies.places, asked=True) == ""


def test_whole_messages(content: Content) -> None:
    assert is_only_place("我在加拿大。", content.replies.places)
    assert not is_only_place("我在加拿大，好累", content.replies.places)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("我14岁", "14to17"),
        ("我才13岁，不想上学", "under14"),
        ("我十六岁了", "14to17"),
        ("我今年七十了", "60plus"),
        ("我今年二十五", "18to59"),
        ("好累，我才12", "under14"),
        ("I'm 15", "14to17"),
        ("I am 72 years old and alone", "60plus"),
        ("我14岁的时候妈妈走了", ""),
        ("我14岁的儿子", ""),
        ("我儿子14岁", ""),
        ("我今年3次了", ""),
        ("I'm 15 weeks pregnant", ""),
        ("I'm 3 years sober", ""),
        ("my son is 14", ""),
        ("我2岁", ""),
    ],
)
def test_age(text: str, group: str) -> None:
    assert age_group_of(text) == group


def test_an_age_that_is_known_is_not_overwritten(content: Content) -> None:
    talk = Talk(content, profile=Profile(age_group="18to59"))
    talk.say("我才13岁")
    assert talk.profile.age_group == "18to59"
    other = Talk(content)
    spoken = other.say("我才13岁，药都攒好了", triage=found(Level.L3, Domain.SUICIDE))
    assert other.profile.age_group == "under14"
    assert "guide.minor" in templates(spoken)


def test_the_first_card_has_the_numbers_of_the_place_that_was_told(content: Content) -> None:
    talk = Talk(content)
    said = texts(talk.say("我在香港，今晚就走", triage=found(Level.L4, Domain.SUICIDE)))
    assert "999" in said
    assert "12356" not in said
    assert talk.profile.outside_mainland == "hk"


@pytest.mark.parametrize("level", [Level.L3, Level.L4])
def test_a_place_told_later_repeats_the_card_and_the_open_question(content: Content, level: Level) -> None:
    talk = Talk(content)
    talk.say("……", triage=found(level, Domain.SUICIDE))
    awaiting = talk.state.guide.awaiting
    spoken = talk.say("我在台湾")
    assert templates(spoken)[0] == f"card.suicide.{level.name}"
    assert spoken.replies[0].pinned
    assert "119" in spoken.replies[0].text
    assert spoken.replies[-1].buttons
    if level is Level.L3:  # at L4 these words answer the question where
        assert templates(spoken)[-1] == f"ask.{awaiting}"


def test_at_l2_the_numbers_of_the_place_come_before_the_open_question(content: Content) -> None:
    talk = Talk(content)
    talk.say("不想活了", triage=found(Level.L2, Domain.SUICIDE))
    spoken = talk.say("I'm in Hong Kong")
    assert templates(spoken) == ["guide.moved", "ask.direct"]
    assert "18111" in texts(spoken)


def test_a_place_in_passing_is_noted_and_taken_back(content: Content) -> None:
    talk = Talk(content)
    assert templates(talk.say("我在加拿大")) == ["where.saved"]
    assert talk.profile.outside_mainland == "other"
    talk.say("我在国内")
    assert talk.profile.outside_mainland == ""


@pytest.mark.parametrize("language", list(Language))
def test_one_number_for_everything_is_said_once(content: Content, language: Language) -> None:
    talk = Talk(content, language, profile=Profile(outside_mainland="hk"))
    said = texts(talk.say("……", triage=found(Level.L3, Domain.PSYCHOSIS)))
    assert "999 或 999" not in said
    assert "999 or 999" not in said
