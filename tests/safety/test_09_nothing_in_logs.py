"""Never: 9. Message text or a citizen's identity in a log, a metric, an error page or a URL."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.channels.port import Outbound
from bot.dispatcher import Dispatcher
from bot.outbox import OutboxSender
from core.bus import LocalBus
from core.cases import Outcome
from core.db.due import DueRow
from core.logs import configure_logs
from core.messages import ChannelName
from tests.doubles.browser import Answer, open_site
from tests.doubles.house import L0, L3, BrokenRouter, BrokenTriage, House, open_house

WORDS = "zebrafink我把药都吃了"
CHAT = "zebrachat-998877"
CONTACT = "zebracontact-13912345678"
NOTE = "zebranote-他妈妈在路上"
PASSWORD = "zebrapassword-1234"
SECRET = ("zebra", "药都吃", "自杀", "13912345678", "妈妈在路上", "998877")


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """Log all that can be logged, as `XINQIAO_LOG_LEVEL=DEBUG` does, into a text."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    configure_logs("DEBUG", as_json=True)
    [handler] = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    handler.setStream(written)
    try:
        yield written
    finally:
        root.handlers = before
        root.setLevel(level)


class LeakyChannel:
    """A channel whose errors quote everything they know."""

    name = ChannelName.TELEGRAM

    async def deliver(self, message: Outbound) -> str:
        """Refuse with all that an HTTP library would print."""
        raise RuntimeError(f"POST https://api/bot{message.address}/{message.text}")

    async def typing(self, address: str) -> None:
        """Do nothing."""

    async def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""


def leaked(text: str) -> list[str]:
    """Return the lines that tell a secret."""
    return [line for line in text.splitlines() if any(secret in line for secret in SECRET)]


async def fail_everywhere(house: House) -> None:
    """Let everything fail that has the citizen's words or address in its hands."""
    service = house.service
    bus = LocalBus()
    service.knowledge.triage, whole = BrokenTriage(), service.knowledge.triage
    await house.write(WORDS, CHAT, channel=ChannelName.TELEGRAM)

    async def at_once(_seconds: float) -> None:
        await asyncio.sleep(0)

    dispatcher = Dispatcher(service.database, service.turns, bus, pause=at_once)
    await dispatcher.sweep()
    await dispatcher.idle()
    service.knowledge.triage = whole
    service.knowledge.router = BrokenRouter()
    received = await house.write(L0 + "zebra", "somebody-zebra")
    dispatcher.wake(received.conversation_id)
    await dispatcher.idle()
    sender = OutboxSender(service.database, {ChannelName.TELEGRAM: LeakyChannel()}, bus, house.clock)
    assert await sender.send_due() > 0

    async def broken(row: DueRow) -> None:
        raise RuntimeError(WORDS)

    service.worker._handlers = dict.fromkeys(service.worker._handlers, broken)
    await house.pass_time(seconds=600, step=60)


async def test_9_no_log_line_tells_what_was_said_or_by_whom(quick_start: None, tmp_path: Path) -> None:
    with everything_logged() as written:
        token = await live_through(tmp_path)
    said = written.getvalue()
    for action in ("turn_failed", "turn_given_up", "channel_failed", "due_failed"):
        assert action in said  # the failures themselves are told
    assert leaked(said) == []
    assert token not in said


async def live_through(folder: Path) -> str:
    """Let a crisis conversation go through everything, failures too; return a secret of staff."""
    async with open_house(folder) as house:
        await fail_everywhere(house)
        member = await house.member()
        await house.say(L3 + "zebra", CHAT, channel=ChannelName.TELEGRAM)
        case = await house.case(CHAT, ChannelName.TELEGRAM)
        desk = house.service.desk
        await desk.claim(case.id, member)
        await desk.say(case.id, member, text="zebrareply", client_id="client-0001", seen=1000)
        await desk.note(case.id, member, text=NOTE, client_id="note-0001")
        await desk.close(case.id, member, outcome=Outcome.SUPPORTED, note=NOTE, resume_assessment=False)
        token, _ = await house.service.accounts.invite(member.roles[0], "", None)
        await house.service.accounts.join(token, login="new", name="新", password=PASSWORD)
    return token


async def test_9_no_error_page_and_no_log_of_the_web_tells_it(
    quick_start: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with everything_logged() as written:
        answers, cookies = await make_every_mistake(tmp_path, monkeypatch)
    assert answers[-1].status == 500
    for answer in answers:
        assert answer.status >= 400
        assert leaked(str(answer.body)) == []
    said = written.getvalue()
    assert "request_failed" in said
    assert leaked(said) == []
    assert cookies
    assert not [cookie for cookie in cookies if cookie in said]


async def make_every_mistake(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Answer], list[str]]:
    """Send what cannot be used and let one request fail; return the answers and the browser's cookies."""
    async with open_house(folder) as house, open_site(house) as site:
        page = await site.citizen()
        answers = [
            await page.ask("POST", "/api/messages", raw=f'{{"text": "{WORDS}"'.encode()),
            await page.say(WORDS, client_id="short"),
            await page.say(WORDS, client_id="client-0001", unknown=WORDS),
            await page.ask("PUT", "/api/profile", {"region": CONTACT}),
            await page.ask("PUT", "/api/profile", {"emergency_contact": CONTACT * 20}),
            await page.ask(
                "POST",
                "/api/messages",
                {"client_id": "client-0001", "text": WORDS},
                headers={"Content-Type": "text/plain"},
            ),
            await page.get("/api/conversation?after=zebra"),
            await page.get("/zebra"),
            await page.post("/staff/api/session", {"login": "zebra", "password": PASSWORD}),
        ]

        async def broken(_message: object) -> None:
            raise RuntimeError(WORDS)

        monkeypatch.setattr(house.service.inbox, "accept", broken)
        answers.append(await page.say(WORDS))
        return answers, [cookie.value for cookie in page.client.session.cookie_jar]


async def test_9_no_address_of_ours_has_a_place_for_words(house: House) -> None:
    for route in house.service.web.router.routes():
        path = route.resource.canonical if route.resource else ""
        assert {part for part in path.split("/") if part.startswith("{")} <= {"{case}", "{message}", "{filename}"}
