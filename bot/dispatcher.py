"""Runs turns: one conversation's messages one after the other, different conversations side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.turn import TurnTaker
from core.bus import Bus, Topic
from core.db import Database
from core.db.inbox import conversations_with_pending
from core.ids import ConversationId
from core.logs import logger

log = logger(__name__)
POLL_S = 5.0
"""A wake-up may be lost; rows are not."""
AT_ONCE = 32
"""Conversations that are computed side by side."""
FAILURES = 3
"""After so many failed turns a message goes to people as it is."""


class Dispatcher:
    """Takes turns for every conversation that has something unhandled.

    Args:
        pause: Sleeps for some seconds; tests pass one that does not.
    """

    def __init__(
        self,
        database: Database,
        turns: TurnTaker,
        bus: Bus,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Begin with nothing to do."""
        self._database = database
        self._turns = turns
        self._bus = bus
        self._pause = pause
        self._running: dict[ConversationId, asyncio.Task[None]] = {}
        self._again: set[ConversationId] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Take turns until cancelled: on every wake-up, and every few seconds whatever was missed."""
        try:
            async with self._bus.subscribe() as signals:
                await self.sweep()
                while True:
                    try:
                        async with asyncio.timeout(POLL_S):  # wait_for may swallow the cancellation that stops us
                            signal = await signals.get()
                    except TimeoutError:
                        await self.sweep()
                        continue
                    if signal.topic is Topic.INBOX:
                        self.wake(ConversationId(signal.id))
        finally:
            await self._let_go()

    async def sweep(self) -> None:
        """Wake every conversation that has an unhandled message."""
        try:
            async with self._database.read() as tx:
                waiting = await conversations_with_pending(tx)
        except Exception:
            log.exception("cannot look for waiting messages", action="sweep_failed")
            return
        for conversation_id in waiting:
            self.wake(conversation_id)

    def wake(self, conversation_id: ConversationId) -> None:
        """Make sure that a conversation's messages are handled soon."""
        if conversation_id in self._running:
            self._again.add(conversation_id)
            return
        task = asyncio.create_task(self._drain(conversation_id))
        self._running[conversation_id] = task
        task.add_done_callback(lambda _task: self._finished(conversation_id))

    async def idle(self) -> None:
        """Return when every conversation that was woken is done."""
        while self._running:
            await asyncio.wait(list(self._running.values()))
            await asyncio.sleep(0)

    async def _let_go(self) -> None:
        """Stop turns in progress: what they have not committed is taken up at the next start."""
        self._again.clear()
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _finished(self, conversation_id: ConversationId) -> None:
        self._running.pop(conversation_id, None)
        if conversation_id in self._again:
            self._again.discard(conversation_id)
            self.wake(conversation_id)

    async def _drain(self, conversation_id: ConversationId) -> None:
        async with self._slots:
            while await self._one(conversation_id):
                pass

    async def _one(self, conversation_id: ConversationId) -> bool:
        """Take one turn; return False when nothing is left or the conversation must rest."""
        try:
            return await self._turns.take(conversation_id)
        except Exception:
            log.exception("a turn failed", action="turn_failed", conversation=conversation_id)
        try:
            failures = await self._turns.note_failure(conversation_id)
            if failures >= FAILURES:
                log.error("a message goes to people unread", action="turn_given_up", conversation=conversation_id)
                return await self._turns.give_to_people(conversation_id)
            await self._pause(0.1 * 2**failures)
        except Exception:
            log.exception("a failed turn could not be noted", action="turn_failed_twice", conversation=conversation_id)
            await self._pause(1.0)
            return False
        return True
