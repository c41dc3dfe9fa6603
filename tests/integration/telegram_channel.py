"""What the Telegram tests share: a quick channel on the double."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.channels.port import Inbox
from bot.channels.telegram import Pace, TelegramChannel, load_commands
from tests.doubles.telegram_api import TOKEN, TelegramDouble

COMMANDS = load_commands(Path(__file__).parents[2] / "data/telegram/commands.yml")
QUICK = Pace(
    poll=5.0, answer=0.3, connect=2.0, first_pause=0.01, longest_pause=0.05, longest_commit_pause=0.05
)


@asynccontextmanager
async def connected(
    telegram: TelegramDouble, inbox: Inbox, *, token: str = TOKEN, pace: Pace = QUICK
) -> AsyncIterator[TelegramChannel]:
    """Run a polling channel for the length of a block."""
    channel = TelegramChannel(
        token=token, inbox=inbox, commands=COMMANDS, base_url=telegram.base_url, pace=pace
    )
    await channel.start()
    try:
        yield channel
    finally:
        await channel.stop()
