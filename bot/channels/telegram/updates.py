"""Telegram's updates as messages of the house."""

from __future__ import annotations

import re

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType
from telegram.ext import filters

from bot.channels.telegram.words import clean
from core.language import Language
from core.messages import ChannelName, InboundMessage, Location, MessageKind

COMMANDS = ("start", "help", "menu", "human", "language")
"""The commands that mean something here; any other is read as text, so that triage sees it."""

_COMMAND = re.compile(r"/([a-z]+)(?:@\w+)?(?=\s|$)", re.IGNORECASE)


def read_message(update: Update, bot_id: int) -> InboundMessage | None:
    """Return what a citizen said, or None for what is not said to us.

    Not for us: groups and channels, other bots, service messages (somebody pinned a message), changes of
    membership such as blocking the bot, and every kind of update that is not asked for.

    The bot's own id is part of each provider_id, because a private chat counts its messages for each bot anew: after
    a change of bots, message 5 of the new one must not pass for a repeat of message 5 of the old one.
    """
    if update.callback_query is not None:
        return _read_press(update.callback_query)
    if update.edited_message is not None and _is_citizens(update.edited_message):
        return _read_edit(update.edited_message, update.update_id, bot_id)
    if update.message is None or not _is_citizens(update.message) or filters.StatusUpdate.ALL.check_update(update):
        return None
    return _read_new(update.message, bot_id)


def message_id(bot_id: int, chat_id: int, number: int) -> str:
    """Return the house's name of a message in a private chat."""
    return f"{bot_id}:{chat_id}:{number}"


def find_command(text: str) -> str:
    """Return the known command that the text begins with, without its slash; empty when there is none."""
    found = _COMMAND.match(text)
    name = found[1].lower() if found else ""
    return name if name in COMMANDS else ""


def find_language(code: str | None) -> Language | None:
    """Return the language of a citizen's app, if it is one of ours."""
    prefix = (code or "").lower().partition("-")[0]
    if prefix in {"zh", "yue"}:
        return Language.ZH
    return Language.EN if prefix == "en" else None


def _is_citizens(message: Message) -> bool:
    """Return whether a person wrote this to the bot alone."""
    by_bot = message.from_user is not None and message.from_user.is_bot
    return message.chat.type == ChatType.PRIVATE and not by_bot


def _read_new(message: Message, bot_id: int) -> InboundMessage:
    """Read a message that was written just now."""
    text = _words(message)
    command = find_command(message.text or "")
    return InboundMessage(
        channel=ChannelName.TELEGRAM,
        address=str(message.chat.id),
        provider_id=message_id(bot_id, message.chat.id, message.message_id),
        kind=MessageKind.COMMAND if command else _kind(message),
        text=text,
        payload=command,
        location=_location(message),
        file_id=_file_id(message),
        language_hint=_hint(message),
        sent_at=message.date,
    )


def _read_edit(message: Message, update_id: int, bot_id: int) -> InboundMessage:
    """Read a message that was changed.

    Its provider_id ends in the update's id, not in the time of the edit: that counts in seconds, and of two edits
    within one second the later must not be taken for a repeat.
    """
    original = message_id(bot_id, message.chat.id, message.message_id)
    return InboundMessage(
        channel=ChannelName.TELEGRAM,
        address=str(message.chat.id),
        provider_id=f"{original}:e{update_id}",
        kind=MessageKind.EDIT,
        text=_words(message),
        edit_of=original,
        location=_location(message),
        file_id=_file_id(message),
        language_hint=_hint(message),
        sent_at=message.edit_date or message.date,
    )


def _read_press(query: CallbackQuery) -> InboundMessage | None:
    """Read a pressed button; its label is found in the keyboard of the message it belongs to."""
    message = query.message
    if message is None or message.chat.type != ChatType.PRIVATE or query.from_user.is_bot:
        return None
    return InboundMessage(
        channel=ChannelName.TELEGRAM,
        address=str(message.chat.id),
        provider_id=f"cb:{query.id}",
        kind=MessageKind.BUTTON,
        text=clean(_label(query)),
        payload=clean(query.data or ""),
        language_hint=find_language(query.from_user.language_code),
    )


def _label(query: CallbackQuery) -> str:
    """Return what the pressed button says; empty when Telegram no longer shows its message."""
    message = query.message
    if not isinstance(message, Message) or message.reply_markup is None:
        return ""
    buttons = (button for row in message.reply_markup.inline_keyboard for button in row)
    return next((button.text for button in buttons if button.callback_data == query.data), "")


def _kind(message: Message) -> MessageKind:
    """Return what a message is made of."""
    if message.text:
        return MessageKind.TEXT
    if message.sticker:
        return MessageKind.STICKER
    if message.voice or message.audio or message.video_note:
        return MessageKind.VOICE
    if message.photo:
        return MessageKind.PHOTO
    if message.location or message.venue:
        return MessageKind.LOCATION
    return MessageKind.UNSUPPORTED


def _words(message: Message) -> str:
    """Return every word in a message that triage should see."""
    if message.text or message.caption:
        return clean(message.text or message.caption or "")
    if message.sticker:
        return clean(message.sticker.emoji or "")
    if message.venue:
        return clean(f"{message.venue.title}\n{message.venue.address}")
    if message.poll:
        return clean("\n".join([message.poll.question, *(option.text for option in message.poll.options)]))
    return ""


def _location(message: Message) -> Location | None:
    """Return the place that was sent."""
    place = message.location or (message.venue.location if message.venue else None)
    return Location(place.latitude, place.longitude) if place else None


def _file_id(message: Message) -> str:
    """Return the provider's name of the file, of a photo in its largest size."""
    files = (
        message.sticker,
        message.voice,
        message.audio,
        message.video_note,
        message.photo[-1] if message.photo else None,
        message.video,
        message.animation,
        message.document,
    )
    return next((file.file_id for file in files if file is not None), "")


def _hint(message: Message) -> Language | None:
    """Return the language of the writer's app."""
    return find_language(message.from_user.language_code if message.from_user else None)
