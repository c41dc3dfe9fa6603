"""The way in by webhook: Telegram posts each update to our own server."""

from __future__ import annotations

import hmac
import json
import logging
import re

from aiohttp import web
from telegram import Bot

from bot.channels.telegram.client import read_update
from bot.channels.telegram.intake import Intake
from core.errors import SettingsError

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header

_log = logging.getLogger(__name__)


def check_secret(secret: str) -> None:
    """Check that Telegram will accept this as a webhook's secret.

    Raises:
        SettingsError: It is too short to be a secret, or has characters that Telegram does not allow.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
        raise SettingsError("Telegram's webhook secret must be 16 to 256 characters of A-Z, a-z, 0-9, _ and -.")


def webhook_path(secret: str) -> str:
    """Return a path nobody can guess; the secret cannot be told from it, so that it may stand in an access log."""
    return f"/telegram/{hmac.new(secret.encode(), b'webhook path', 'sha256').hexdigest()[:32]}"


class Webhook:
    """Answers Telegram's posts: 200 only after the commit, 503 otherwise, and Telegram repeats.

    Telegram sends the messages of one chat one at a time, each after the one before was answered with 200, so that
    their order holds with many connections.
    """

    def __init__(self, secret: str, intake: Intake, bot: Bot) -> None:
        """Accept posts that carry `secret`."""
        self._secret = secret.encode()
        self._intake = intake
        self._bot = bot

    async def handle(self, request: web.Request) -> web.Response:
        """Commit one update and answer."""
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return web.Response(status=403)
        try:
            raw = json.loads(await request.read())
        except ValueError:
            return web.Response(status=400)
        if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
            return web.Response(status=400)
        try:
            await self._intake.take(read_update(raw, self._bot))
        except Exception as error:  # whatever the storage raises, a 200 would lose the message
            _log.error(
                "Telegram update %s is not stored (%s); Telegram will send it again.",
                raw["update_id"],
                type(error).__name__,  # its text may quote the citizen's words
                extra={"action": "telegram_commit_failed"},
            )
            return web.Response(status=503)
        return web.Response()
