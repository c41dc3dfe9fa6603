"""What both web sides share: other sites are refused, bad requests get a 4xx with a code, pages keep to themselves."""

from __future__ import annotations

import json

import aiohttp
import pytest

from tests.doubles.browser import Page, Site

CHANGES = [
    ("POST", "/api/session"),
    ("POST", "/api/messages"),
    ("POST", "/api/language"),
    ("PUT", "/api/profile"),
    ("POST", "/api/leave"),
    ("POST", "/staff/api/session"),
    ("DELETE", "/staff/api/session"),
    ("PUT", "/staff/api/duty"),
    ("POST", "/staff/api/invitations"),
    ("POST", "/staff/api/cases/0/claim"),
    ("POST", "/staff/api/cases/0/close"),
]
ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Cookie": "xq=x"},  # a cookie, and nothing that says whose page it was
]


async def bare(site: Site, **headers: str) -> Page:
    """Return a browser that sends only these headers."""
    page = await site.page()
    page.headers = dict(headers)
    return page


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
async def test_changes_from_another_site_are_refused(site: Site, headers: dict[str, str]) -> None:
    page = await bare(site, **headers)
    for method, path in CHANGES:
        answer = await page.ask(method, path, {})
        assert (answer.status, answer.code) == (403, "cross_site"), (method, path)
    assert site.house.service.bus is not None


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
@pytest.mark.parametrize("path", ["/api/live?after=0", "/staff/api/live"])
async def test_websocket_from_another_site_is_refused(site: Site, headers: dict[str, str], path: str) -> None:
    page = await bare(site, **headers)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with page.live(path):
            pass
    assert refused.value.status == 403


async def test_our_own_pages_and_programs_without_cookies_pass(site: Site) -> None:
    own = f"http://{site.server.host}:{site.server.port}"
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": own}, {}):
        page = await bare(site, **headers)
        assert (await page.post("/api/session")).status == 200


@pytest.mark.parametrize("path", ["/", "/staff/", "/api/nothing", "/staff/api/session", "/static/page/page.js"])
async def test_every_answer_keeps_pages_to_themselves(site: Site, path: str) -> None:
    answer = await (await site.page()).get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    for unsafe in ("unsafe-inline", "unsafe-eval", "*", "http:"):
        assert unsafe not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_cookies_are_for_us_alone(site: Site) -> None:
    page = await site.page()
    set_by_citizen = (await page.post("/api/session")).headers["Set-Cookie"]
    assert "HttpOnly" in set_by_citizen
    assert "SameSite=Strict" in set_by_citizen
    assert "Max-Age" not in set_by_citizen  # gone with the browser
    token = await site.house.service.accounts.first_invitation()
    join = {"token": token, "login": "admin", "name": "管理", "password": "a-long-password"}
    set_by_staff = (await page.post("/staff/api/invitation", join)).headers["Set-Cookie"]
    assert "HttpOnly" in set_by_staff
    assert "SameSite=Strict" in set_by_staff
    assert "Path=/staff" in set_by_staff
    assert (await page.get("/api/conversation?after=0")).headers["Cache-Control"] == "no-store"


BAD_BODIES = [
    (b"", "json"),
    (b"{", "json"),
    (b"[]", "invalid"),
    (b"null", "invalid"),
    (b'"text"', "invalid"),
    (b"\xff\xfe{}", "json"),
    (b'{"client_id": "client-0001", "text": "x", "unknown": 1}', "invalid"),
    (b'{"client_id": "client-0001"}', "invalid"),
    (b'{"client_id": "client-0001", "text": "   "}', "invalid"),
    (b'{"client_id": "short", "text": "x"}', "invalid"),
    (b'{"client_id": "bad id here!", "text": "x"}', "invalid"),
    (b'{"client_id": "client-0001", "text": 7}', "invalid"),
    (b'{"client_id": "client-0001", "text": null}', "invalid"),
    (b'{"client_id": "client-0001", "payload": "' + b"x" * 65 + b'"}', "invalid"),
    (b'{"client_id": "client-0001", "location": {"latitude": 91, "longitude": 0}}', "invalid"),
    (b'{"client_id": "client-0001", "location": {"latitude": 1}}', "invalid"),
    (b'{"client_id": "client-0001", "location": {"latitude": NaN, "longitude": 0}}', "invalid"),
    (b"[" * 100_000, "json"),
]


@pytest.mark.parametrize(("raw", "code"), BAD_BODIES, ids=lambda value: str(value)[:40])
async def test_bad_body_gets_a_code(site: Site, raw: bytes, code: str) -> None:
    page = await site.citizen()
    answer = await page.ask("POST", "/api/messages", raw=raw)
    assert 400 <= answer.status < 500
    assert answer.code == code
    assert (await page.get("/api/conversation?after=0")).body["position"] >= 0


async def test_wrong_content_type_is_refused(site: Site) -> None:
    page = await site.citizen()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = await page.ask("POST", "/api/messages", raw=b"{}", headers={"Content-Type": kind})
        assert (answer.status, answer.code) == (422, "content_type")


async def test_too_large_a_body_is_refused(site: Site) -> None:
    page = await site.citizen()
    body = json.dumps({"client_id": "client-0001", "text": "x" * 2_000_000}).encode()
    answer = await page.ask("POST", "/api/messages", raw=body)
    assert answer.status == 413
    assert answer.code


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api/nothing", 404),
        ("DELETE", "/api/messages", 405),
        ("GET", "/api/conversation?after=-1", 422),
        ("GET", "/api/conversation?after=x", 422),
        ("GET", "/api/conversation?after=99999999999", 422),
        ("GET", "/api/live", 400),
        ("GET", "/staff/api/cases/unknown", 401),
        ("GET", "/static/page/../site.py", 404),
        ("GET", "/static/page/%2e%2e/site.py", 404),
    ],
)
async def test_bad_requests_get_a_code(site: Site, method: str, path: str, status: int) -> None:
    page = await site.citizen()
    answer = await page.ask(method, path)
    assert answer.status == status
    assert answer.code


async def test_text_with_half_a_character_is_kept_readable(site: Site) -> None:
    page = await site.citizen()
    answer = await page.ask(
        "POST", "/api/messages", raw=b'{"client_id": "client-0001", "text": "\\u6211\\ud83d\\u0000"}'
    )
    assert answer.status == 202
    shown = (await page.get("/api/conversation?after=0")).body["messages"]
    assert any(message["text"].startswith("我") for message in shown)
