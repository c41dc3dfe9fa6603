"""The citizen's page over HTTP and WebSocket: nothing lost, nothing doubled, everything within a second."""

from __future__ import annotations

import asyncio

import pytest

from core.ids import new_id
from core.messages import MessageKind
from core.risk import Level
from tests.doubles.browser import Json, Page, Site
from tests.doubles.house import L3


async def view(page: Page, after: int = 0) -> Json:
    """Return the conversation after a position."""
    answer = await page.get(f"/api/conversation?after={after}")
    assert answer.status == 200
    shown: Json = answer.body
    return shown


def by(shown: Json, *who: str) -> list[str]:
    """Return the texts of some authors."""
    return [message["text"] for message in shown["messages"] if message["author"] in who]


async def answered(page: Page, position: int) -> Json:
    """Return the conversation once something stands behind a position."""
    async with page.live(f"/api/live?after={position}") as live:
        await live.frame("messages")
    return await view(page)


async def test_session_says_the_first_words_once_and_survives_a_reload(site: Site) -> None:
    page = await site.page()
    first = (await page.post("/api/session", {"language": "zh"})).body
    assert first["owner"] == "bot"
    assert (first["language"], first["person"], first["consent"]) == ("zh", None, None)
    assert first["messages"]
    assert {message["author"] for message in first["messages"]} == {"bot"}
    assert first["position"] == first["messages"][-1]["position"] == len(first["messages"])
    assert {"110", "120", "12356"} <= {number["number"] for number in first["numbers"]}
    again = (await page.post("/api/session")).body
    assert again == first
    assert await view(page) == first
    assert by(await view(page, first["position"]), "bot") == []


async def test_fresh_begins_anew_and_the_old_conversation_stays(site: Site) -> None:
    page = await site.citizen()
    first = await view(page)
    await page.say(L3)
    await answered(page, first["position"])
    fresh = (await page.post("/api/session", {"fresh": True})).body
    assert fresh["conversation"] != first["conversation"]
    assert L3 not in by(fresh, "citizen")
    overview = (await (await site.staff()).get("/staff/api/overview")).body
    assert [case["conversation"] for case in overview["cases"]] == [first["conversation"]]


async def test_leaving_takes_the_cookie_and_keeps_the_case(site: Site) -> None:
    page = await site.citizen()
    before = (await view(page))["position"]
    await page.say(L3)
    await answered(page, before + 1)
    assert (await page.post("/api/leave")).status == 204
    assert (await page.get("/api/conversation")).status == 401
    overview = (await (await site.staff()).get("/staff/api/overview")).body
    assert len(overview["cases"]) == 1


async def test_repeated_message_is_stored_and_answered_once(site: Site) -> None:
    page = await site.citizen()
    before = (await view(page))["position"]
    answers = await asyncio.gather(*(page.say("最近总是睡不好", client_id="client-0001") for _ in range(8)))
    assert {(answer.status, answer.body["position"]) for answer in answers} == {(202, before + 1)}
    shown = await answered(page, before + 1)
    assert by(shown, "citizen") == ["最近总是睡不好"]
    later = await page.say("最近总是睡不好", client_id="client-0001")
    assert later.body["position"] == before + 1
    assert await view(page) == shown
    [own] = [message for message in shown["messages"] if message["author"] == "citizen"]
    assert own["client_id"] == "client-0001"


async def test_same_client_id_of_two_people_is_two_messages(site: Site) -> None:
    pages = [await site.citizen() for _ in range(2)]
    for page in pages:
        assert (await page.say("在吗", client_id="client-0001")).status == 202
        assert by(await view(page), "citizen") == ["在吗"]


async def test_message_without_session_is_refused_with_a_code(site: Site) -> None:
    answer = await (await site.page()).say("在吗")
    assert (answer.status, answer.code) == (401, "unauthenticated")


@pytest.mark.parametrize("length", [4096, 4097, 20_000, 150_000])
async def test_long_message_is_stored_and_triaged_whole(site: Site, length: int) -> None:
    page = await site.citizen()
    text = "今天很长。" * (length // 5 + 1)
    text = text[: length - len(L3)] + L3
    before = (await view(page))["position"]
    assert (await page.say(text)).status == 202
    shown = await answered(page, before + 1)
    assert by(shown, "citizen") == [text]
    assert by(shown, "guide")
    overview = (await (await site.staff()).get("/staff/api/overview")).body
    assert Level[overview["cases"][0]["level"]] >= Level.L3


async def test_buttons_and_places_are_recorded_as_what_they_are(site: Site) -> None:
    page = await site.citizen()
    await page.say("睡眠", payload="menu")
    await page.say("", location={"latitude": 31.2, "longitude": 121.5})
    kinds = [message["kind"] for message in (await view(page))["messages"] if message["author"] == "citizen"]
    assert kinds == [MessageKind.BUTTON, MessageKind.LOCATION]


async def test_live_pushes_what_is_new_in_order_and_once(site: Site) -> None:
    page = await site.citizen()
    before = await view(page)
    async with page.live(f"/api/live?after={before['position']}") as live:
        state = await live.frame("state")
        assert (state["owner"], state["person"], state["language"]) == ("bot", None, "zh")
        await page.say("你好")
        await live.frame("messages", lambda frame: frame["messages"][0]["text"] == "你好")
        await live.frame("messages", lambda frame: frame["messages"][-1]["author"] == "bot")
        positions = [one["position"] for f in live.frames if f["type"] == "messages" for one in f["messages"]]
    assert positions == list(range(before["position"] + 1, positions[-1] + 1))


async def test_live_after_a_lost_connection_brings_what_was_missed(site: Site) -> None:
    page = await site.citizen()
    known = (await view(page))["position"]
    await page.say("你好")
    await answered(page, known + 1)
    async with page.live(f"/api/live?after={known}") as live:
        await live.frame("messages")
        assert live.texts()[0] == "你好"


async def test_live_tells_who_owns_the_conversation_and_what_the_person_says(site: Site) -> None:
    page = await site.citizen()
    counsellor = await site.staff()
    async with page.live("/api/live?after=0") as live:
        await page.say(L3)
        await live.frame("state", lambda frame: frame["owner"] == "queue")
        [case] = (await counsellor.get("/staff/api/overview")).body["cases"]
        base = f"/staff/api/cases/{case['id']}"
        await counsellor.post(f"{base}/claim")
        joined = await live.frame("state", lambda frame: frame["owner"] == "person")
        assert joined["person"] == "老师lin"
        seen = (await counsellor.get(base)).body["position"]
        await counsellor.post(f"{base}/messages", {"client_id": new_id(), "text": "我是小林", "seen": seen})
        said = await live.frame("messages", lambda frame: frame["messages"][-1]["author"] == "person")
        assert (said["messages"][-1]["text"], said["messages"][-1]["name"]) == ("我是小林", "老师lin")
        await counsellor.post(f"{base}/close", {"outcome": "supported", "note": "评估过"})
        await live.frame("state", lambda frame: frame is live.frames[-1] or frame["owner"] == "bot")
    assert (await view(page))["owner"] == "bot"


async def test_language_is_changed_and_pushed(site: Site) -> None:
    page = await site.citizen()
    async with page.live("/api/live?after=0") as live:
        await live.frame("state")
        assert (await page.post("/api/language", {"language": "en"})).status == 204
        await live.frame("state", lambda frame: frame["language"] == "en")
    assert (await page.post("/api/language", {"language": "fr"})).status == 422
    assert (await view(page))["language"] == "en"


async def test_profile_keeps_what_is_left_out(site: Site) -> None:
    page = await site.citizen()
    first = await page.ask("PUT", "/api/profile", {"consent": True, "emergency_contact": "妈妈 13900000000"})
    assert first.body["consent"] is True
    second = await page.ask("PUT", "/api/profile", {"outside_mainland": "hk", "age_group": "14to17"})
    assert second.body == {
        "consent": True,
        "outside_mainland": "hk",
        "age_group": "14to17",
        "region": "",
        "emergency_contact": "妈妈 13900000000",
    }
    assert (await page.get("/api/profile")).body == second.body
    assert "999" in {number["number"] for number in (await view(page))["numbers"]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"age_group": "old"}, "age_group"),
        ({"age_group": None}, "age_group"),
        ({"outside_mainland": "us"}, "outside_mainland"),
        ({"region": "31"}, "region"),
        ({"region": "031000"}, "region"),
        ({"region": "３１００００"}, "region"),
        ({"emergency_contact": "x" * 201}, "emergency_contact"),
        ({"emergency_contact": None}, "emergency_contact"),
        ({"consent": "maybe"}, "consent"),
        ({"name": "张三"}, "name"),
    ],
)
async def test_profile_refuses_what_it_does_not_know(site: Site, body: Json, field: str) -> None:
    page = await site.citizen()
    before = (await page.get("/api/profile")).body
    answer = await page.ask("PUT", "/api/profile", body)
    assert (answer.status, answer.body["error"]["field"]) == (422, field)
    assert (await page.get("/api/profile")).body == before


async def test_a_client_id_of_the_counsellor_is_refused_without_loss(site: Site) -> None:
    page, counsellor = await site.citizen(), await site.staff()
    before = (await view(page))["position"]
    await page.say(L3)
    await answered(page, before + 1)
    [case] = (await counsellor.get("/staff/api/overview")).body["cases"]
    base = f"/staff/api/cases/{case['id']}"
    await counsellor.post(f"{base}/claim")
    seen = (await counsellor.get(base)).body["position"]
    await counsellor.post(f"{base}/messages", {"client_id": "client-0009", "text": "我在", "seen": seen})
    answer = await page.say("同一个编号", client_id="client-0009")
    assert (answer.status, answer.code) == (409, "client_id_taken")
    assert by(await view(page), "person") == ["我在"]
    own = await page.say("我还在", client_id="client-0010")
    later = await counsellor.post(
        f"{base}/messages", {"client_id": "client-0010", "text": "收到", "seen": own.body["position"]}
    )
    assert (later.status, later.code) == (409, "client_id_taken")
