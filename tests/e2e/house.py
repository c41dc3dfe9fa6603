"""The real service as a child process: started, talked to over HTTP, killed, started again, and read from its files."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from core.crypto import open_key_file
from core.db import Database

ROOT = Path(__file__).parents[2]
START_S = 60.0
STOP_S = 15.0
PATIENCE_S = 90.0
LOOK_AGAIN_S = 0.02
UP = re.compile(r"citizens\s+(http://\S+?)/")
LINK = re.compile(r"http://\S+/staff/#/join/[\w-]+")
Json = dict[str, Any]


class HouseError(Exception):
    """The service did not do what a start, a stop or a wait asked for; what it printed is added."""


async def until(true: Callable[[], Awaitable[object]], *, seconds: float = 20.0, why: str = "") -> None:
    """Return once something in another process is so; nothing there can wake us, so we look again and again.

    Raises:
        HouseError: It is not so in time.
    """
    try:
        async with asyncio.timeout(seconds):
            while not await true():
                await asyncio.sleep(LOOK_AGAIN_S)
    except TimeoutError:
        raise HouseError(f"waited {seconds} s in vain: {why or true!r}") from None


@dataclass
class House:
    """One service with a folder of its own; it keeps its port over restarts, as a service does.

    Attributes:
        nlu: Whether the trained model is started beside it.
        deaths: How often it was killed.
        up: Set while it answers; cleared by whoever ends it, before it ends.
    """

    var: Path
    nlu: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    printed: list[str] = field(default_factory=list)
    deaths: int = 0
    up: asyncio.Event = field(default_factory=asyncio.Event)
    _process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = None
    _over: bool = False
    _line: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and return once it answers."""
        self.port = self.port or _free_port()
        self.printed, self._over = [], False
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "app.cli",
            "run",
            *(() if self.nlu else ("--no-nlu",)),
            cwd=ROOT,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reader = asyncio.create_task(self._read(self._process))
        await self.printed_line(UP)
        self.up.set()

    async def printed_line(self, pattern: re.Pattern[str]) -> str:
        """Return what matches in the lines that this start has printed or prints soon.

        Raises:
            HouseError: Nothing does in time, or the process has ended.
        """

        def found() -> str | None:
            return next((hit[0] for line in self.printed if (hit := pattern.search(line))), None)

        try:
            async with asyncio.timeout(START_S), self._line:
                await self._line.wait_for(lambda: found() or self._over)
        except TimeoutError:
            pass
        if (hit := found()) is None:
            raise HouseError(f"{pattern.pattern} was not printed:\n" + "\n".join(self.printed[-30:]))
        return hit

    async def kill(self) -> None:
        """End it as a power cut does, between any two instructions."""
        assert self._process is not None
        self.up.clear()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self.deaths += 1

    async def stop(self) -> None:
        """Ask it to end and see that it does."""
        self.up.clear()
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
            raise HouseError("it did not end when asked to:\n" + "\n".join(self.printed[-30:])) from None

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """Yield its database, read with its own key file."""
        database = Database(f"sqlite+aiosqlite:///{self.var / 'xinqiao.db'}", open_key_file(self.var / "keys"))
        try:
            yield database
        finally:
            await database.close()

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("XINQIAO_")}
        own = {"XINQIAO_VAR": str(self.var), "XINQIAO_PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        return kept | own | self.environment

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while line := await process.stderr.readline():
            async with self._line:
                self.printed.append(line.decode("utf-8", "replace").rstrip())
                self._line.notify_all()
        self._over = True
        async with self._line:
            self._line.notify_all()


@dataclass
class Caller:
    """Somebody's HTTP client: it tries again until it hears an answer, as the page and the console do.

    Attributes:
        before_call: Called before each request that changes something; a test may arrange a death there.
    """

    house: House
    session: aiohttp.ClientSession
    before_call: Callable[[], None] = lambda: None
    lost: int = 0

    async def get(self, path: str) -> tuple[int, Any]:
        """Ask for something."""
        return await self._call("GET", path, None)

    async def post(self, path: str, body: Json | None = None) -> tuple[int, Any]:
        """Change something; the body is the same at every try."""
        self.before_call()
        return await self._call("POST", path, body or {})

    async def _call(self, method: str, path: str, body: Json | None) -> tuple[int, Any]:
        headers = {"Sec-Fetch-Site": "same-origin"}
        url = self.house.address + path
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await self.house.up.wait()
                try:
                    async with self.session.request(method, url, json=body, headers=headers) as answer:
                        return answer.status, (await answer.json() if answer.status != 204 else None)
                except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError):
                    self.lost += 1
                    await asyncio.sleep(LOOK_AGAIN_S)


@asynccontextmanager
async def calling(house: House) -> AsyncIterator[Caller]:
    """Yield a client with cookies of its own."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield Caller(house, session)


async def settle_in(house: House, boss: Caller, counsellor: Caller) -> None:
    """Set up the first administrator with the printed link, and a counsellor with a second one."""
    token = (await house.printed_line(LINK)).rpartition("/")[2]
    who = {"login": "admin", "name": "周姐", "password": "a-long-password"}
    status, _ = await boss.post("/staff/api/invitation", {"token": token, **who})
    assert status == 201
    status, made = await boss.post("/staff/api/invitations", {"role": "counsellor", "name": ""})
    assert status == 201
    who = {"login": "lin", "name": "小林", "password": "another-password"}
    token = made["link"].rpartition("/")[2]
    status, me = await counsellor.post("/staff/api/invitation", {"token": token, **who})
    assert (status, me["name"]) == (201, "小林")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
