"""The real turn on a throw-away database: `xinqiao chat`, for people and for measuring."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.lines import text_of
from app.service import Service, open_service
from core.cases import owner_of
from core.crypto import KeyRing
from core.db.conversations import citizen_timeline, find_open_case, get_conversation
from core.ids import ConversationId, new_id
from core.messages import Author, ChannelName, InboundMessage, MessageKind
from core.settings import Settings


class Chat:
    """Talks to the service as a citizen would, without network."""

    def __init__(self, service: Service) -> None:
        """Begin with nobody known."""
        self.service = service
        self._seen: dict[str, int] = {}
        self._buttons: dict[str, dict[str, str]] = {}

    async def line(self, value: Mapping[str, object]) -> dict[str, object]:
        """Return level, owner and replies after one message `{"conversation", "text"}`.

        Raises:
            InvalidError: A field is missing.
        """
        name, text = text_of(value, "conversation"), text_of(value, "text")
        return {"conversation": name, **await self.say(name, text)}

    async def say(self, name: str, text: str) -> dict[str, Any]:
        """Say something; the label of a button that is shown presses it."""
        payload = self._buttons.get(name, {}).get(text.strip(), "")
        received = await self.service.inbox.accept(
            InboundMessage(
                channel=ChannelName.TERMINAL,
                address=name,
                provider_id=new_id(),
                kind=MessageKind.BUTTON if payload else MessageKind.TEXT,
                text=text,
                payload=payload,
            )
        )
        while await self.service.turns.take(received.conversation_id):
            pass
        return await self._told(name, received.conversation_id)

    async def _told(self, name: str, conversation_id: ConversationId) -> dict[str, Any]:
        async with self.service.database.read() as tx:
            conversation = await get_conversation(tx, conversation_id)
            case = await find_open_case(tx, conversation_id)
            timeline = await citizen_timeline(tx, conversation_id, self._seen.get(name, 0))
        replies = [message for message in timeline if message.author is not Author.CITIZEN]
        if timeline:
            self._seen[name] = timeline[-1].position
        if replies:
            self._buttons[name] = {button.label: button.payload for reply in replies for button in reply.buttons}
        return {
            "level": conversation.level.name,
            "owner": owner_of(case.status if case else None),
            "replies": [
                {
                    "author": reply.author,
                    "text": reply.text,
                    "buttons": [button.label for button in reply.buttons],
                }
                for reply in replies
            ],
        }


@asynccontextmanager
async def open_chat(settings: Settings) -> AsyncIterator[Chat]:
    """Yield a chat on a database that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="xinqiao-chat-") as folder:
        throw_away = settings.model_copy(
            update={"var": Path(folder), "database": "", "telegram_token": type(settings.telegram_token)("")}
        )
        async with open_service(throw_away, keys=KeyRing.generate()) as service:
            yield Chat(service)
