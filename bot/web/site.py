"""The citizen's routes: each commits before it answers."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal, Self

from aiohttp import web
from pydantic import Field, model_validator

from bot.inbox import StoredInbox
from bot.knowledge import Knowledge
from bot.page_words import PAGE, PAGE_HEADERS, render_page
from bot.turn import TurnTaker
from bot.web.view import read_messages, read_state, state_view
from core.bus import Bus, Signal, Topic
from core.clock import Clock
from core.db import Database
from core.db.conversations import change_profile, get_conversation, set_language
from core.db.inbox import find_conversation, open_conversation
from core.errors import InvalidError, UnauthenticatedError
from core.ids import ConversationId, new_token
from core.language import Language
from core.messages import ChannelName, InboundMessage, Location, MessageKind
from core.settings import Settings
from core.web import StrictBody, as_json, read_body

COOKIE = "xq"
LONGEST_TOKEN = 64


class SessionBody(StrictBody):
    """Opens the page."""

    language: Language | None = None
    fresh: bool = False


class LocationBody(StrictBody):
    """Where a citizen says they are, in degrees."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class MessageBody(StrictBody):
    """Something a citizen says: words, a pressed button or a place."""

    client_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{8,64}$")]
    text: str = ""
    payload: Annotated[str, Field(max_length=64)] = ""
    location: LocationBody | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text.strip() or self.payload or self.location):
            raise ValueError("text, payload or location is needed")
        return self


class LanguageBody(StrictBody):
    """Chooses a language."""

    language: Language


class ProfileBody(StrictBody):
    """Changes some fields of the profile; what is left out stays."""

    consent: bool | None = None
    outside_mainland: Literal["", "hk", "mo", "tw", "other"] | None = None
    age_group: Literal["", "under14", "14to17", "18to59", "60plus"] | None = None
    region: Annotated[str, Field(pattern=r"^([1-9]\d{5})?$")] | None = None
    emergency_contact: Annotated[str, Field(max_length=200)] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class CitizenSite:
    """The citizen's side of the web server."""

    database: Database
    inbox: StoredInbox
    turns: TurnTaker
    knowledge: Knowledge
    bus: Bus
    clock: Clock
    settings: Settings

    def add_routes(self, app: web.Application) -> None:
        """Register every route of the citizen's side."""
        page = render_page(self.settings.data)

        async def show_page(_request: web.Request) -> web.Response:
            return web.Response(text=page, content_type="text/html", headers=PAGE_HEADERS)

        app.router.add_get("/", show_page)
        app.router.add_static("/static/page", PAGE)
        app.router.add_post("/api/session", self.open_session)
        app.router.add_get("/api/conversation", self.show_conversation)
        app.router.add_post("/api/messages", self.add_message)
        app.router.add_post("/api/language", self.change_language)
        app.router.add_get("/api/profile", self.show_profile)
        app.router.add_put("/api/profile", self.change_profile)
        app.router.add_post("/api/leave", self.leave)

    async def open_session(self, request: web.Request) -> web.Response:
        """Return the conversation of the cookie, or begin one and say the first words."""
        body = await read_body(request, SessionBody)
        conversation_id = None if body.fresh else await self.find(request)
        token = None
        if conversation_id is None:
            token = new_token()
            async with self.database.write() as tx:
                conversation_id = await open_conversation(
                    self.database,
                    tx,
                    channel=ChannelName.WEB,
                    address=token,
                    language=body.language,
                    now=self.clock.now(),
                )
        await self.turns.greet(conversation_id)
        response = as_json(await self._view(conversation_id, after=0))
        if token is not None:
            response.set_cookie(
                COOKIE, token, httponly=True, samesite="Strict", secure=self.settings.behind_tls, path="/"
            )
        return response

    async def show_conversation(self, request: web.Request) -> web.Response:
        """Return what came after a position."""
        return as_json(await self._view(await self.required(request), after=position_of(request)))

    async def add_message(self, request: web.Request) -> web.Response:
        """Commit a message, then say so; the same `client_id` is stored once."""
        body = await read_body(request, MessageBody)
        conversation_id = await self.required(request)
        async with self.database.read() as tx:
            conversation = await get_conversation(tx, conversation_id)
        kind = MessageKind.LOCATION if body.location else MessageKind.BUTTON if body.payload else MessageKind.TEXT
        received = await self.inbox.accept(
            InboundMessage(
                channel=ChannelName.WEB,
                address=conversation.address,
                provider_id=f"{conversation_id}:{body.client_id}",
                kind=kind,
                text=body.text,
                payload=body.payload,
                location=Location(body.location.latitude, body.location.longitude) if body.location else None,
            )
        )
        return as_json({"position": received.position}, status=202)

    async def change_language(self, request: web.Request) -> web.Response:
        """Change the language of the conversation."""
        body = await read_body(request, LanguageBody)
        conversation_id = await self.required(request)
        async with self.database.write() as tx:
            await set_language(tx, conversation_id, body.language)
        self.bus.publish(Signal(Topic.CONVERSATION, conversation_id))
        return web.Response(status=204)

    async def show_profile(self, request: web.Request) -> web.Response:
        """Return what the citizen has told about themselves."""
        conversation_id = await self.required(request)
        async with self.database.read() as tx:
            return as_json(dataclasses.asdict((await get_conversation(tx, conversation_id)).profile))

    async def change_profile(self, request: web.Request) -> web.Response:
        """Change what the citizen tells about themselves."""
        body = await read_body(request, ProfileBody)
        conversation_id = await self.required(request)
        changes = body.model_dump(exclude_unset=True)
        if any(value is None for name, value in changes.items() if name != "consent"):
            raise InvalidError("only consent may be null", field=next(iter(changes)))
        async with self.database.write() as tx:
            profile = await change_profile(tx, conversation_id, **changes)
        self.bus.publish(Signal(Topic.CONVERSATION, conversation_id))
        return as_json(dataclasses.asdict(profile))

    async def leave(self, _request: web.Request) -> web.Response:
        """Take the cookie away (quick exit); the conversation stays for the counsellor."""
        response = web.Response(status=204)
        response.del_cookie(COOKIE, path="/")
        return response

    async def find(self, request: web.Request) -> ConversationId | None:
        """Return the conversation of the request's cookie, or None."""
        token = request.cookies.get(COOKIE, "")
        if not token or len(token) > LONGEST_TOKEN:
            return None
        async with self.database.read() as tx:
            return await find_conversation(self.database, tx, ChannelName.WEB, token)

    async def required(self, request: web.Request) -> ConversationId:
        """Return the conversation of the request's cookie.

        Raises:
            UnauthenticatedError: There is none; the page opens a session and tries again.
        """
        found = await self.find(request)
        if found is None:
            raise UnauthenticatedError("no conversation; open a session first")
        return found

    async def _view(self, conversation_id: ConversationId, after: int) -> dict[str, Any]:
        async with self.database.read() as tx:
            state = await read_state(tx, conversation_id)
            messages = await read_messages(tx, conversation_id, after)
        return {
            "conversation": conversation_id,
            "position": max([after, *(message["position"] for message in messages)]),
            "consent": state.conversation.profile.consent,
            "messages": messages,
            **state_view(state, self.knowledge.content, self.clock.now()),
        }


def position_of(request: web.Request) -> int:
    """Return the `after` of a request, 0 when it has none.

    Raises:
        InvalidError: It is no number.
    """
    text = request.query.get("after", "0")
    if not text.isdecimal() or len(text) > 10:  # noqa: PLR2004 - as long as any position
        raise InvalidError("after must be a position", field="after")
    return int(text)
