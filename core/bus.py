"""Wake-ups between the parts: names and ids only; whoever misses one finds the rows by polling."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Topic(StrEnum):
    """What may have changed."""

    INBOX = "inbox"
    """A conversation has a message that no turn has handled."""
    OUTBOX = "outbox"
    """A conversation has something to send."""
    CONVERSATION = "conversation"
    """A conversation's timeline or state changed."""
    QUEUE = "queue"
    """A case, the duty list or the NLU's state changed."""
    ALERT = "alert"
    """Staff should be called to a case; `extra` says why."""
    TYPING = "typing"
    """Somebody types in a conversation; `extra` says who."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One wake-up.

    Attributes:
        topic: What may have changed.
        id: Id of the conversation or case; empty for the whole queue.
        extra: A word more; never content.
    """

    topic: Topic
    id: str = ""
    extra: str = ""


class Bus(Protocol):
    """Carries wake-ups; may lose them, never blocks."""

    def publish(self, signal: Signal) -> None:
        """Wake whoever listens."""

    def subscribe(self) -> AbstractAsyncContextManager[asyncio.Queue[Signal]]:
        """Return a context in which a queue gets every signal."""


class LocalBus:
    """The bus of one process."""

    CAPACITY = 10_000
    """Signals kept for a slow listener; more are dropped, it finds the rows by polling."""

    def __init__(self) -> None:
        """Begin with no listener."""
        self._listeners: set[asyncio.Queue[Signal]] = set()

    def publish(self, signal: Signal) -> None:
        """Put the signal before every listener that has room."""
        for queue in self._listeners:
            if queue.qsize() < self.CAPACITY:
                queue.put_nowait(signal)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[asyncio.Queue[Signal]]:
        """Yield a queue that gets every signal until the context ends."""
        queue: asyncio.Queue[Signal] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)
