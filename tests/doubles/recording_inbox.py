"""An inbox in memory that can refuse and hesitate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.errors import UnavailableError
from core.messages import InboundMessage


class RecordingInbox:
    """Keeps messages as the real inbox does: each `(channel, provider_id)` once."""

    def __init__(self) -> None:
        """Accept everything."""
        self.messages: list[InboundMessage] = []
        self.repeated = 0
        self.attempts = 0
        self.failures_left = 0
        self.open = asyncio.Event()
        self.open.set()
        self._changed = asyncio.Condition()

    async def receive(self, message: InboundMessage) -> None:
        """Store a message once, after `open` is set, or refuse while `failures_left` lasts."""
        async with self._changed:
            self.attempts += 1
            self._changed.notify_all()
        await self.open.wait()
        if self.failures_left:
            self.failures_left -= 1
            raise UnavailableError("The storage is away.")
        async with self._changed:
            if any(kept.provider_id == message.provider_id for kept in self.messages):
                self.repeated += 1
            else:
                self.messages.append(message)
            self._changed.notify_all()

    @property
    def texts(self) -> list[str]:
        """Return the stored texts in order."""
        return [message.text for message in self.messages]

    async def wait_for(self, condition: Callable[[], object], timeout: float = 10.0) -> None:
        """Return when the condition holds.

        Raises:
            TimeoutError: It does not hold in time.
        """
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(lambda: bool(condition()))
