"""Routes without Rasa."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.routing import NluState, RouteSource
from nlu.keywords import KeywordRouter, plain
from nlu.route_files import read_actions, read_keywords
from nlu.router import Router
from nlu.router_lines import route_line

DATA = Path(__file__).parents[3] / "data" / "nlu"
ROUTER = KeywordRouter(read_keywords(DATA), read_actions(DATA))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我又失眠了", "topic_sleep"),
        ("睡唔着,瞓唔著", "topic_sleep"),
        ("I can't sleep", "topic_sleep"),
        ("我想测抑郁", "assessment_mood"),
        ("ＰＨＱ９", "assessment_mood"),
        ("轉人工", "human_request"),
        ("菜单", "help_menu"),
        ("Hi!", "greet"),
        ("我想記錄睡眠", "assessment_sleep_diary"),
        ("my boyfriend left", "topic_relationship"),
        ("删除我的数据", "delete_my_data"),
    ],
)
def test_the_longest_word_decides(text: str, intent: str) -> None:
    route = ROUTER.find_route(text)
    assert route.intent == intent
    assert route.sure
    assert route.source is RouteSource.KEYWORDS


@pytest.mark.parametrize("text", ["this is a contest", "asleepness", "历史书"])
def test_parts_of_latin_words_are_no_words(text: str) -> None:
    assert ROUTER.find_route(text).confidence == 0


def test_nothing_found_offers_what_is_often_wanted() -> None:
    route = ROUTER.find_route("qwertz")
    assert (route.intent, route.confidence, route.sure, route.action) == ("out_of_scope", 0, False, "menu")
    assert len(route.ranking) == 3
    assert route.source is RouteSource.NONE


def test_two_of_the_same_weight_are_both_offered() -> None:
    route = ROUTER.find_route("抑郁还是焦虑")
    assert not route.sure
    assert set(route.ranking[:2]) == {"topic_low_mood", "topic_anxiety"}


def test_it_is_a_router() -> None:
    port: Router = ROUTER
    assert port.state is NluState.OFF


@given(st.text())
def test_every_text_has_a_route_with_three_different_names(text: str) -> None:
    route = ROUTER.find_route(text)
    assert len(set(route.ranking)) == 3
    assert 0 <= route.confidence <= 1


@given(st.text())
def test_plain_text_keeps_its_length(text: str) -> None:
    assert len(plain(text)) == len(text)


def test_a_route_as_a_line() -> None:
    assert route_line(ROUTER.find_route("失眠"), "a1") == {
        "id": "a1",
        "intent": "topic_sleep",
        "confidence": 0.8,
        "ranking": ["topic_sleep", "topic_low_mood", "topic_anxiety"],
        "entities": [],
        "action": "flow:sleep",
    }
