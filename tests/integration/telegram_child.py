"""A process that receives from Telegram into a SQLite file, to be killed at any moment."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

from bot.channels.telegram import Pace, TelegramChannel, load_commands
from core.messages import InboundMessage

TABLE = "CREATE TABLE IF NOT EXISTS inbox (id INTEGER PRIMARY KEY, provider_id TEXT UNIQUE, text TEXT, repeats INTEGER)"


class SqliteInbox:
    """Commits each message to the disk, and prints a line before and after."""

    def __init__(self, path: str) -> None:
        """Open the file as the service does."""
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute(TABLE)

    async def receive(self, message: InboundMessage) -> None:
        """Commit one message."""
        print("begin", message.provider_id, flush=True)
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(
            "INSERT INTO inbox (provider_id, text, repeats) VALUES (?, ?, 0)"
            " ON CONFLICT (provider_id) DO UPDATE SET repeats = repeats + 1",
            (message.provider_id, message.text),
        )
        print("written", message.provider_id, flush=True)
        await asyncio.sleep(0)
        self._db.execute("COMMIT")
        print("committed", message.provider_id, flush=True)


async def main(base_url: str, token: str, path: str) -> None:
    """Receive until killed."""
    commands = load_commands(Path(__file__).parents[2] / "data/telegram/commands.yml")
    pace = Pace(first_pause=0.01, longest_pause=0.05)
    channel = TelegramChannel(token=token, inbox=SqliteInbox(path), commands=commands, base_url=base_url, pace=pace)
    await channel.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
