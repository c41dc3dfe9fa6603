"""The console over HTTP and WebSocket: sign-in, queue, claim, talk, close, and what is pushed within a second."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core.ids import new_id
from core.permissions import Role
from tests.doubles.browser import Json, Live, Page, Site
from tests.doubles.house import L2, L3, L4

PASSWORD = "a-long-password"


async def queue(page: Page) -> list[Json]:
    """Return the open cases as the console sees them."""
    answer = await page.get("/staff/api/overview")
    assert answer.status == 200
    cases: list[Json] = answer.body["cases"]
    return cases


async def claimed(site: Site, page: Page, words: str = L3) -> tuple[str, int]:
    """Let a citizen write and somebody claim; return the case's path and what was seen."""
    await site.house.say(words)
    case = await site.house.case()
    base = f"/staff/api/cases/{case.id}"
    assert (await page.post(f"{base}/claim")).status == 200
    return base, (await page.get(base)).body["position"]


async def test_first_administrator_joins_and_invites(site: Site) -> None:
    token = await site.house.service.accounts.first_invitation()
    page = await site.page()
    shown = await page.get(f"/staff/api/invitation?token={token}")
    assert (shown.status, shown.body["role"]) == (200, "admin")
    me = await page.post("/staff/api/invitation", {"token": token, "login": "a", "name": "管理", "password": PASSWORD})
    assert (me.status, me.body["login"], sorted(me.body["roles"])) == (201, "a", ["admin", "supervisor"])
    assert (await page.get(f"/staff/api/invitation?token={token}")).status == 404
    invited = await page.post("/staff/api/invitations", {"role": "counsellor", "name": "小林"})
    assert invited.status == 201
    new = await site.page()
    joining = {"token": invited.body["link"].rpartition("/")[2], "login": "lin", "name": "小林", "password": PASSWORD}
    assert (await new.post("/staff/api/invitation", joining)).body["permissions"] == [
        "case:claim",
        "case:list",
        "case:read",
    ]
    assert (await new.get("/staff/api/session")).body["name"] == "小林"
    staff = (await page.get("/staff/api/staff")).body["staff"]
    assert {one["login"] for one in staff} == {"a", "lin"}
    assert all("password" not in str(one) for one in staff)


async def test_sign_in_sign_out_and_lock(site: Site) -> None:
    accounts = site.house.service.accounts
    token, _ = await accounts.invite(Role.COUNSELLOR, "", None)
    await accounts.join(token, login="lin", name="小林", password=PASSWORD)
    page = await site.page()
    assert (await page.post("/staff/api/session", {"login": "lin", "password": PASSWORD})).status == 200
    assert (await page.ask("DELETE", "/staff/api/session")).status == 204
    assert (await page.get("/staff/api/session")).status == 401
    for _ in range(5):
        wrong = await page.post("/staff/api/session", {"login": "lin", "password": "wrong"})
        assert (wrong.status, wrong.code) == (401, "wrong_credentials")
    locked = await page.post("/staff/api/session", {"login": "lin", "password": PASSWORD})
    assert (locked.status, locked.code) == (429, "locked")
    assert locked.body["error"]["retry_after_s"] > 0


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"password": "short"}, 422, "password_short"),
        ({"login": " "}, 422, "invalid"),
        ({"token": "unknown"}, 404, "not_found"),
        ({"login": "taken"}, 409, "login_taken"),
        ({"name": "x" * 65}, 422, "invalid"),
        ({"login": "a\x00b"}, 422, "invalid"),
        ({"extra": 1}, 422, "invalid"),
    ],
)
async def test_joining_refuses_with_a_code(site: Site, change: Json, status: int, code: str) -> None:
    await site.house.member("taken")
    token, _ = await site.house.service.accounts.invite(Role.COUNSELLOR, "", None)
    page = await site.page()
    body = {"token": token, "login": "lin", "name": "小林", "password": PASSWORD} | change
    answer = await page.post("/staff/api/invitation", body)
    assert (answer.status, answer.code) == (status, code)


async def test_conflicts_name_the_owner(site: Site) -> None:
    first, second = await site.staff("first"), await site.staff("second")
    base, seen = await claimed(site, first)
    refused = await second.post(f"{base}/claim")
    assert (refused.status, refused.code, refused.body["error"]["owner"]["name"]) == (
        409,
        "already_claimed",
        "老师first",
    )
    for path, body in (
        ("messages", {"client_id": new_id(), "text": "我来", "seen": seen}),
        ("release", {}),
        ("close", {"outcome": "supported", "note": "x"}),
    ):
        answer = await second.post(f"{base}/{path}", body)
        assert (answer.status, answer.code) == (409, "not_owner"), path


async def test_words_are_sent_once_and_never_past_what_the_citizen_wrote_meanwhile(site: Site) -> None:
    page = await site.staff()
    base, seen = await claimed(site, page)
    body = {"client_id": "client-0001", "text": "我在", "seen": seen}
    first = await page.post(f"{base}/messages", body)
    again = await page.post(f"{base}/messages", body)
    assert (first.status, again.status) == (201, 201)
    assert first.body["id"] == again.body["id"]
    await site.house.say("等等，还有一件事")
    stale = await page.post(
        f"{base}/messages", {"client_id": "client-0002", "text": "好", "seen": first.body["position"]}
    )
    assert (stale.status, stale.code) == (409, "stale_view")
    position = stale.body["error"]["position"]
    assert (
        await page.post(f"{base}/messages", {"client_id": "client-0002", "text": "好", "seen": position})
    ).status == 201
    texts = [message["text"] for message in (await page.get(base)).body["messages"]]
    assert texts.count("我在") == 1
    assert texts[-1] == "好"


async def test_closing_needs_a_note_from_l3_on(site: Site) -> None:
    page = await site.staff()
    base, _ = await claimed(site, page)
    refused = await page.post(f"{base}/close", {"outcome": "supported", "note": " "})
    assert (refused.status, refused.code, refused.body["error"]["field"]) == (422, "note_required", "note")
    assert (await page.post(f"{base}/close", {"outcome": "unknown", "note": "x"})).status == 422
    closed = await page.post(f"{base}/close", {"outcome": "supported", "note": "评估过"})
    assert (closed.status, closed.body["status"]) == (200, "closed")
    listed = (await page.get("/staff/api/cases?status=closed")).body["cases"]
    assert [case["id"] for case in listed] == [closed.body["id"]]
    assert (await page.get("/staff/api/cases?status=closed&before=nonsense")).status == 422
    assert (await page.get("/staff/api/cases?status=waiting")).status == 422
    assert await queue(page) == []


async def test_case_shows_evidence_answers_and_history(site: Site) -> None:
    page = await site.staff()
    await site.house.say(L3)
    [case] = await queue(page)
    assert (case["status"], case["level"], case["owner"]) == ("waiting", "L3", None)
    assert case["quote"] in L3
    shown = (await page.get(f"/staff/api/cases/{case['id']}")).body
    [citizen] = [message for message in shown["messages"] if message["author"] == "citizen"]
    assert citizen["level"] == "L3"
    for piece in citizen["evidence"]:
        assert piece["quote"] == L3[piece["start"] : piece["end"]]
    assert [event["kind"] for event in shown["events"]] == ["opened"]
    assert (await page.get("/staff/api/cases/unknown")).status == 404


async def until(live: Live, case_id: str, text: str) -> Json:
    """Return the alert about a case as soon as it is pushed."""
    return await live.frame("alert", lambda frame: frame["text"] == text and frame["case"]["id"] == case_id)


async def test_live_pushes_queue_and_alerts_within_a_second(site: Site) -> None:
    page = await site.staff()
    async with page.live("/staff/api/live") as live:
        first = await live.frame("overview")
        assert first["overview"]["cases"] == []
        await site.house.say(L2)
        case = await site.house.case()
        await until(live, case.id, "opened")
        await live.frame("overview", lambda frame: frame["overview"]["cases"])
        await site.house.say(L4)
        raised = await until(live, case.id, "raised")
        assert raised["case"]["level"] == "L4"
        site.house.clock.advance(seconds=20)
        await site.house.service.worker.tick()
        await until(live, case.id, "unclaimed")


async def test_live_pushes_changes_of_the_watched_conversation(site: Site) -> None:
    page = await site.staff()
    base, seen = await claimed(site, page)
    case = await site.house.case()
    async with page.live("/staff/api/live") as live:
        await live.socket.send_json({"type": "watch", "case": case.id})
        presence = await live.frame("presence")
        assert (presence["conversation"], presence["online"]) == (case.conversation_id, False)
        await site.house.say("我还在")
        changed = await live.frame("conversation", lambda frame: frame["position"] > seen)
        assert changed["case"] == case.id
        for nonsense in ("", "[]", "{", '{"type": 7}', '{"type": "watch", "case": "unknown"}', '{"type": "typing"}'):
            await live.socket.send_str(nonsense)
        await page.post(f"{base}/notes", {"client_id": "note-0001", "text": "记"})
        await live.frame("conversation", lambda frame: frame is live.frames[-1])
        assert not live.socket.closed


async def test_live_shows_typing_and_presence_both_ways(site: Site) -> None:
    citizen, page = await site.citizen(), await site.staff()
    await citizen.say(L3)
    async with citizen.live("/api/live?after=0") as own, page.live("/staff/api/live") as live:
        await own.frame("state", lambda frame: frame["owner"] == "queue")
        [case] = await queue(page)
        await page.post(f"/staff/api/cases/{case['id']}/claim")
        await live.socket.send_json({"type": "watch", "case": case["id"]})
        await live.frame("presence", lambda frame: frame["online"])
        await live.socket.send_json({"type": "typing", "case": case["id"]})
        typing = await own.frame("typing", lambda frame: frame["author"] == "person")
        assert typing["on"] is True


async def test_an_open_console_keeps_its_owner_on_duty(site: Site) -> None:
    page = await site.staff(on_duty=False)
    assert (await page.ask("PUT", "/staff/api/duty", {"on": True})).body["on_duty"] is True
    site.house.clock.advance(seconds=timedelta(minutes=5).total_seconds())
    overview = (await page.get("/staff/api/overview")).body
    assert overview["on_duty"] == []
    async with page.live("/staff/api/live") as live:
        await live.frame("overview", lambda frame: frame["overview"]["on_duty"])


async def test_two_hundred_claims_over_http_have_one_winner(site: Site) -> None:
    pages = [await site.staff(f"c{number}") for number in range(10)]
    await site.house.say(L3)
    case = await site.house.case()
    answers = await asyncio.gather(
        *(pages[number % 10].post(f"/staff/api/cases/{case.id}/claim") for number in range(200))
    )
    owners = {answer.body["owner"]["id"] for answer in answers if answer.status == 200}
    assert len(owners) == 1
    named = {answer.body["error"]["owner"]["id"] for answer in answers if answer.status == 409}
    assert named == owners
