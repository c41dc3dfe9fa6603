"""Pages without a browser: requests as our own pages send them, to the service's real web application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import ClientWebSocketResponse
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from core.ids import new_id
from handoff.web.auth import COOKIE
from tests.doubles.house import House

Json = dict[str, Any]
OWN = {"Sec-Fetch-Site": "same-origin"}
WITHIN_S = 1.0
"""What the design grants a frame on its way to a page."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """Return the code of an error."""
        return str(self.body["error"]["code"])


@dataclass
class Page:
    """One browser: it keeps its cookies."""

    client: TestClient[Request, Application]
    headers: dict[str, str] = field(default_factory=lambda: dict(OWN))

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """Send a request and return the answer."""
        sent = {**self.headers, **(headers or {})}
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        async with self.client.request(method, path, data=data, headers=sent, allow_redirects=False) as response:
            text = await response.text()
            is_json = response.content_type == "application/json"
            return Answer(response.status, json.loads(text) if is_json else text, dict(response.headers))

    async def get(self, path: str) -> Answer:
        """Read something."""
        return await self.ask("GET", path)

    async def post(self, path: str, body: object = None) -> Answer:
        """Change something."""
        return await self.ask("POST", path, {} if body is None else body)

    async def say(self, text: str, client_id: str = "", **more: object) -> Answer:
        """Write a message as the citizen's page does."""
        return await self.post("/api/messages", {"client_id": client_id or new_id(), "text": text, **more})

    @asynccontextmanager
    async def live(self, path: str) -> AsyncIterator[Live]:
        """Open a WebSocket and collect its frames."""
        async with self.client.ws_connect(path, headers=self.headers) as socket:
            frames = Live(socket)
            reading = asyncio.create_task(frames.read())
            try:
                yield frames
            finally:
                reading.cancel()
                with suppress(asyncio.CancelledError):
                    await reading


@dataclass
class Live:
    """The frames of one WebSocket, as they come."""

    socket: ClientWebSocketResponse
    frames: list[Json] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        """Collect frames until the socket closes."""
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.frames.append(json.loads(message.data))
                self._changed.set()

    async def frame(self, type_: str, true: Callable[[Json], object] = bool, *, seconds: float = WITHIN_S) -> Json:
        """Return the first frame of a type for which something is true, as soon as it is there.

        Raises:
            TimeoutError: It does not come in time.
        """
        async with asyncio.timeout(seconds):
            while True:
                for frame in self.frames:
                    if frame["type"] == type_ and true(frame):
                        return frame
                self._changed.clear()
                await self._changed.wait()

    def texts(self) -> list[str]:
        """Return the texts of all messages that were pushed."""
        return [one["text"] for frame in self.frames if frame["type"] == "messages" for one in frame["messages"]]


@dataclass
class Site:
    """The running web side of a house, with its dispatcher."""

    house: House
    server: TestServer
    _clients: list[TestClient[Request, Application]] = field(default_factory=list)

    async def page(self, **headers: str) -> Page:
        """Return a new browser."""
        client = TestClient(self.server, cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._clients.append(client)
        return Page(client, {**OWN, **headers})

    async def citizen(self, language: str = "zh") -> Page:
        """Return a browser that has opened the citizen's page."""
        page = await self.page()
        answer = await page.post("/api/session", {"language": language})
        assert answer.status == 200
        return page

    async def staff(self, login: str = "lin", *roles: Any, on_duty: bool = True) -> Page:
        """Return a browser in which somebody is signed in to the console."""
        page = await self.page()
        member = await self.house.member(login, *roles, on_duty=on_duty)
        token = await self.house.session(member)
        page.client.session.cookie_jar.update_cookies({COOKIE: token}, self.server.make_url("/staff/"))
        return page

    async def close(self) -> None:
        """Close every browser."""
        for client in self._clients:
            await client.session.close()


@asynccontextmanager
async def open_site(house: House) -> AsyncIterator[Site]:
    """Yield the house's web application on a port of its own, with turns being taken."""
    server = TestServer(house.service.web)
    await server.start_server()
    turns = asyncio.create_task(house.service.dispatcher.run())
    site = Site(house, server)
    try:
        yield site
    finally:
        turns.cancel()
        with suppress(asyncio.CancelledError):
            await turns
        await site.close()
        await server.close()
