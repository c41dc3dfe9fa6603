"""Whole messages are recognised, pieces of sentences are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.content import Content
from actions.interpret import words_of
from actions.matching import Words, bare


@pytest.fixture(scope="module")
def words(content: Content) -> Words:
    return words_of(content.replies)


@pytest.mark.parametrize(
    "text",
    [
        "人工",
        " 人工 ",
        "转人工。",
        "请转人工",
        "人工吧",
        "轉人工",
        "真人",
        "我想找真人",
        "Human",
        "talk to a person",
        "Talk to a person, please!",
        "搵真人",
    ],
)
def test_a_person_is_asked_for(words: Words, text: str) -> None:
    assert words.means("human", text)


@pytest.mark.parametrize(
    "text", ["人工智能会不会害死人", "我不想找真人", "人工流产后很难受", "human rights", "你是真人吗", "是真人吗", ""]
)
def test_a_sentence_with_the_word_is_not(words: Words, text: str) -> None:
    assert not words.means("human", text)


def test_width_case_and_punctuation_do_not_count() -> None:
    assert bare("Ｔａｌｋ  to　a PERSON!!") == "talk to a person"
    assert bare("好 几 天。") == "好几天"
    assert bare("I don’t know") == "i don't know"


@given(st.text())
def test_any_text_is_compared(text: str) -> None:
    words = Words({"human": ["人工"], "fillers_before": ["请"], "fillers_after": ["吧"]})
    words.means("human", text)
    words.option(text, [("好几天", ("几天",))], contained=True)
    words.number(text)
