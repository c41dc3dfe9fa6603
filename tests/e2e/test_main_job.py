"""The main job in two browsers on the real service: from asking about sleep to a person, and back."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from app.nlu_process import why_not
from core.cases import CaseEventKind, Outcome
from core.conversation import TimelineMessage
from core.db.cases import CaseEvent, case_events_of, closed_cases, queue
from core.db.conversations import staff_timeline
from core.messages import Author
from core.risk import Level
from tests.chromium import browser_is_required
from tests.e2e.house import LINK, ROOT, House, calling, until
from tests.e2e.phone import PHONE, fixture_browser  # noqa: F401

DESK = {"width": 1280, "height": 720}
IN_OWN_WORDS = {"zh": "每天躺到凌晨三点都没法睡", "en": "I can not fall asleep at night, I toss and turn"}
IN_KEYWORDS = {"zh": "最近总是睡不着", "en": "I have insomnia"}
FIRST_SENTENCE = {"zh": "睡不着的夜里", "en": "sleep"}
ONE_SECOND_MS = 1000
NLU_S = 90

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTE_WHEN_THE_CASE_SHOWS = """() => {
  window.caseShown = 0;
  const look = () => {
    if (!window.caseShown && document.querySelector('[data-testid=case-row]')) window.caseShown = Date.now();
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
}"""
NOTE_WHEN_IT_IS_PRESSED = "document.addEventListener('click', () => { window.pressed = Date.now(); }, true)"
# A blank page has no storage.
KEEP_LIGHT = "try { localStorage.setItem('xq.theme', JSON.stringify('light')); } catch {}"


@dataclass
class Tab:
    """One person's browser."""

    page: Page

    def by(self, name: str) -> Locator:
        """Find by test id."""
        return self.page.get_by_test_id(name)

    def said(self, author: str) -> Locator:
        """Find what somebody said."""
        return self.page.locator(f"[data-testid=message][data-author={author}]")


@asynccontextmanager
async def tab_of(browser: Browser, house: House, size: Any, locale: str = "zh-CN") -> AsyncIterator[Tab]:
    """Open a browser of somebody's own and see that nothing breaks in it or leaves the house."""
    context = await browser.new_context(viewport=size, locale=locale, device_scale_factor=2 if size == PHONE else 1)
    complaints: list[str] = []
    inside = (house.address, house.address.replace("http", "ws"), "data:", "about:")
    context.on("request", lambda one: None if one.url.startswith(inside) else complaints.append(one.url))
    context.on("weberror", lambda one: complaints.append(str(one.error)))
    context.on("console", lambda one: complaints.append(one.text) if "Content Security" in one.text else None)
    await context.add_init_script(KEEP_LIGHT)
    yield Tab(await context.new_page())
    assert complaints == []
    await context.close()


@pytest.fixture(name="house", scope="module")
async def fixture_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The service with the trained model; where it may be missing, with keyword routes alone."""
    running = {name: os.environ[name] for name in ("XINQIAO_NLU_URL", "XINQIAO_NLU_TOKEN") if name in os.environ}
    missing = None if running else why_not()
    assert not (missing and browser_is_required()), missing
    house = House(tmp_path_factory.mktemp("house"), nlu=missing is None, environment=running)
    await house.start()
    yield house
    await house.stop()


@pytest.fixture(name="shots", scope="module")
def fixture_shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: for the README when it is asked for, else away."""
    return ROOT / "docs" / "img" if os.environ.get("XINQIAO_SCREENSHOTS") == "1" else tmp_path_factory.mktemp("img")


async def join(tab: Tab, link: str, *, login: str, name: str) -> None:
    """Make an account with a one-time link."""
    await tab.page.goto(link)
    await tab.by("join-name").fill(name)
    await tab.by("join-login").fill(login)
    await tab.by("join-password").fill("long-enough-for-us")
    await tab.by("join-submit").click()
    await expect(tab.by("queue")).to_be_visible()


async def invite(tab: Tab) -> str:
    """Return a one-time link for a counsellor."""
    await tab.page.get_by_role("link", name="人员").or_(tab.page.locator("a[href='#/staff']")).first.click()
    await tab.by("invite-role").select_option("counsellor")
    await tab.by("invite-name").fill("小林")
    await tab.by("invite-submit").click()
    await expect(tab.by("invite-link")).to_have_value(re.compile("/staff/#/join/"))
    return await tab.by("invite-link").input_value()


async def write(citizen: Tab, text: str) -> None:
    """Write on the citizen's page."""
    await citizen.by("input").fill(text)
    await citizen.by("send").click()


async def reply(counsellor: Tab, text: str) -> None:
    """Write in the console."""
    await counsellor.by("reply-box").fill(text)
    await counsellor.by("reply-send").click()


async def choose(citizen: Tab, number: int = 0) -> None:
    """Press one of the newest message's buttons, and wait for what follows."""
    before = await citizen.by("message").count()
    await citizen.by("choice").nth(number).click()
    # What was pressed, and at least one answer.
    await expect(citizen.by("message").nth(before + 1)).to_be_visible()


async def nlu_is_ready(house: House, login: str) -> None:
    """Return once staff are told that the model answers."""
    async with calling(house) as caller:
        status, _ = await caller.post("/staff/api/session", {"login": login, "password": "long-enough-for-us"})
        assert status == 200

        async def ready() -> bool:
            _, overview = await caller.get("/staff/api/overview")
            return bool(overview["nlu"] == "ready")

        await until(ready, seconds=NLU_S, why="NLU ready")


async def fill_form(citizen: Tab) -> None:
    """Ask for PHQ-9 and answer the first eight items with the second option."""
    await write(citizen, "我想做 PHQ-9")
    for _ in range(8):
        await expect(citizen.by("choice").nth(3)).to_be_visible()
        await choose(citizen, 1)


async def answer_item_nine(citizen: Tab, counsellor: Tab) -> int:
    """Answer 2 and return after how many milliseconds the counsellor saw the case."""
    await counsellor.page.evaluate(NOTE_WHEN_THE_CASE_SHOWS)
    await citizen.page.evaluate(NOTE_WHEN_IT_IS_PRESSED)
    await expect(citizen.by("choice").nth(2)).to_have_text(re.compile("一半以上"))
    await citizen.by("choice").nth(2).click()
    await expect(counsellor.by("case-row")).to_be_visible()
    pressed: int = await citizen.page.evaluate("window.pressed")
    shown: int = await counsellor.page.evaluate("window.caseShown")
    return shown - pressed


async def talk(citizen: Tab, counsellor: Tab) -> None:
    """Claim, write to each other over a reload and a lost connection, mark, note."""
    await counsellor.by("case-row").click()
    await counsellor.by("claim").click()
    await expect(counsellor.by("conversation-owner")).to_have_text(re.compile("你|我"))
    await expect(citizen.by("header-name")).to_contain_text("小林")
    await reply(counsellor, "我是小林。刚才那一题，想听你说说。")
    await expect(citizen.said("person")).to_have_count(1)
    await write(citizen, "有时候真的不想活了")
    await citizen.page.reload()
    await expect(citizen.said("person")).to_have_count(1)
    # The form is finished and paused: it is shown once.
    await expect(counsellor.by("context").get_by_text("PHQ-9", exact=True)).to_have_count(1)
    await expect(counsellor.by("evidence").filter(has_text="不想活")).to_be_visible()
    await citizen.page.context.set_offline(True)
    await reply(counsellor, "谢谢你告诉我。你现在在家吗？")
    await write(citizen, "就是太累了")
    await citizen.page.context.set_offline(False)
    await expect(citizen.said("person")).to_have_count(2, timeout=15_000)
    await expect(counsellor.said("citizen").filter(has_text="就是太累了")).to_be_visible(timeout=15_000)
    await counsellor.by("note-box").fill("有念头，无计划，无准备。在家，有人陪。")
    await counsellor.by("note-send").click()
    await expect(counsellor.page.locator("[data-testid=event][data-kind=note]").first).to_be_visible()


async def close(counsellor: Tab) -> None:
    """Close the case; without a note it is refused."""
    await counsellor.by("close-open").click()
    await counsellor.by("close-outcome").select_option(Outcome.SUPPORTED)
    await counsellor.by("close-submit").click()
    await expect(counsellor.page.get_by_role("dialog").get_by_role("alert")).not_to_be_empty()
    await counsellor.by("close-note").fill("约好明天同一时间再聊。")
    await counsellor.by("close-submit").click()
    await expect(counsellor.page.get_by_role("dialog")).to_have_count(0)
    await expect(counsellor.by("case-row").and_(counsellor.page.locator("[data-status=claimed]"))).to_have_count(0)


async def picture(counsellor: Tab, path: Path) -> None:
    """Keep a picture of the console at rest: no toast over it, its side pane read from the top."""
    await expect(counsellor.by("toast")).to_have_count(0, timeout=15_000)
    await counsellor.page.evaluate("document.activeElement.blur()")
    await counsellor.by("context").evaluate("one => one.scrollTo(0, 0)")
    await counsellor.page.screenshot(path=path)


async def texts_on(page: Page) -> list[tuple[str, str]]:
    """Return authors and words as the citizen's page shows them."""
    found = await page.locator("[data-testid=message]").evaluate_all(
        "all => all.map(one => [one.dataset.author, one.querySelector('.bubble').textContent])"
    )
    return [(author, text) for author, text in found]


async def read_case(house: House) -> tuple[list[TimelineMessage], list[CaseEvent]]:
    """Return what the database holds, decrypted with the house's key."""
    async with house.database() as database, database.read() as tx:
        assert await queue(tx) == []
        (entry,) = await closed_cases(tx, None)
        assert entry.case.level is Level.L3
        assert entry.case.outcome is Outcome.SUPPORTED
        return await staff_timeline(tx, entry.case.conversation_id, limit=1000), await case_events_of(tx, entry.case.id)


def check_who_spoke(stored: list[TimelineMessage], events: list[CaseEvent]) -> None:
    """Check that no bot spoke from L3 to the closing, and no guide behind the line that a person has joined."""
    assert [one.position for one in stored] == list(range(1, len(stored) + 1))
    at = {event.kind: event.at for event in reversed(events)}
    danger = next(one for one in stored if one.level is not None and one.level >= Level.L3)
    closing = min(one.position for one in stored if one.author is Author.BOT and one.at >= at[CaseEventKind.CLOSED])
    between = [one for one in stored if danger.position < one.position < closing]
    assert Author.BOT not in {one.author for one in between}
    behind = [one for one in between if one.at >= at[CaseEventKind.CLAIMED] and one.author is Author.GUIDE]
    assert ["小林" in one.text for one in behind] == [True]
    assert [one.text for one in between if one.author is Author.CITIZEN] == ["有时候真的不想活了", "就是太累了"]
    assert len([one for one in between if one.author is Author.PERSON]) == 2


async def english_look(browser: Browser, house: House, shots: Path, words: str) -> None:
    """Ask in English, as somebody else, and keep a picture."""
    async with tab_of(browser, house, PHONE, "en-US") as other:
        await other.page.goto(house.address + "/")
        await expect(other.by("choice").first).to_be_visible()
        await choose(other, 0)
        await write(other, words)
        await expect(other.said("bot").filter(has_text=FIRST_SENTENCE["en"]).last).to_be_visible()
        await expect(other.by("choice").first).to_be_in_viewport()
        await other.page.screenshot(path=shots / "citizen.en.png")


async def test_from_a_message_to_a_person_and_back(browser: Browser, house: House, shots: Path) -> None:
    words = IN_OWN_WORDS if house.nlu else IN_KEYWORDS
    async with (
        tab_of(browser, house, DESK) as admin,
        tab_of(browser, house, DESK) as counsellor,
        tab_of(browser, house, PHONE) as citizen,
    ):
        await join(admin, await house.printed_line(LINK), login="admin", name="周姐")
        await join(counsellor, await invite(admin), login="lin", name="小林")
        await counsellor.by("duty-toggle").click()
        await expect(counsellor.by("duty-toggle")).to_have_attribute("aria-checked", "true")
        if house.nlu:
            await nlu_is_ready(house, "admin")

        await citizen.page.goto(house.address + "/")
        await choose(citizen, 0)
        await write(citizen, words["zh"])
        await expect(citizen.said("bot").filter(has_text=FIRST_SENTENCE["zh"])).to_be_visible()
        await citizen.page.screenshot(path=shots / "citizen.zh.png")
        await choose(citizen)
        await choose(citizen)

        await fill_form(citizen)
        seen_after_ms = await answer_item_nine(citizen, counsellor)
        print(f"the counsellor saw the case after {seen_after_ms} ms")
        assert 0 < seen_after_ms <= ONE_SECOND_MS
        await expect(counsellor.by("case-row")).to_have_attribute("data-level", "L3")
        await expect(citizen.said("guide").first).to_be_visible()

        await talk(citizen, counsellor)
        await picture(counsellor, shots / "console.zh.png")
        await english_look(browser, house, shots, words["en"])
        await counsellor.by("menu").click()
        await counsellor.by("language").click()
        await counsellor.by("menu").press("Escape")
        await expect(counsellor.page.locator("html")).to_have_attribute("lang", "en")
        await picture(counsellor, shots / "console.en.png")

        before = await citizen.said("bot").count()
        await close(counsellor)
        await expect(citizen.said("bot").nth(before)).to_be_visible()
        await expect(citizen.by("header-name")).not_to_contain_text("小林")
        before = await citizen.said("bot").count()
        await write(citizen, words["zh"])
        await expect(citizen.said("bot").nth(before)).to_be_visible()

        stored, events = await read_case(house)
        check_who_spoke(stored, events)
        assert await texts_on(citizen.page) == [(one.author.value, one.text) for one in stored]
