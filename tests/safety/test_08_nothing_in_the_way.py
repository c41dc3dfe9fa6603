"""Never: 8. Crisis help waits for consent, a login, a language choice, a model or a rate limit."""

from __future__ import annotations

import time

import pytest

from core.messages import Author, ChannelName
from core.risk import Level
from tests.doubles.browser import Site
from tests.doubles.house import L3, L4, BrokenRouter, House, authors, words


@pytest.mark.parametrize("text", [L3, L4, "I am going to kill myself tonight"])
async def test_8_consent_is_not_asked_before_help(house: House, text: str) -> None:
    replies = await house.say(text)
    assert authors(replies) == {Author.GUIDE}
    assert "120" in replies[0].text
    assert not [button for reply in replies for button in reply.buttons if button.payload.startswith("consent")]


async def test_8_consent_refused_changes_nothing(house: House) -> None:
    await house.say("你好")
    await house.say("不同意", payload="consent:no")
    assert (await house.conversation()).profile.consent is False
    assert authors(await house.say(L4)) == {Author.GUIDE}
    assert (await house.case()).level is Level.L4


async def test_8_question_that_waits_for_an_answer_is_not_in_the_way(house: House) -> None:
    await house.say("你好")  # the first words end with the question for consent
    assert authors(await house.say(L3)) == {Author.GUIDE}


@pytest.mark.parametrize(
    "text", ["我想自殺，藥都準備好了", "我想死，今晚就跳楼 tonight", "i want to kill myself, 药买好了"]
)
async def test_8_language_is_not_asked_before_help(house: House, text: str) -> None:
    replies = await house.say(text)
    assert authors(replies) == {Author.GUIDE}
    assert (await house.conversation()).level >= Level.L3
    assert not [button for reply in replies for button in reply.buttons if button.payload.startswith("lang")]


async def test_8_no_model_is_asked(house: House) -> None:
    router = BrokenRouter()
    house.service.knowledge.router = router
    assert authors(await house.say(L4)) == {Author.GUIDE}


async def test_8_no_number_of_messages_is_too_many(house: House) -> None:
    for number in range(60):
        assert authors(await house.say(f"{L3}{number}")) == {Author.GUIDE}


async def test_8_every_channel_is_as_good(house: House) -> None:
    for channel in ChannelName:
        replies = await house.say(L4, f"somebody on {channel}", channel=channel)
        assert authors(replies) == {Author.GUIDE}


async def test_8_the_page_shows_numbers_before_anything_else(site: Site) -> None:
    page = await site.page()
    shown = await page.get("/")
    assert shown.status == 200
    for number in ("110", "120", "12356"):
        assert number in shown.body  # in the HTML itself: no script, no session, no choice


@pytest.mark.parametrize("language", ["zh", "en", None])
async def test_8_no_login_no_consent_no_language(site: Site, language: str | None) -> None:
    page = await site.page()
    assert (await page.post("/api/session", {"language": language} if language else {})).status == 200
    async with page.live("/api/live?after=0") as live:
        began = time.perf_counter()
        for number in range(20):  # and no limit
            assert (await page.say(f"{L4}{number}")).status == 202
        card = await live.frame("messages", lambda frame: any(one["pinned"] for one in frame["messages"]))
        assert time.perf_counter() - began < 10
    pinned = next(one for one in card["messages"] if one["pinned"])
    assert pinned["author"] == "guide"
    assert "120" in pinned["text"]


async def test_8_staff_who_are_away_are_not_in_the_way(house: House) -> None:
    said = words(await house.say(L4))
    assert "120" in said
    assert "没有老师值班" in said
