"""What the Telegram tests share: a quick channel on the double."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.channels.port import Inbox
from bot.channels.telegram import ChannelState, Pace, TelegramChannel, load_commands
from tests.doubles.telegram_api import TOKEN, TelegramDouble

COMMANDS = load_commands(Path(__file__).parents[2] / "data/telegram/commands.yml")
QUICK = Pace(poll=5.0, answer=0.3, connect=2.0, first_pause=0.01, longest_pause=0.05, longest_commit_pause=0.05)


class States:
    """The states a channel goes through."""

    def __init__(self) -> None:
        """Begin with none seen."""
        self._current = ""
        self._changed = asyncio.Event()

    def __call__(self, state: ChannelState) -> None:
        """Hear a new state."""
        self._current = state
        self._changed.set()

    async def reach(self, *wanted: str) -> None:
        """Return once the channel is in one of the states.

        Raises:
            TimeoutError: It does not get there in time.
        """
        async with asyncio.timeout(10):
            while self._current not in wanted:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def connected(
    telegram: TelegramDouble, inbox: Inbox, *, states: States | None = None
) -> AsyncIterator[TelegramChannel]:
    """Run a polling channel for the length of a block."""
    channel = TelegramChannel(
        token=TOKEN,
        inbox=inbox,
        commands=COMMANDS,
        base_url=telegram.base_url,
        pace=QUICK,
        on_state=states,
    )
    await channel.start()
    try:
        yield channel
    finally:
        await channel.stop()
