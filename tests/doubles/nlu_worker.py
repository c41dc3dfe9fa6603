"""A double of the NLU worker: answers in its form, and can be slow, broken, loading or gone."""

from __future__ import annotations

import asyncio
import json
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "double-token"


class Mood(StrEnum):
    """How the double behaves."""

    READY = "ready"
    LOADING = "loading"
    SLOW = "slow"
    BROKEN = "broken"
    GARBAGE = "garbage"
    STOCK = "stock"


class NluWorkerDouble:
    """Listens on a free port; `parse` is what it answers, `texts` what it was asked."""

    def __init__(self) -> None:
        self.mood = Mood.READY
        self.parse: dict[str, Any] = {}
        self.texts: list[str] = []
        self.tokens: list[str] = []
        self._released = asyncio.Event()
        app = web.Application()
        app.router.add_get("/status", self._status)
        app.router.add_post("/model/parse", self._parse)
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Be gone: connections are refused from now on."""
        self._released.set()
        await self._server.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self._server.make_url("")).rstrip("/")

    def answers(
        self, intent: str, confidence: float, *others: str, entities: list[dict[str, Any]] | None = None
    ) -> None:
        """Set the next answers."""
        rest = [{"name": name, "confidence": confidence / (at + 2)} for at, name in enumerate(others)]
        first = {"name": intent, "confidence": confidence}
        self.parse = {"intent": first, "intent_ranking": [first, *rest], "entities": entities or []}

    async def _status(self, request: web.Request) -> web.Response:
        if self.mood is Mood.GARBAGE:
            return web.Response(text="<html>")
        if self.mood is Mood.BROKEN:
            return web.json_response({"code": "failed"}, status=500)
        if self.mood is Mood.STOCK:
            return web.json_response({"model_file": "a.tar.gz", "model_id": "1", "num_active_training_jobs": 0})
        return web.json_response({"state": "loading" if self.mood is Mood.LOADING else "ready"})

    async def _parse(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        self.texts.append(body["text"])
        self.tokens.append(request.headers.get("Authorization", ""))
        if self.mood is Mood.SLOW:
            await self._released.wait()
        if self.mood is Mood.GARBAGE:
            return web.Response(text='{"intent": ["')
        if self.mood is Mood.BROKEN:
            return web.json_response({"code": "failed"}, status=500)
        if self.mood is Mood.LOADING:
            return web.json_response({"code": "loading"}, status=503)
        return web.json_response(self.parse)
