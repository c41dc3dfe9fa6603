"""Never: 10. Staff without the permission read a conversation; a read without an audit row."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from core.ids import CaseId
from core.permissions import GRANTS, Permission, Role
from handoff.web.auth import Declared, Gate
from tests.doubles.browser import Answer, Page, Site
from tests.doubles.house import L3

REFUSED = {401, 403}


@dataclass(frozen=True, slots=True)
class Target:
    """What the routes are called for."""

    case: CaseId
    message: str

    def path(self, declared: Declared) -> str:
        """Return a route's path with ids in it."""
        return declared.path.replace("{case}", self.case).replace("{message}", self.message)


async def begin(site: Site) -> Target:
    """Let a citizen write something that opens a case."""
    await site.house.say(L3)
    case = await site.house.case()
    [*_, last] = await site.house.timeline(case.conversation_id)
    return Target(case.id, last.id)


async def call(page: Page, declared: Declared, target: Target) -> Answer:
    """Call a route; what a body lacks is found out only behind the gate."""
    return await page.ask(declared.method, target.path(declared), None if declared.method == "GET" else {})


def gated(site: Site) -> list[Declared]:
    """Return the routes that need something."""
    return [one for one in site.house.service.staff_routes.declared if one.need is not Gate.NOBODY]


async def test_10_every_staff_route_is_declared(site: Site) -> None:
    declared = {(one.method, one.path) for one in site.house.service.staff_routes.declared}
    served = {
        (route.method, route.resource.canonical)
        for route in site.house.service.web.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/staff/api")
    }
    assert served <= declared
    opened = {path for method, path in declared if (method, path) not in {(g.method, g.path) for g in gated(site)}}
    assert opened == {"/staff", "/staff/", "/staff/api/invitation", "/staff/api/session"}


async def test_10_nobody_who_is_not_signed_in_gets_anything(site: Site) -> None:
    target = await begin(site)
    for cookie in ("", "xq_staff=made-up"):
        page = await site.page(**({"Cookie": cookie} if cookie else {}))
        for declared in gated(site):
            answer = await call(page, declared, target)
            assert (answer.status, answer.code) == (401, "unauthenticated"), declared
    assert await site.house.audited(target.case) == []


@pytest.mark.parametrize("role", list(Role))
async def test_10_every_role_gets_what_it_was_granted_and_no_more(site: Site, role: Role) -> None:
    target = await begin(site)
    for number, declared in enumerate(gated(site)):
        page = await site.staff(f"{role}{number}", role)  # a session of its own: one of the routes signs out
        answer = await call(page, declared, target)
        allowed = declared.need is Gate.SIGNED_IN or declared.need in GRANTS[role]
        if allowed:
            assert answer.status not in REFUSED, declared
        else:
            assert (answer.status, answer.code) == (403, "denied"), declared
            assert L3 not in str(answer.body)


async def test_10_roles_read_conversations_as_the_table_says() -> None:
    readers = {role for role in Role if Permission.CASE_READ in GRANTS[role]}
    assert readers == {Role.COUNSELLOR, Role.SUPERVISOR}
    assert all(Permission.CASE_READ in GRANTS[role] for role in Role if Permission.CASE_CLAIM in GRANTS[role])


async def test_10_somebody_without_a_role_gets_nothing(site: Site) -> None:
    target = await begin(site)
    page = await site.staff("editor", Role.EDITOR)
    for path in (
        f"/staff/api/cases/{target.case}",
        f"/staff/api/cases/{target.case}/messages?before=1000",
        "/staff/api/overview",
    ):
        answer = await page.get(path)
        assert answer.status == 403
    with pytest.raises(Exception, match="403"):
        async with page.live("/staff/api/live"):
            pass


@pytest.mark.parametrize("path", ["", "/messages?before=1000"])
async def test_10_a_read_leaves_a_row_before_it_is_answered(site: Site, path: str) -> None:
    target = await begin(site)
    page = await site.staff()
    me = (await page.get("/staff/api/session")).body["id"]
    for times in range(1, 4):
        answer = await page.get(f"/staff/api/cases/{target.case}{path}")
        assert answer.status == 200
        assert L3 in str(answer.body)
        assert await site.house.audited(target.case) == [("case:read", me)] * times


async def test_10_a_row_that_cannot_be_written_stops_the_read(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    target = await begin(site)
    page = await site.staff()

    async def broken(*_args: object, **_facts: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("handoff.web.site.record", broken)
    for path in ("", "/messages?before=1000"):
        answer = await page.get(f"/staff/api/cases/{target.case}{path}")
        assert answer.status == 500
        assert L3 not in str(answer.body)


async def test_10_a_row_that_cannot_be_written_stops_the_act(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    target = await begin(site)
    page = await site.staff()

    async def broken(*_args: object, **_facts: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("handoff.desk.record", broken)
    before = await site.house.case()
    note = {"client_id": "note-0001", "text": "记一笔"}
    assert (await page.post(f"/staff/api/cases/{target.case}/claim")).status == 500
    assert (await page.post(f"/staff/api/cases/{target.case}/notes", note)).status == 500
    assert await site.house.case() == before


async def test_10_what_counsellors_do_leaves_rows(site: Site) -> None:
    target = await begin(site)
    page = await site.staff()
    me = (await page.get("/staff/api/session")).body["id"]
    base = f"/staff/api/cases/{target.case}"
    assert (await page.post(f"{base}/claim")).status == 200
    position = (await page.get(base)).body["position"]
    say = {"client_id": "client-0001", "text": "我在", "seen": position}
    assert (await page.post(f"{base}/messages", say)).status == 201
    assert (await page.post(f"{base}/notes", {"client_id": "note-0001", "text": "记"})).status == 201
    assert (await page.post(f"{base}/release")).status == 200
    assert (await page.post(f"{base}/claim")).status == 200
    assert (await page.post(f"{base}/close", {"outcome": "supported", "note": "评估过"})).status == 200
    rows = await site.house.audited(target.case)
    assert rows == [
        (action, me)
        for action in (
            "case:claim",
            "case:read",
            "message:send",
            "note:create",
            "case:release",
            "case:claim",
            "case:close",
        )
    ]


async def test_10_a_citizen_sees_only_their_own_conversation(site: Site) -> None:
    await begin(site)
    stranger = await site.citizen()
    seen = (await stranger.get("/api/conversation?after=0")).body
    assert L3 not in str(seen)
    nobody = await site.page()
    for path in ("/api/conversation?after=0", "/api/profile"):
        assert (await nobody.get(path)).status == 401
    forged = await site.page(Cookie="xq=" + (await site.house.conversation()).id)
    assert (await forged.get("/api/conversation?after=0")).status == 401


async def test_10_what_staff_note_never_reaches_the_citizen(site: Site) -> None:
    citizen = await site.citizen()
    await citizen.say(L3)
    async with citizen.live("/api/live?after=0") as live:
        await live.frame("messages", lambda frame: any(one["author"] == "guide" for one in frame["messages"]))
        page = await site.staff()
        [case] = (await page.get("/staff/api/overview")).body["cases"]
        base = f"/staff/api/cases/{case['id']}"
        await page.post(f"{base}/claim")
        await page.post(f"{base}/notes", {"client_id": "note-0001", "text": "只给同事看的"})
        await live.frame("state", lambda frame: frame["owner"] == "person")
        shown = (await citizen.get("/api/conversation?after=0")).body
        pushed = str(live.frames)
    for text in (str(shown), pushed):
        assert "只给同事看的" not in text
        assert "evidence" not in text
        assert "L3" not in text
