"""Commits each update before Telegram hears that it was received.

python-telegram-bot's Updater puts the updates of a batch into its queue, one after the other, and only when the last
`put` has returned moves the offset that its next getUpdates sends, which is what acknowledges them. So the queue it
is given here has a `put` that returns only once the inbox has committed, and nothing ever waits in it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from telegram import Update

from bot.channels.port import Inbox
from bot.channels.telegram.client import MALFORMED
from bot.channels.telegram.salvage import salvage
from bot.channels.telegram.updates import read_message
from core.messages import InboundMessage

_log = logging.getLogger(__name__)


class Intake:
    """Takes updates, from either way in, to the inbox."""

    def __init__(self, inbox: Inbox, bot_id: int, *, on_press: Callable[[str], None]) -> None:
        """Deliver to `inbox`; `on_press` gets the id of each stored press of a button, to be answered."""
        self._inbox = inbox
        self._bot_id = bot_id
        self._on_press = on_press

    async def take(self, update: Update) -> None:
        """Return once the update is committed, or at once when it holds nothing that is said to us.

        Raises:
            Exception: It could not be committed, and must not be acknowledged.
        """
        message = self._read(update)
        if message is None:
            return
        await self._inbox.receive(message)
        if update.callback_query is not None:
            self._on_press(update.callback_query.id)

    def _read(self, update: Update) -> InboundMessage | None:
        """Read the update, by its remains when it is malformed: it must neither be lost nor stop those behind it."""
        raw = update.api_kwargs.get(MALFORMED)
        if raw is None:
            try:
                return read_message(update, self._bot_id)
            except Exception as error:  # the loop must survive an update that breaks our own reading
                raw = update.to_dict()
                problem = type(error).__name__
        else:
            problem = "malformed"
        message = self._salvage(raw)
        _log.warning(
            "Telegram update %s could not be read (%s) and was %s.",
            update.update_id,
            problem,
            "passed over: it names no private chat" if message is None else f"recorded as {message.kind}",
            extra={"action": "telegram_update_malformed"},
        )
        return message

    def _salvage(self, raw: Mapping[str, Any]) -> InboundMessage | None:
        """Return what can be made out, or None: an update must not be tried for ever because it cannot be read."""
        try:
            return salvage(raw, self._bot_id)
        except Exception as error:
            _log.error("An unreadable Telegram update could not be salvaged (%s).", type(error).__name__)
            return None


class CommittingQueue(asyncio.Queue[object]):
    """A queue for python-telegram-bot's Updater whose `put` commits instead of queueing."""

    def __init__(self, intake: Intake, *, first_pause: float, longest_pause: float) -> None:
        """Repeat failed commits with pauses that double between the two bounds, in seconds."""
        super().__init__()
        self._intake = intake
        self._first_pause = first_pause
        self._longest_pause = longest_pause

    async def put(self, item: object) -> None:
        """Return only once the update is committed; try for as long as it takes.

        Cancelled when the Updater stops: the offset has then not moved, and Telegram sends the update again.
        """
        if not isinstance(item, Update):
            raise TypeError(f"only updates are taken, not {type(item).__name__}")
        pause = self._first_pause
        while True:
            try:
                return await self._intake.take(item)
            except Exception as error:  # whatever the storage raises, acknowledging would lose the message
                # Only the error's name: its text may quote the statement and so the citizen's words.
                _log.error(
                    "Telegram update %s is not stored yet (%s); next try in %.1f s.",
                    item.update_id,
                    type(error).__name__,
                    pause,
                    extra={"action": "telegram_commit_failed"},
                )
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._longest_pause)
