"""The last look at an update that the library cannot read: the citizen's words still count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telegram.constants import ChatType

from bot.channels.telegram.updates import find_command, message_id
from bot.channels.telegram.words import clean
from core.messages import ChannelName, InboundMessage, MessageKind


def salvage(raw: Mapping[str, Any], bot_id: int) -> InboundMessage | None:
    """Return what can be made out in a raw update, or None when it is not a citizen's or names no chat.

    A new or broken field elsewhere in a message must not hide what a person wrote. Without words, the message is
    recorded as UNSUPPORTED, so that it is answered.
    """
    query = _mapping(raw.get("callback_query"))
    edited = _mapping(raw.get("edited_message"))
    body = _mapping(query.get("message")) or edited or _mapping(raw.get("message"))
    chat = _mapping(body.get("chat"))
    chat_id = chat.get("id")
    sender = query.get("from") if query else body.get("from")
    if not isinstance(chat_id, int) or chat.get("type") != ChatType.PRIVATE or _mapping(sender).get("is_bot") is True:
        return None
    number = body.get("message_id")
    own = message_id(bot_id, chat_id, number) if isinstance(number, int) else ""
    update = f"{bot_id}:u:{raw.get('update_id')}"
    address = str(chat_id)
    if query:
        payload = clean(_text(query.get("data")))
        kind = MessageKind.BUTTON if payload else MessageKind.UNSUPPORTED
        name = f"cb:{query['id']}" if isinstance(query.get("id"), str) else update
        return InboundMessage(ChannelName.TELEGRAM, address, name, kind, payload=payload)
    text = clean(_text(body.get("text")) or _text(body.get("caption")))
    if edited:
        name = f"{own}:e{raw.get('update_id')}" if own else update
        return InboundMessage(ChannelName.TELEGRAM, address, name, MessageKind.EDIT, text, edit_of=own)
    command = find_command(text)
    kind = MessageKind.COMMAND if command else MessageKind.TEXT if text else MessageKind.UNSUPPORTED
    return InboundMessage(ChannelName.TELEGRAM, address, own or update, kind, text, payload=command)


def _mapping(value: object) -> Mapping[str, Any]:
    """Return a JSON object, or an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    """Return a string, or an empty one for anything else."""
    return value if isinstance(value, str) else ""
