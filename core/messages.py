"""Messages as they come in from a channel and as they go out to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.language import Language
from core.risk import Level


class ChannelName(StrEnum):
    """Where a citizen writes."""

    WEB = "web"
    TELEGRAM = "telegram"
    TERMINAL = "terminal"


class Author(StrEnum):
    """Who said a message."""

    CITIZEN = "citizen"
    BOT = "bot"
    """Self-help: flows, questionnaires, directory."""
    GUIDE = "guide"
    """Reviewed crisis templates, until a person is there."""
    PERSON = "person"
    """A counsellor or supervisor."""


class MessageKind(StrEnum):
    """What a message is made of."""

    TEXT = "text"
    BUTTON = "button"
    COMMAND = "command"
    EDIT = "edit"
    STICKER = "sticker"
    VOICE = "voice"
    PHOTO = "photo"
    LOCATION = "location"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a citizen says they are, in degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One update of a channel, in the words of the house.

    Attributes:
        channel: Where it came from.
        address: The provider's name of the conversation (a chat id, a session id); personal data.
        provider_id: The provider's name of this update; `(channel, provider_id)` is stored once.
        kind: What it is made of.
        text: The citizen's words, a caption, or a pressed button's label; may be empty. Kept whole at any length.
        payload: The pressed button's payload, or a command without its slash (`start`, `human`).
        edit_of: For an edit, the provider_id of the message that was changed.
        location: For a location.
        file_id: The provider's name of a voice, photo or sticker file; not fetched.
        language_hint: The channel's own guess; never gates anything.
        sent_at: The provider's time, aware; None when it gives none.
    """

    channel: ChannelName
    address: str
    provider_id: str
    kind: MessageKind = MessageKind.TEXT
    text: str = ""
    payload: str = ""
    edit_of: str = ""
    location: Location | None = None
    file_id: str = ""
    language_hint: Language | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A full sentence that a citizen may tap instead of typing.

    Attributes:
        label: What is read, and what the timeline shows as said.
        payload: What it means, at most 64 bytes (Telegram's limit), for example `flow:sleep`.
    """

    label: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One bubble that the service wants to say; said only once it is committed.

    Attributes:
        author: BOT or GUIDE; PERSON for a counsellor's own words.
        text: What is read.
        template: Name of the text in data/, for tests and review; empty for a person's words.
        buttons: At most four, or a questionnaire's options.
        pinned: The crisis card: the page keeps it on top.
        unfenced: The first card of a raise: it is sent even when a person has claimed meanwhile.
        level: The episode's level when it was said; crisis rows are sent first.
        exercise: What the page may animate, for example `{"kind": "breathing", "inhale_s": 4, …}`; the text says
            the same in words.
    """

    author: Author
    text: str
    template: str = ""
    buttons: tuple[Button, ...] = field(default=())
    pinned: bool = False
    unfenced: bool = False
    level: Level = Level.L0
    exercise: dict[str, object] | None = None


class DeliveryState(StrEnum):
    """How far an outbound message has come."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"
    """Fenced: a person has claimed since it was written."""
    UNCERTAIN = "uncertain"
    """It may or may not have arrived; shown to staff."""
    FAILED = "failed"
    """The channel refuses it for good (blocked, gone); shown to staff."""
