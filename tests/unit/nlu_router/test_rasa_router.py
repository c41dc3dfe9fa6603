"""The HTTP way to Rasa: what it answers, and that every failure ends in a keyword route."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
import structlog

from core.routing import Entity, NluState, RouteSource
from nlu.keywords import KeywordRouter
from nlu.route_files import read_actions, read_keywords
from nlu.router import PATIENT_POLLS, SURE_FROM, RasaRouter, Router, rasa_router
from tests.doubles.nlu_worker import TOKEN, Mood, NluWorkerDouble

DATA = Path(__file__).parents[3] / "data" / "nlu"
ACTIONS = read_actions(DATA)
KEYWORDS = KeywordRouter(read_keywords(DATA), ACTIONS)


@pytest.fixture
async def worker() -> AsyncIterator[NluWorkerDouble]:
    async with NluWorkerDouble() as double:
        yield double


@pytest.fixture
async def router(worker: NluWorkerDouble) -> AsyncIterator[RasaRouter]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield RasaRouter(session, url=worker.url, token=TOKEN, actions=ACTIONS, keywords=KEYWORDS, timeout_s=0.1)


async def test_an_answer_becomes_a_route(worker: NluWorkerDouble, router: RasaRouter) -> None:
    worker.answers("topic_sleep", 0.91, "topic_anxiety", "topic_low_mood", "greet")
    assert await router.refresh() is NluState.READY
    route = await router.route("躺下两小时了还睁着眼")
    assert (route.intent, route.action, route.sure, route.source) == (
        "topic_sleep",
        "flow:sleep",
        True,
        RouteSource.RASA,
    )
    assert route.ranking == ("topic_sleep", "topic_anxiety", "topic_low_mood")
    assert worker.tokens == [f"Bearer {TOKEN}"]


async def test_rasa_reads_simplified_text_and_offsets_are_those_of_the_original(
    worker: NluWorkerDouble, router: RasaRouter
) -> None:
    worker.answers("directory_search", 0.8, entities=[{"entity": "region", "start": 3, "end": 5, "value": "台北"}])
    await router.refresh()
    raw = "我在 臺北 邊度有心理輔導"
    route = await router.route(raw)
    assert worker.texts == ["我在 台北 边度有心理辅导"]
    assert route.entities == (Entity("region", "台北", 3, 5),)
    assert raw[3:5] == "臺北"


async def test_of_overlapping_entities_of_a_kind_the_longest_stays(worker: NluWorkerDouble, router: RasaRouter) -> None:
    found = [
        {"entity": "time", "start": 4, "end": 6},
        {"entity": "time", "start": 0, "end": 4},
        {"entity": "time", "start": 0, "end": 6},
        {"entity": "role", "start": 0, "end": 2},
        {"entity": "age", "start": 5, "end": 900},
    ]
    worker.answers("assessment_sleep_diary", 0.9, entities=found)
    await router.refresh()
    route = await router.route("每天早上八点填表")
    assert route.entities == (Entity("role", "每天", 0, 2), Entity("time", "每天早上八点", 0, 6))


async def test_low_confidence_is_not_sure_and_still_names_three(worker: NluWorkerDouble, router: RasaRouter) -> None:
    worker.answers("topic_anger", SURE_FROM - 0.01)
    await router.refresh()
    route = await router.route("嗯嗯呢")
    assert not route.sure
    assert route.ranking[0] == "topic_anger"
    assert len(set(route.ranking)) == 3


@pytest.mark.parametrize("mood", [Mood.SLOW, Mood.BROKEN, Mood.GARBAGE, Mood.LOADING])
async def test_every_failure_ends_in_a_keyword_route(worker: NluWorkerDouble, router: RasaRouter, mood: Mood) -> None:
    await router.refresh()
    worker.mood = mood
    route = await router.route("我又失眠了")
    assert (route.intent, route.source) == ("topic_sleep", RouteSource.KEYWORDS)


async def test_an_intent_that_we_do_not_know_is_no_answer(worker: NluWorkerDouble, router: RasaRouter) -> None:
    worker.answers("order_pizza", 0.99)
    await router.refresh()
    assert (await router.route("失眠")).source is RouteSource.KEYWORDS


async def test_no_log_line_carries_the_message(worker: NluWorkerDouble, router: RasaRouter) -> None:
    await router.refresh()
    with structlog.testing.capture_logs() as lines:
        for mood in (Mood.BROKEN, Mood.GARBAGE, Mood.SLOW):
            worker.mood = mood
            await router.route("秘密的话失眠")
        await worker.stop()
        await router.route("秘密的话失眠")
    assert lines
    assert "秘密" not in str(lines)


async def test_while_loading_nothing_is_sent(worker: NluWorkerDouble, router: RasaRouter) -> None:
    worker.mood = Mood.LOADING
    assert await router.refresh() is NluState.STARTING
    assert (await router.route("失眠")).source is RouteSource.KEYWORDS
    assert worker.texts == []


async def test_a_worker_that_goes_is_down_and_is_seen_again(worker: NluWorkerDouble, router: RasaRouter) -> None:
    assert await router.refresh() is NluState.READY
    await worker.stop()
    assert (await router.route("失眠")).source is RouteSource.KEYWORDS
    assert router.state is NluState.DOWN
    assert await router.refresh() is NluState.DOWN


async def test_one_that_was_never_there_is_starting_for_a_while(worker: NluWorkerDouble, router: RasaRouter) -> None:
    await worker.stop()
    seen = [await router.refresh() for _ in range(PATIENT_POLLS + 1)]
    assert set(seen[:-1]) == {NluState.STARTING}
    assert seen[-1] is NluState.DOWN


@pytest.mark.parametrize(
    ("mood", "state"),
    [(Mood.STOCK, NluState.READY), (Mood.GARBAGE, NluState.DOWN), (Mood.BROKEN, NluState.DOWN)],
)
async def test_states(worker: NluWorkerDouble, router: RasaRouter, mood: Mood, state: NluState) -> None:
    worker.mood = mood
    assert await router.refresh() is state


@pytest.mark.parametrize("text", ["", "  ", "\ud800", "\x00", "🌱", "睡" * 9_000])
async def test_no_text_makes_it_fail(worker: NluWorkerDouble, router: RasaRouter, text: str) -> None:
    worker.answers("out_of_scope", 0.5)
    await router.refresh()
    assert (await router.route(text)).intent
    assert all(len(asked) <= 1_000 for asked in worker.texts)


async def test_opened_as_a_whole_it_knows_the_state_at_once(worker: NluWorkerDouble) -> None:
    async with rasa_router(url=worker.url, token=TOKEN, actions=ACTIONS, keywords=KEYWORDS) as opened:
        port: Router = opened
        assert port.state is NluState.READY
