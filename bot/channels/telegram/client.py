"""python-telegram-bot's client, made quiet, and made to go on when one update of a batch cannot be read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from telegram import Bot, Update
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

# The library's own switch: pauses come as timedelta, without a warning at each of them.
os.environ.setdefault("PTB_TIMEDELTA", "true")

MALFORMED = "xinqiao_malformed"
"""Key in `Update.api_kwargs` under which an unreadable update is kept as it came."""

ALLOWED_UPDATES = (Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY)
"""The kinds of updates that are asked for; Telegram keeps the others to itself."""


class PollOutcome(StrEnum):
    """How one request for updates went."""

    ANSWERED = "answered"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """The token is not, or no longer, valid."""
    CONFLICT = "conflict"
    """Another process asks with the same token, or a webhook is set."""


_OUTCOMES = {
    200: PollOutcome.ANSWERED,
    401: PollOutcome.REFUSED,
    404: PollOutcome.REFUSED,  # what Telegram answers to a token of a wrong form
    409: PollOutcome.CONFLICT,
}


class QuietRequest(HTTPXRequest):
    """An HTTP client that does not log what it could not parse: it may be citizens' words."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return the parsed answer.

        Raises:
            TelegramError: The answer is not a JSON object.
        """
        try:
            data = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise TelegramError("Invalid server response") from None
        if not isinstance(data, dict):
            raise TelegramError("Invalid server response")
        return data


class PollRequest(QuietRequest):
    """The client for getUpdates, which reports each poll's outcome and sets unreadable updates aside.

    python-telegram-bot reads a batch as a whole: with one update that it cannot read, it asks for the same batch
    again without a pause and for ever. Here such an update is set aside inside its batch, and the others pass.
    """

    __slots__ = ("_report",)

    def __init__(self, report: Callable[[PollOutcome], None], **options: Any) -> None:
        """Report each outcome to `report`; `options` are those of HTTPXRequest."""
        super().__init__(connection_pool_size=1, **options)
        self._report = report

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Ask for updates and report how it went."""
        try:
            code, payload = await super().do_request(*args, **kwargs)
        except TelegramError:
            self._report(PollOutcome.UNREACHABLE)
            raise
        self._report(_OUTCOMES.get(code, PollOutcome.UNREACHABLE))
        return code, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return the parsed answer with its unreadable updates set aside."""
        data = QuietRequest.parse_json_payload(payload)
        updates = data.get("result")
        if isinstance(updates, list):
            data["result"] = [raw if is_readable(raw) else set_aside(raw) for raw in updates if _has_id(raw)]
        return data


class QuietBot(Bot):
    """A bot that does not show its token when it is printed or when the token is refused."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the bot's name without its token."""
        return "QuietBot()"

    async def initialize(self) -> None:
        """Open the connections and ask Telegram who the bot is.

        Raises:
            InvalidToken: The token is refused; the text does not quote it, as the library's own does.
        """
        refused = False
        try:
            await super().initialize()
        except InvalidToken:
            refused = True
        if refused:  # raised out here so that the library's exception is not kept as the context
            raise InvalidToken("The token was refused")


def read_update(raw: dict[str, Any], bot: Bot | None) -> Update:
    """Return the update, or one that carries it as it came when the library cannot read it."""
    return Update.de_json(raw if is_readable(raw) else set_aside(raw), bot)


def is_readable(raw: dict[str, Any]) -> bool:
    """Return whether the library can read this update."""
    try:
        Update.de_json(raw, None)
    except Exception:  # whatever a provider's surprise breaks in there, the other updates must pass
        return False
    return True


def set_aside(raw: dict[str, Any]) -> dict[str, Any]:
    """Return an update of the same id that carries the unreadable one as data."""
    return {"update_id": raw["update_id"], MALFORMED: raw}


def _has_id(raw: object) -> bool:
    """Return whether this can be acknowledged at all."""
    return isinstance(raw, dict) and isinstance(raw.get("update_id"), int)
