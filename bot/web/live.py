"""The citizen's WebSocket: what is new, pushed; whoever misses a frame asks for what comes after a position."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import WSMsgType, web

from bot.web.site import CitizenSite, position_of
from bot.web.view import read_messages, read_state, state_view
from core.bus import Signal, Topic
from core.ids import ConversationId
from core.messages import Author
from core.web import open_socket

PING_S = 20.0
WRITERS = frozenset({Author.BOT, Author.PERSON})
"""Whose typing a citizen sees."""


class CitizenLive:
    """One WebSocket a page: reads the database on every wake-up and sends what the page does not have."""

    def __init__(self, site: CitizenSite) -> None:
        """Count open pages by conversation, so that staff see who is there."""
        self._site = site
        self.open_pages: dict[ConversationId, int] = {}

    def add_routes(self, app: web.Application) -> None:
        """Register the WebSocket's route."""
        app.router.add_get("/api/live", self.listen)

    async def listen(self, request: web.Request) -> web.StreamResponse:
        """Serve one page until it goes."""
        conversation_id = await self._site.required(request)
        after = position_of(request)
        socket = await open_socket(request, PING_S * 2)
        async with self._site.bus.subscribe() as signals:
            self._count(conversation_id, 1)
            sender = asyncio.create_task(self._send(socket, conversation_id, after, signals))
            try:
                async for message in socket:  # the page only listens; reading notices that it has gone
                    if message.type is WSMsgType.ERROR:
                        break
            finally:
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)
                self._count(conversation_id, -1)
        return socket

    async def _send(
        self,
        socket: web.WebSocketResponse,
        conversation_id: ConversationId,
        after: int,
        signals: asyncio.Queue[Signal],
    ) -> None:
        shown: dict[str, Any] = {}
        while not socket.closed:
            after, shown = await self._send_new(socket, conversation_id, after, shown)
            try:
                async with asyncio.timeout(PING_S):
                    await self._next(socket, conversation_id, signals)
            except TimeoutError:
                await socket.send_json({"type": "ping"})

    async def _send_new(
        self, socket: web.WebSocketResponse, conversation_id: ConversationId, after: int, shown: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        site = self._site
        async with site.database.read() as tx:
            state = await read_state(tx, conversation_id)
            messages = await read_messages(tx, conversation_id, after)
        view = state_view(state, site.knowledge.content, site.clock.now())
        if view != shown:
            await socket.send_json({"type": "state", **view})
        if messages:
            await socket.send_json({"type": "messages", "messages": messages})
            after = messages[-1]["position"]
        return after, view

    async def _next(
        self, socket: web.WebSocketResponse, conversation_id: ConversationId, signals: asyncio.Queue[Signal]
    ) -> None:
        """Return when something in this conversation may have changed; pass typing signs on meanwhile."""
        while True:
            signal = await signals.get()
            if signal.id != conversation_id:
                continue
            if signal.topic is Topic.TYPING and signal.extra in WRITERS:
                await socket.send_json({"type": "typing", "author": signal.extra, "on": True})
            if signal.topic is Topic.CONVERSATION:
                return

    def _count(self, conversation_id: ConversationId, change: int) -> None:
        self.open_pages[conversation_id] = self.open_pages.get(conversation_id, 0) + change
        if self.open_pages[conversation_id] <= 0:
            del self.open_pages[conversation_id]
        self._site.bus.publish(Signal(Topic.TYPING, conversation_id, "presence"))
