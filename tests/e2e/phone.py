"""A citizen's phone for browser tests: one tab of the system's Chromium on the page double."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from tests.chromium import FLAGS, find_chromium
from tests.e2e.page_double import PageDouble, small_talk

PHONE = {"width": 375, "height": 667}


@pytest_asyncio.fixture(name="browser", scope="module", loop_scope="module")
async def fixture_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(name="double", loop_scope="module")
async def fixture_double() -> AsyncIterator[PageDouble]:
    double = PageDouble(small_talk)
    await double.start()
    yield double
    await double.stop()


@dataclass
class Phone:
    """A citizen's browser with one tab, and what went wrong in it."""

    context: BrowserContext
    page: Page
    address: str
    complaints: list[str]

    def by(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def said(self, author: str) -> Locator:
        return self.page.locator(f"[data-testid=message][data-author={author}] .bubble")

    async def open(self) -> None:
        await self.page.goto(self.address + "/")
        await expect(self.by("message").first).to_be_visible()

    async def write(self, text: str) -> None:
        await self.by("input").fill(text)
        await self.by("send").click()

    async def texts(self) -> list[str]:
        return await self.page.locator("[data-testid=message] .bubble").all_text_contents()

    async def delivered(self, count: int) -> None:
        await expect(self.page.locator("[data-author=citizen][data-position]:not([data-state])")).to_have_count(count)
        await expect(self.page.locator("[data-state]")).to_have_count(0)


async def phone_of(browser: Browser, double: PageDouble, **options: Any) -> Phone:
    context = await browser.new_context(**({"viewport": PHONE, "locale": "zh-CN"} | options))
    complaints: list[str] = []

    def other_host(url: str) -> bool:
        return not url.startswith((double.address, "data:", "about:"))

    context.on("request", lambda one: complaints.append(one.url) if other_host(one.url) else None)
    context.on("weberror", lambda one: complaints.append(str(one.error)))
    context.on("console", lambda one: complaints.append(one.text) if "Content Security" in one.text else None)
    return Phone(context, await context.new_page(), double.address, complaints)


@pytest_asyncio.fixture(name="phone", loop_scope="module")
async def fixture_phone(browser: Browser, double: PageDouble) -> AsyncIterator[Phone]:
    phone = await phone_of(browser, double)
    yield phone
    assert phone.complaints == []
    await phone.context.close()


async def until(phone: Phone, true: Callable[[], bool]) -> None:
    """Wait until the double has seen something; the browser's frames are the clock."""
    for _ in range(300):
        if true():
            return
        await phone.page.wait_for_timeout(20)
    assert true()
