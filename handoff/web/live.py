"""The console's WebSocket: the queue as it is, wake-ups for open conversations, alerts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import WSMsgType, web

from core.bus import Bus, Signal, Topic
from core.clock import Clock
from core.db import Database
from core.db.audit import AuditAction, record
from core.db.cases import get_case, get_entry
from core.db.conversations import find_open_case, get_conversation
from core.db.staff import PRESENT, StaffMember, find_staff, seen
from core.errors import NotFoundError
from core.ids import CaseId, ConversationId, is_id
from core.logs import logger
from core.permissions import Permission
from core.web import open_socket
from handoff.web.view import Health, case_view, names_of_staff, overview_view

log = logger(__name__)
PING_S = 15.0
SEEN_EVERY = PRESENT / 4
QUIET = timedelta(milliseconds=50)
"""Changes that come together are shown together."""


@dataclass(frozen=True, slots=True)
class StaffLive:
    """Serves every open console.

    Attributes:
        health: Tells how NLU and content are.
        pages_of: Tells how many pages of a conversation are open.
    """

    database: Database
    bus: Bus
    clock: Clock
    health: Callable[[], Health]
    pages_of: Callable[[ConversationId], int]

    async def listen(self, request: web.Request, member: StaffMember) -> web.StreamResponse:
        """Serve one console until it goes."""
        socket = await open_socket(request, PING_S)
        await Console(self, socket, member).serve()
        return socket


class Console:
    """One open console."""

    def __init__(self, live: StaffLive, socket: web.WebSocketResponse, member: StaffMember) -> None:
        """Begin with no conversation watched."""
        self._live = live
        self._socket = socket
        self._member = member
        self._watched: tuple[CaseId, ConversationId] | None = None

    async def serve(self) -> None:
        """Send until the console closes or the account may no longer see the queue."""
        async with self._live.bus.subscribe() as signals:
            if await self._beat():
                self._live.bus.publish(Signal(Topic.QUEUE))  # one more is on duty
            async with self._live.database.write() as tx:
                await record(tx, AuditAction.QUEUE_READ, self._live.clock.now(), staff_id=self._member.id)
            tasks = [asyncio.create_task(self._send(signals)), asyncio.create_task(self._tick())]
            try:
                async for message in self._socket:
                    if message.type is WSMsgType.TEXT:
                        await self._heard(message.data)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, signals: asyncio.Queue[Signal]) -> None:
        try:
            await self._send_overview()
            while True:
                batch = [await signals.get()]
                await asyncio.sleep(QUIET.total_seconds())
                while not signals.empty():
                    batch.append(signals.get_nowait())
                await self._send_changes(dict.fromkeys(batch))
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("a console's sender failed", action="console_failed")
            await self._socket.close(code=1011)  # the console connects again and gets everything anew

    async def _send_changes(self, batch: dict[Signal, None]) -> None:
        if any(signal.topic is Topic.QUEUE for signal in batch):
            await self._send_overview()
        for signal in batch:
            if signal.topic is Topic.ALERT:
                await self._send_alert(signal)
            elif self._watched and signal.id == self._watched[1]:
                await self._send_about_watched(signal)

    async def _send_overview(self) -> None:
        async with self._live.database.read() as tx:
            overview = await overview_view(tx, self._live.clock.now(), self._live.health())
        await self._socket.send_json({"type": "overview", "overview": overview})

    async def _send_alert(self, signal: Signal) -> None:
        async with self._live.database.read() as tx:
            try:
                entry = await get_entry(tx, CaseId(signal.id))
            except NotFoundError:
                return
            view = case_view(entry, await names_of_staff(tx))
        await self._socket.send_json({"type": "alert", "case": view, "text": signal.extra})

    async def _send_about_watched(self, signal: Signal) -> None:
        assert self._watched is not None
        case_id, conversation_id = self._watched
        if signal.topic is Topic.TYPING:
            await self._send_presence(conversation_id, typing=signal.extra == "citizen")
        elif signal.topic is Topic.CONVERSATION:
            async with self._live.database.read() as tx:
                position = (await get_conversation(tx, conversation_id)).last_position
            await self._socket.send_json(
                {"type": "conversation", "conversation": conversation_id, "case": case_id, "position": position}
            )

    async def _send_presence(self, conversation_id: ConversationId, *, typing: bool = False) -> None:
        await self._socket.send_json(
            {
                "type": "presence",
                "conversation": conversation_id,
                "online": self._live.pages_of(conversation_id) > 0,
                "typing": typing,
            }
        )

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(min(PING_S, SEEN_EVERY.total_seconds()))
            await self._beat()
            await self._send_overview()  # whoever has gone off duty silently is seen to be gone
            await self._socket.send_json({"type": "ping"})

    async def _beat(self) -> bool:
        """Note that this person has a console open, and return whether they are on duty.

        The connection of an account that lost its right is ended.
        """
        async with self._live.database.write() as tx:
            member = await find_staff(tx, self._member.id)
            await seen(tx, [self._member.id], self._live.clock.now())
        if member is None or Permission.CASE_LIST not in member.permissions:
            await self._socket.close(code=4403)
            return False
        return member.on_duty

    async def _heard(self, text: str) -> None:
        """Act on a frame from the console; what is not understood is ignored."""
        frame = _frame(text)
        case_id = CaseId(str(frame.get("case") or ""))
        match frame.get("type"):
            case "watch" if not case_id:
                self._watched = None
            case "watch" if Permission.CASE_READ in self._member.permissions:
                await self._watch(case_id)
            case "typing":
                await self._typing(case_id)

    async def _watch(self, case_id: CaseId) -> None:
        if not is_id(case_id):
            return
        try:
            async with self._live.database.read() as tx:
                case = await get_case(tx, case_id)
        except NotFoundError:
            return
        self._watched = (case_id, case.conversation_id)
        await self._send_presence(case.conversation_id)

    async def _typing(self, case_id: CaseId) -> None:
        if self._watched is None or self._watched[0] != case_id:
            return
        async with self._live.database.read() as tx:
            case = await find_open_case(tx, self._watched[1])
        if case is not None and case.owner_id == self._member.id:
            self._live.bus.publish(Signal(Topic.TYPING, case.conversation_id, "person"))


def _frame(text: str) -> dict[str, Any]:
    try:
        frame = json.loads(text)
    except ValueError:
        return {}
    return frame if isinstance(frame, dict) else {}
