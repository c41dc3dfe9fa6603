"""The one door for citizens' messages: committed first, then handled."""

from __future__ import annotations

from core.bus import Bus, Signal, Topic
from core.clock import Clock
from core.db import Database
from core.db.inbox import Received, receive
from core.messages import InboundMessage


class StoredInbox:
    """Commits what channels bring, then wakes the turn."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        """Keep what storing needs."""
        self._database = database
        self._bus = bus
        self._clock = clock

    async def receive(self, message: InboundMessage) -> None:
        """Return once the message is committed; a repeat is stored once."""
        await self.accept(message)

    async def accept(self, message: InboundMessage) -> Received:
        """Commit a message and return where it stands; a repeat returns where the first one stands."""
        received = await receive(self._database, message, self._clock.now())
        self._bus.publish(Signal(Topic.INBOX, received.conversation_id))
        self._bus.publish(Signal(Topic.CONVERSATION, received.conversation_id))
        return received
