"""An in-memory service behind the citizen's page: the citizen's part of docs/api.md, and switches to make it fail.

`python -m tests.e2e.page_double` serves the page for looking at.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from aiohttp import WSCloseCode, web

from bot.page_words import PAGE, PAGE_HEADERS, render_page

DATA = Path(__file__).parents[2] / "data"
Failure = Literal["", "503", "stored_but_silent", "refuse"]
Json = dict[str, Any]

MAINLAND = [
    {"number": "120", "name": "急救", "hours": "24 小时"},
    {"number": "110", "name": "报警", "hours": "24 小时"},
    {"number": "12356", "name": "心理援助", "hours": "各地每天至少 18 小时，有的城市全天"},
]


@dataclass(slots=True)
class Conversation:
    """What the service remembers of one citizen."""

    id: str = field(default_factory=lambda: uuid4().hex)
    language: str = "zh"
    owner: str = "bot"
    person: str | None = None
    numbers: list[Json] = field(default_factory=lambda: list(MAINLAND))
    profile: Json = field(
        default_factory=lambda: {
            "consent": None,
            "outside_mainland": "",
            "age_group": "",
            "region": "",
            "emergency_contact": "",
        }
    )
    messages: list[Json] = field(default_factory=list)

    def add(self, author: str, text: str, **more: Any) -> Json:
        """Append a message at the next position."""
        message: Json = {
            "position": len(self.messages) + 1,
            "id": uuid4().hex,
            "client_id": None,
            "author": author,
            "name": self.person if author == "person" else None,
            "kind": "text",
            "text": text,
            "buttons": [],
            "pinned": False,
            "exercise": None,
            "at": datetime.now(UTC).isoformat(),
        }
        self.messages.append(message | more)
        return self.messages[-1]

    def state(self) -> Json:
        """Return the part of a view that a state frame carries too."""
        return {"owner": self.owner, "person": self.person, "language": self.language, "numbers": self.numbers}

    def view(self, after: int = 0) -> Json:
        """Return the messages after a position, and what else the page shows."""
        return self.state() | {
            "conversation": self.id,
            "position": len(self.messages),
            "consent": self.profile["consent"],
            "messages": [message for message in self.messages if message["position"] > after],
        }


class PageDouble:
    """The service: a test speaks with `say`, `set_state` and `typing`; `failure` and `websocket` break it."""

    def __init__(self, answer: Callable[[PageDouble, Json], Awaitable[None]] | None = None) -> None:
        """Keep how citizens' messages are answered; without `answer` nobody does."""
        self.conversations: dict[str, Conversation] = {}
        self.sockets: set[web.WebSocketResponse] = set()
        self.answer = answer
        self.failure: Failure = ""
        self.websocket = True
        self.posts: list[Json] = []
        self.left: list[str] = []
        self.requests: list[str] = []
        self._runner: web.AppRunner | None = None
        self.address = ""

    @property
    def conversation(self) -> Conversation:
        """The newest conversation."""
        return list(self.conversations.values())[-1]

    async def start(self, port: int = 0) -> None:
        """Serve on loopback; a port that was used before may be taken again."""
        self._runner = web.AppRunner(self._app(), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self.address = site.name

    async def stop(self) -> None:
        """Stop serving; what is stored stays, as after a restart."""
        for socket in list(self.sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)
        if self._runner:
            await self._runner.cleanup()

    @property
    def port(self) -> int:
        """The port that is served."""
        return int(self.address.rsplit(":", 1)[1])

    async def say(self, author: str, text: str, **more: Any) -> Json:
        """Say something in the newest conversation."""
        message = self.conversation.add(author, text, **more)
        await self._tell({"type": "messages", "messages": [message]})
        return message

    async def set_state(self, **facts: Any) -> None:
        """Change the owner, person, language or numbers."""
        for name, value in facts.items():
            setattr(self.conversation, name, value)
        await self._tell({"type": "state"} | self.conversation.state())

    async def typing(self, author: str, on: bool = True) -> None:
        """Show or end the typing sign."""
        await self._tell({"type": "typing", "author": author, "on": on})

    async def drop_sockets(self) -> None:
        """Cut every live connection, as a network does."""
        for socket in list(self.sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _tell(self, frame: Json) -> None:
        for socket in list(self.sockets):
            await socket.send_str(json.dumps(frame))

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._watch], client_max_size=8 * 1024 * 1024)
        app.router.add_get("/", self._page)
        app.router.add_get("/static/page/{file}", self._static)
        app.router.add_post("/api/session", self._session)
        app.router.add_get("/api/conversation", self._conversation)
        app.router.add_post("/api/messages", self._message)
        app.router.add_post("/api/language", self._language)
        app.router.add_get("/api/profile", self._profile)
        app.router.add_put("/api/profile", self._profile)
        app.router.add_post("/api/leave", self._leave)
        app.router.add_get("/api/live", self._live)
        return app

    @web.middleware
    async def _watch(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        if request.path.startswith("/api/"):
            if request.method != "GET" and request.headers.get("Sec-Fetch-Site") != "same-origin":
                return _error(403, "other_site")
            if self.failure == "503":
                return _error(503, "unavailable")
        return await handler(request)

    def _of(self, request: web.Request) -> Conversation:
        found = self.conversations.get(request.cookies.get("xq", ""))
        if found is None:
            raise web.HTTPUnauthorized(text=json.dumps({"error": {"code": "no_session", "message": "No session."}}))
        return found

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=render_page(DATA), content_type="text/html", headers=dict(PAGE_HEADERS))

    async def _static(self, request: web.Request) -> web.StreamResponse:
        name = Path(request.match_info["file"]).name
        return web.Response(
            body=(PAGE / name).read_bytes(),
            content_type=mimetypes.guess_type(name)[0] or "text/plain",
            headers={"X-Content-Type-Options": "nosniff"},
        )

    async def _session(self, request: web.Request) -> web.Response:
        body = await request.json()
        cookie = request.cookies.get("xq", "")
        if cookie in self.conversations and not body.get("fresh"):
            return web.json_response(self.conversations[cookie].view())
        cookie = uuid4().hex
        made = self.conversations[cookie] = Conversation(language=body.get("language", "zh"))
        if self.answer:
            await self.answer(self, {"payload": "start", "text": ""})
        response = web.json_response(made.view())
        response.set_cookie("xq", cookie, httponly=True, samesite="Strict")
        return response

    async def _conversation(self, request: web.Request) -> web.Response:
        return web.json_response(self._of(request).view(int(request.query.get("after", "0"))))

    async def _message(self, request: web.Request) -> web.Response:
        conversation = self._of(request)
        body: Json = await request.json()
        if self.failure == "refuse":
            return _error(413, "too_large")
        self.posts.append(body)
        stored = next((one for one in conversation.messages if one["client_id"] == body["client_id"]), None)
        if stored is None:
            kind = "location" if body.get("location") else "button" if body.get("payload") else "text"
            stored = conversation.add("citizen", body.get("text", ""), client_id=body["client_id"], kind=kind)
            await self._tell({"type": "messages", "messages": [stored]})
            if self.answer:
                await self.answer(self, body)
        if self.failure == "stored_but_silent":
            self.failure = ""
            return _error(502, "gone")
        return web.json_response({"position": stored["position"]}, status=202)

    async def _language(self, request: web.Request) -> web.Response:
        self._of(request).language = (await request.json())["language"]
        await self._tell({"type": "state"} | self._of(request).state())
        return web.Response(status=204)

    async def _profile(self, request: web.Request) -> web.Response:
        conversation = self._of(request)
        if request.method == "PUT":
            conversation.profile |= await request.json()
        return web.json_response(conversation.profile)

    async def _leave(self, request: web.Request) -> web.Response:
        self.left.append(request.cookies.get("xq", ""))
        response = web.Response(status=204)
        response.del_cookie("xq")
        return response

    async def _live(self, request: web.Request) -> web.StreamResponse:
        conversation = self._of(request)
        if not self.websocket:
            return _error(403, "forbidden")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        missed = conversation.view(int(request.query.get("after", "0")))["messages"]
        await socket.send_json({"type": "messages", "messages": missed})
        self.sockets.add(socket)
        try:
            async for _ in socket:
                pass
        finally:
            self.sockets.discard(socket)
        return socket


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": "It did not work."}}, status=status)


async def small_talk(double: PageDouble, body: Json) -> None:
    """Answer a little, in the manner of the bot and the guide, for looking at the page."""
    text, payload = body.get("text", ""), body.get("payload", "")
    if payload == "start":
        double.conversation.add("bot", "你好，我是心桥的自动回复程序，不是真人，也不是医生。")
        double.conversation.add(
            "bot", "一般情况下对话保密；如果你或他人的生命有危险，值班人员可能联系 110、120 或你留下的联系人。"
        )
        double.conversation.add(
            "bot",
            "今天想从哪里说起？",
            buttons=[
                {"label": "我睡不着", "payload": "flow:sleep"},
                {"label": "我总是很紧张", "payload": "flow:anxiety"},
                {"label": "我想先听听就好", "payload": "menu"},
                {"label": "我想找人说说", "payload": "human"},
            ],
        )
    elif payload == "flow:sleep":
        await double.say("bot", "睡不着的时候，人容易越急越清醒。这不怪你。")
        await double.say(
            "bot",
            "一起慢慢呼几口气。不求睡着，只让身体松一点。",
            exercise={"kind": "breathing", "inhale_s": 4, "hold_s": 0, "exhale_s": 6, "rounds": 6},
            buttons=[{"label": "松了一点", "payload": "a"}, {"label": "还是很清醒", "payload": "b"}],
        )
    elif payload == "human":
        await double.set_state(owner="queue")
        await double.say("bot", "好。现在有 2 位老师值班，你前面没有人。我会一直在这里。")
    elif "不想活" in text:
        await double.set_state(owner="queue")
        await double.say(
            "guide",
            "我很担心你现在的安全。请先离开药、刀、高处，打 120（受伤、吃药）或 110（有危险）。"
            "不方便说话可发短信 12110。",
            pinned=True,
        )
        await double.say("guide", "你现在在哪里？身边有人吗？")
    else:
        await double.typing("bot")
        await double.say("bot", "嗯，我在听。")


async def _serve() -> None:
    double = PageDouble(small_talk)
    await double.start(8099)
    print(double.address, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
