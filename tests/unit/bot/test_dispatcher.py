"""The dispatcher ends when it is told to, whatever happens at that moment."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest

from bot.dispatcher import Dispatcher
from bot.turn import TurnTaker
from core.bus import LocalBus, Signal, Topic
from core.crypto import KeyRing
from core.db import Database
from core.ids import ConversationId


class EndlessTurns:
    """Turns that never come to an end by themselves."""

    def __init__(self) -> None:
        """Begin with none."""
        self.began = asyncio.Event()
        self.stopped = 0

    async def take(self, conversation_id: ConversationId) -> bool:
        """Wait until cancelled."""
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped += 1
        return False


@pytest.fixture
async def database(tmp_path: Path) -> Database:
    """Return an empty database."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}", KeyRing.generate())
    await database.open()
    return database


async def test_stop_at_the_moment_of_a_wake_up(database: Database) -> None:
    bus, turns = LocalBus(), EndlessTurns()
    running = asyncio.create_task(Dispatcher(database, cast("TurnTaker", turns), bus).run())
    wake_up = Signal(Topic.INBOX, "0" * 32)
    while not turns.began.is_set():
        bus.publish(wake_up)
        await asyncio.sleep(0)
    bus.publish(wake_up)  # this one and the cancellation arrive together
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=5)
    assert done
    assert running.cancelled()
    assert turns.stopped == 1
    await database.close()


async def test_stop_ends_turns_in_progress_and_starts_no_more(database: Database) -> None:
    bus, turns = LocalBus(), EndlessTurns()
    dispatcher = Dispatcher(database, cast("TurnTaker", turns), bus)
    running = asyncio.create_task(dispatcher.run())
    while not turns.began.is_set():
        bus.publish(Signal(Topic.INBOX, "a" * 32))
        await asyncio.sleep(0)
    dispatcher.wake(ConversationId("a" * 32))  # once more, as soon as this turn is over
    running.cancel()
    await asyncio.wait([running], timeout=5)
    await dispatcher.idle()
    assert turns.stopped == 1
    await database.close()
