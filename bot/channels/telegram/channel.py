"""The Telegram channel: keeps the connection up, whatever the network and Telegram do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from aiohttp import web
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import Updater

from bot.channels.port import Inbox, Outbound, RetryLater
from bot.channels.telegram.client import ALLOWED_UPDATES, PollOutcome, PollRequest, QuietBot, QuietRequest
from bot.channels.telegram.commands import Command, register_commands
from bot.channels.telegram.intake import CommittingQueue, Intake
from bot.channels.telegram.logs import silence_token_logs
from bot.channels.telegram.sending import NETWORK_PAUSE, Sender
from bot.channels.telegram.webhook import Webhook, check_secret, webhook_path
from core.errors import SettingsError
from core.messages import ChannelName

TELEGRAM = "https://api.telegram.org/bot"
"""Where Telegram answers; the token is appended."""

_log = logging.getLogger(__name__)


class Mode(StrEnum):
    """How updates come in."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class ChannelState(StrEnum):
    """How the connection to Telegram stands; staff see it."""

    OFF = "off"
    CONNECTING = "connecting"
    """Telegram does not answer, or has not been asked yet."""
    READY = "ready"
    UNAUTHORIZED = "failed: unauthorized"
    """Telegram refuses the token; a person must act."""
    CONFLICT = "failed: conflict"
    """Another process receives with this token; a person must act."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait for what, in seconds.

    Attributes:
        poll: How long Telegram may hold a request for updates.
        answer: How long any other answer may take.
        connect: How long a connection may take.
        first_pause: The pause after a first failure; it doubles with each further one.
        longest_pause: Where the doubling ends.
        longest_commit_pause: Where it ends for a message that waits to be stored.
    """

    poll: float = 10.0
    answer: float = 10.0
    connect: float = 5.0
    first_pause: float = 1.0
    longest_pause: float = 60.0
    longest_commit_pause: float = 5.0


class TelegramChannel:
    """Receives from and delivers to Telegram's private chats.

    An HTTPS_PROXY in the environment is used.
    """

    name = ChannelName.TELEGRAM

    def __init__(
        self,
        *,
        token: str,
        inbox: Inbox,
        commands: Sequence[Command],
        base_url: str = TELEGRAM,
        mode: Mode = Mode.POLLING,
        public_url: str = "",
        webhook_secret: str = "",
        pace: Pace | None = None,
        on_state: Callable[[ChannelState], None] | None = None,
    ) -> None:
        """Prepare the channel; nothing is sent before `start` and the first `deliver`.

        Args:
            token: The bot's token, as BotFather gives it.
            inbox: Where messages are committed.
            commands: What Telegram lists beside the text field.
            base_url: The Bot API, up to where the token follows.
            mode: Long polling, or a webhook on our own server.
            public_url: For a webhook: our server as Telegram reaches it, such as `https://chat.example.org`.
            webhook_secret: For a webhook: what Telegram's posts must carry.
            pace: Time-outs and pauses.
            on_state: Hears each new state.

        Raises:
            SettingsError: The token, the address or the secret does not have the right form.
        """
        if not (found := re.fullmatch(r"(\d+):\S+", token)):
            raise SettingsError("The Telegram token does not look like 123456:ABC-DEF, as BotFather gives it.")
        silence_token_logs(token)
        self._mode = mode
        self._commands = commands
        self._pace = pace or Pace()
        self._state = ChannelState.OFF
        self._on_state = on_state
        self._lost = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._updater: Updater | None = None
        self._bot = QuietBot(
            token,
            base_url=base_url,
            request=QuietRequest(
                connection_pool_size=64, read_timeout=self._pace.answer, connect_timeout=self._pace.connect
            ),
            get_updates_request=PollRequest(
                self._note_poll, read_timeout=self._pace.answer, connect_timeout=self._pace.connect
            ),
        )
        self._sender = Sender(self._bot, int(found[1]))
        self._intake = Intake(inbox, int(found[1]), on_press=self._answer_press)
        self._webhook: Webhook | None = None
        self._webhook_secret = webhook_secret
        self._webhook_url = ""
        if mode is Mode.WEBHOOK:
            check_secret(webhook_secret)
            if not public_url.startswith(("https://", "http://")):
                raise SettingsError("A Telegram webhook needs the public address of this server.")
            self._webhook = Webhook(webhook_secret, self._intake, self._bot)
            self._webhook_url = public_url.rstrip("/") + self.webhook_path

    @property
    def state(self) -> ChannelState:
        """Return how the connection stands."""
        return self._state

    @property
    def webhook_path(self) -> str:
        """Return the path on our server where `webhook_handler` belongs."""
        return webhook_path(self._webhook_secret)

    async def webhook_handler(self, request: web.Request) -> web.Response:
        """Answer one post of Telegram's: 200 once its update is committed, 503 so that it is repeated."""
        if self._webhook is None:
            return web.Response(status=404)
        if self._state is ChannelState.OFF:
            return web.Response(status=503)
        return await self._webhook.handle(request)

    async def start(self) -> None:
        """Begin to connect in the background and return at once."""
        if self._supervisor is not None:
            return
        self._set_state(ChannelState.CONNECTING)
        self._supervisor = asyncio.create_task(self._stay_connected(), name="telegram: connection")
        self._run(self._register_commands())

    async def stop(self) -> None:
        """Stop receiving, acknowledge what is committed and close the connections."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is None:
            return
        supervisor.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(supervisor, *self._tasks, return_exceptions=True)
        with contextlib.suppress(TelegramError):
            await self._bot.shutdown()
        self._set_state(ChannelState.OFF)

    async def deliver(self, message: Outbound) -> str:
        """Send a message and return the id of its last part.

        Raises:
            Undeliverable: It is refused for good.
            RetryLater: It did not arrive and may be repeated.
            Uncertain: It may have arrived.
        """
        if self._supervisor is None:
            raise RetryLater("The Telegram channel is not running.", seconds=NETWORK_PAUSE)
        try:
            return await self._sender.deliver(message)
        except RetryLater as error:
            if error.data.get("reason") == "unauthorized":
                self._set_state(ChannelState.UNAUTHORIZED)
                self._lost.set()
            raise

    async def typing(self, address: str) -> None:
        """Show the typing sign for some seconds."""
        if self._supervisor is not None:
            await self._sender.typing(address)

    async def _stay_connected(self) -> None:
        """Connect, and connect again after each loss, until cancelled."""
        pause = self._pace.first_pause
        while True:
            self._lost.clear()
            try:
                await self._connect()
                self._set_state(ChannelState.READY)
                pause = self._pace.first_pause
                await self._lost.wait()
            except TelegramError as error:
                self._note_failure(error)
            except Exception as error:  # the channel must outlive whatever a network brings
                _log.error("The Telegram connection failed (%s).", type(error).__name__)
                self._set_state(ChannelState.CONNECTING)
            finally:
                await self._disconnect()
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._pace.longest_pause)

    async def _connect(self) -> None:
        """Check the token and begin to receive.

        Each connection has an Updater of its own: one whose polling ended on a refused token cannot be used again.
        """
        await self._bot.initialize()
        if self._mode is Mode.WEBHOOK:
            await self._bot.set_webhook(
                self._webhook_url, secret_token=self._webhook_secret, allowed_updates=ALLOWED_UPDATES
            )
            return
        queue = CommittingQueue(
            self._intake, first_pause=self._pace.first_pause, longest_pause=self._pace.longest_commit_pause
        )
        self._updater = Updater(self._bot, queue)
        await self._updater.initialize()
        await self._updater.start_polling(
            timeout=timedelta(seconds=self._pace.poll),
            allowed_updates=ALLOWED_UPDATES,
            error_callback=lambda _: None,  # the state has changed already, see _note_poll
        )

    async def _disconnect(self) -> None:
        """Stop receiving; in webhook mode Telegram goes on to hold what comes, or gives it to another process."""
        updater, self._updater = self._updater, None
        if updater is not None and updater.running:
            with contextlib.suppress(TelegramError):
                await updater.stop()

    def _note_poll(self, outcome: PollOutcome) -> None:
        """Show how the latest request for updates went; a refused token ends the library's polling."""
        if self._updater is None or not self._updater.running:
            return  # the last request on the way out
        match outcome:
            case PollOutcome.ANSWERED:
                self._set_state(ChannelState.READY)
            case PollOutcome.UNREACHABLE:
                self._set_state(ChannelState.CONNECTING)
            case PollOutcome.CONFLICT:
                self._set_state(ChannelState.CONFLICT)
            case PollOutcome.REFUSED:
                self._set_state(ChannelState.UNAUTHORIZED)
                self._lost.set()

    def _note_failure(self, error: TelegramError) -> None:
        """Show why no connection came about."""
        match error:
            case InvalidToken():
                self._set_state(ChannelState.UNAUTHORIZED)
            case Conflict():
                self._set_state(ChannelState.CONFLICT)
            case _:
                self._set_state(ChannelState.CONNECTING)

    def _set_state(self, state: ChannelState) -> None:
        """Keep the state and log when it changes."""
        if state is self._state:
            return
        self._state = state
        failed = state in (ChannelState.UNAUTHORIZED, ChannelState.CONFLICT)
        _log.log(
            logging.WARNING if failed else logging.INFO,
            "Telegram is now: %s.",
            state,
            extra={"action": "telegram_state"},
        )
        if self._on_state is not None:
            self._on_state(state)

    async def _register_commands(self) -> None:
        """Tell Telegram the commands; nothing waits for it."""
        pause = self._pace.first_pause
        while True:
            try:
                return await register_commands(self._bot, self._commands)
            except TelegramError as error:
                _log.debug("Telegram did not take the commands (%s).", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._pace.longest_pause)

    def _answer_press(self, press_id: str) -> None:
        """Answer a pressed button in the background."""
        self._run(self._sender.answer_press(press_id))

    def _run(self, work: Coroutine[object, object, None]) -> None:
        """Run something beside, until it ends or the channel stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
