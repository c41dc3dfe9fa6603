"""What the citizen's page is told, as docs/api.md gives it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from actions.content import Content
from actions.numbers import footer_numbers
from core.cases import Owner, owner_of
from core.conversation import Conversation, TimelineMessage
from core.db import Tx
from core.db.conversations import citizen_timeline, find_open_case, get_conversation
from core.db.staff import find_staff
from core.ids import ConversationId
from core.language import Language
from core.messages import MessageKind


@dataclass(frozen=True, slots=True)
class PageState:
    """What the page shows besides messages."""

    conversation: Conversation
    owner: Owner
    person: str | None


async def read_state(tx: Tx, conversation_id: ConversationId) -> PageState:
    """Return who owns the conversation and in which language it is held."""
    conversation = await get_conversation(tx, conversation_id)
    case = await find_open_case(tx, conversation_id)
    owner = owner_of(case.status if case else None)
    member = await find_staff(tx, case.owner_id) if case and case.owner_id else None
    return PageState(conversation, owner, member.name if member else None)


async def read_messages(tx: Tx, conversation_id: ConversationId, after: int) -> list[dict[str, Any]]:
    """Return the messages after a position as the page gets them."""
    names: dict[str, str] = {}
    shown = []
    for message in await citizen_timeline(tx, conversation_id, after):
        if message.kind is MessageKind.COMMAND:
            continue
        if message.staff_id and message.staff_id not in names:
            member = await find_staff(tx, message.staff_id)
            names[message.staff_id] = member.name if member else ""
        shown.append(message_view(message, names.get(message.staff_id or "")))
    return shown


def message_view(message: TimelineMessage, name: str | None) -> dict[str, Any]:
    """Return one message as the page gets it."""
    return {
        "position": message.position,
        "id": message.id,
        "client_id": message.client_id,
        "author": message.author,
        "name": name or None,
        "kind": message.kind,
        "text": message.text,
        "buttons": [{"label": button.label, "payload": button.payload} for button in message.buttons],
        "pinned": message.pinned,
        "exercise": message.exercise,
        "at": message.at.isoformat(),
    }


def state_view(state: PageState, content: Content, now: datetime) -> dict[str, Any]:
    """Return owner, language and numbers as the page gets them."""
    language = state.conversation.language or Language.ZH
    return {
        "owner": state.owner,
        "person": state.person,
        "language": language,
        "numbers": footer_numbers(content, state.conversation.profile, language, now),
    }
