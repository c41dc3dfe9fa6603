"""Sends bubbles over the Bot API and says what became of them."""

from __future__ import annotations

import logging
from collections import OrderedDict

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.channels.port import DeliveryError, Outbound, RetryLater, Uncertain, Undeliverable
from bot.channels.telegram.updates import message_id
from bot.channels.telegram.words import split_text
from core.messages import Button

_log = logging.getLogger(__name__)

NETWORK_PAUSE = 2.0
"""Seconds before a request that certainly did not arrive is worth repeating."""
REFUSED_PAUSE = 60.0
"""Seconds before a send with a refused token is worth repeating: a person must act first."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_GONE = ("chat not found", "user not found", "peer_id_invalid", "chat_id_invalid", "user_is_deactivated")
_REMEMBERED = 1000


class Sender:
    """Sends messages, long ones in several parts.

    A crisis card is not pinned here: a pin stays on top of the chat, for everyone who opens this phone.
    """

    def __init__(self, bot: Bot, bot_id: int) -> None:
        """Send as `bot`."""
        self._bot = bot
        self._bot_id = bot_id
        self._parts_sent: OrderedDict[str, int] = OrderedDict()

    async def deliver(self, message: Outbound) -> str:
        """Send what is not yet sent of the message and return the id of its last part, which has the buttons.

        A message that broke off after some of its parts goes on with the next one when it is repeated. This is
        remembered by the running process only.

        Raises:
            Undeliverable: It is refused for good.
            RetryLater: The part in hand did not arrive.
            Uncertain: The part in hand may have arrived.
        """
        parts = split_text(message.text)
        if not parts or not _is_chat_id(message.address):
            raise Undeliverable("This message has no text or no chat to go to.", reason="rejected")
        chat_id, sent_id = int(message.address), 0
        for index in range(self._parts_sent.get(message.message_id, 0), len(parts)):
            buttons = message.buttons if index == len(parts) - 1 else ()
            sent_id = await self._send(chat_id, parts[index], buttons)
            self._remember(message.message_id, index + 1)
        self._parts_sent.pop(message.message_id, None)
        return message_id(self._bot_id, chat_id, sent_id)

    async def typing(self, address: str) -> None:
        """Show the typing sign for some seconds; a failure is not worth a word."""
        if not _is_chat_id(address):
            return
        try:
            await self._bot.send_chat_action(int(address), ChatAction.TYPING)
        except TelegramError as error:
            _log.debug("The typing sign was not shown (%s).", type(error).__name__)

    async def answer_press(self, press_id: str) -> None:
        """Stop the waiting sign on a pressed button; Telegram refuses this for old presses, which harms nobody."""
        try:
            await self._bot.answer_callback_query(press_id)
        except TelegramError as error:
            _log.debug("A pressed button was not answered (%s).", type(error).__name__)

    async def _send(self, chat_id: int, text: str, buttons: tuple[Button, ...]) -> int:
        """Send one part and return its number in the chat."""
        try:
            return await self._call(chat_id, text, buttons)
        except BadRequest as error:
            if not buttons or _is_gone(error):
                raise explain_failure(error) from error
            _log.error(
                "Telegram rejects a message's buttons (%s); it goes out without them.",
                type(error).__name__,
                extra={"action": "telegram_buttons_rejected"},
            )
        except TelegramError as error:
            raise explain_failure(error) from error
        try:
            return await self._call(chat_id, text, ())
        except TelegramError as error:
            raise explain_failure(error) from error

    async def _call(self, chat_id: int, text: str, buttons: tuple[Button, ...]) -> int:
        """Make the request; plain text, and no preview of a page that a stranger may see over a shoulder."""
        keyboard = InlineKeyboardMarkup(
            [[InlineKeyboardButton(button.label, callback_data=button.payload)] for button in buttons]
        )
        sent = await self._bot.send_message(
            chat_id,
            text,
            reply_markup=keyboard if buttons else None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        return sent.message_id

    def _remember(self, key: str, parts: int) -> None:
        """Keep how far a message has come, for the latest thousand."""
        self._parts_sent[key] = parts
        self._parts_sent.move_to_end(key)
        while len(self._parts_sent) > _REMEMBERED:
            self._parts_sent.popitem(last=False)


def explain_failure(error: TelegramError) -> DeliveryError:
    """Return what a failed send means for the message.

    A refusal is certain, and so is a status of 5xx. Where no answer came, or one that cannot be read, the message may
    have arrived, unless the request never left.
    """
    match error:
        case RetryAfter():
            return RetryLater("Telegram asks for a pause.", seconds=_pause(error))
        case Forbidden():
            return Undeliverable("The citizen has blocked the bot or left.", reason="blocked")
        case ChatMigrated():
            return Undeliverable("The chat has become a group.", reason="gone")
        case BadRequest() if _is_gone(error):
            return Undeliverable("There is no such chat.", reason="gone")
        case BadRequest():
            return Undeliverable("Telegram rejects this message.", reason="rejected")
        case InvalidToken():
            return RetryLater("Telegram refuses the bot's token.", seconds=REFUSED_PAUSE, reason="unauthorized")
        case NetworkError() if _has_not_left(error):
            return RetryLater("Telegram could not be reached.", seconds=NETWORK_PAUSE)
        case _:
            return Uncertain("No answer came back; the message may have arrived.")


def _has_not_left(error: NetworkError) -> bool:
    """Return whether Telegram surely did not take the message.

    The library keeps httpx's own error as the cause. A status of 5xx has none, or, when a proxy answered with a
    page instead of JSON, the library's error about that.
    """
    cause = error.__cause__
    return cause is None or isinstance(cause, (TelegramError, *_NOT_SENT))


def _is_gone(error: BadRequest) -> bool:
    """Return whether the chat is what Telegram does not know."""
    words = error.message.lower()
    return any(phrase in words for phrase in _GONE)


def _is_chat_id(address: str) -> bool:
    """Return whether this can be a private chat."""
    return address.isascii() and address.isdigit()


def _pause(error: RetryAfter) -> float:
    """Return the seconds Telegram asks for, whichever of its two types the library gives them in."""
    pause = error.retry_after
    return float(pause) if isinstance(pause, int | float) else pause.total_seconds()
