"""The whole service on PostgreSQL: one conversation through everything, and what PostgreSQL alone would refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.db.tables import metadata
from core.ids import new_id
from core.permissions import Role
from tests.databases import DATABASE, Server
from tests.doubles.browser import Site, open_site
from tests.doubles.house import L3, L4, open_house

NUL = "a\x00b"


@pytest.fixture
async def site(postgres: Server, tmp_path: Path, quick_start: None) -> AsyncIterator[Site]:
    """Yield the service's web side, on PostgreSQL."""
    async with open_house(tmp_path, database=postgres.url(DATABASE)) as house, open_site(house) as opened:
        yield opened
    names = ", ".join(table.name for table in metadata.sorted_tables if table.name != "meta")
    await postgres.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE", DATABASE)


async def test_from_a_message_to_a_person(site: Site) -> None:
    citizen, page = await site.citizen(), await site.staff()
    async with citizen.live("/api/live?after=0") as own, page.live("/staff/api/live") as live:
        await citizen.say(L3)
        await own.frame("messages", lambda frame: frame["messages"][-1]["author"] == "guide")
        alert = await live.frame("alert", lambda frame: frame["text"] == "opened")
        base = f"/staff/api/cases/{alert['case']['id']}"
        assert (await page.post(f"{base}/claim")).status == 200
        await own.frame("state", lambda frame: frame["owner"] == "person")
        seen = (await page.get(base)).body["position"]
        said = await page.post(f"{base}/messages", {"client_id": new_id(), "text": "我在", "seen": seen})
        assert said.status == 201
        await own.frame("messages", lambda frame: frame["messages"][-1]["author"] == "person")
        await citizen.say(L4)
        await live.frame("alert", lambda frame: frame["text"] == "raised")
        closed = await page.post(f"{base}/close", {"outcome": "emergency", "note": "120 已到"})
        assert closed.body["status"] == "closed"
    shown = (await citizen.get("/api/conversation?after=0")).body
    assert shown["owner"] == "bot"
    positions = [message["position"] for message in shown["messages"]]
    assert positions == list(range(1, len(positions) + 1))


async def test_a_character_that_postgresql_cannot_keep_is_no_error_of_ours(site: Site) -> None:
    page = await site.staff("a", Role.ADMIN, Role.SUPERVISOR)
    anybody = await site.page()
    for answer in (
        await anybody.post("/staff/api/session", {"login": NUL, "password": "a-long-password"}),
        await anybody.post(
            "/staff/api/invitation", {"token": NUL, "login": "x", "name": "x", "password": "a-long-password"}
        ),
        await page.post("/staff/api/invitations", {"role": "counsellor", "name": NUL}),
        await page.get("/staff/api/cases/a%00b"),
        await page.post("/staff/api/cases/a%00b/claim"),
        await page.post("/staff/api/messages/a%00b/retry"),
        await anybody.get("/staff/api/invitation?token=a%00b"),
    ):
        assert 400 <= answer.status < 500, answer
        assert answer.code
    citizen = await site.citizen()
    assert (await citizen.say(f"{NUL}{L3}")).status == 202
    assert (await citizen.ask("PUT", "/api/profile", {"emergency_contact": NUL})).status == 200
    async with page.live("/staff/api/live") as live:
        await live.socket.send_json({"type": "watch", "case": NUL})
        await citizen.say(L4)
        await live.frame("overview", lambda frame: frame["overview"]["cases"])
        assert not live.socket.closed
