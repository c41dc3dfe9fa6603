"""A conversation and its timeline, as the stores hand them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.cases import CaseReason, CaseStatus, Outcome
from core.dialogue import DialogueState, Profile
from core.ids import CaseId, ConversationId, MessageId, StaffId
from core.language import Language
from core.messages import Author, Button, ChannelName, DeliveryState, InboundMessage, Location, MessageKind
from core.risk import Domain, Evidence, Level, Subject


@dataclass(frozen=True, slots=True)
class Conversation:
    """One citizen on one channel.

    Attributes:
        address: The provider's name of the conversation; personal data.
        version: Grows with every turn, claim, release and close; the condition of every write.
        ownership: Grows with every hand-over; the outbox's fence.
        level: The episode's level: it only rises until a person ends the episode.
        last_position: Position of the newest message.
    """

    id: ConversationId
    channel: ChannelName
    address: str
    language: Language | None
    version: int
    ownership: int
    level: Level
    episode: str | None
    state: DialogueState
    profile: Profile
    last_position: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation that people look after.

    Attributes:
        number: What staff call it by.
        quote: The first evidence in the citizen's own words.
        unanswered_since: When the oldest message that no person has answered came; None when all are.
    """

    id: CaseId
    number: int
    conversation_id: ConversationId
    episode: str
    status: CaseStatus
    version: int
    level: Level
    domains: tuple[Domain, ...]
    subject: Subject
    reason: CaseReason
    quote: str | None
    opened_at: datetime
    waiting_since: datetime
    claimed_at: datetime | None
    closed_at: datetime | None
    owner_id: StaffId | None
    outcome: Outcome | None
    unanswered_since: datetime | None


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """A citizen's message that no turn has handled yet."""

    id: MessageId
    position: int
    message: InboundMessage
    at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class TimelineMessage:
    """One message of the timeline, with all that citizen or staff may be shown of it.

    Attributes:
        level: What triage gave this message; None before its turn and for outbound messages.
        delivery: None for a citizen's message.
        edit_of: For an edit, the message that was changed.
    """

    id: MessageId
    position: int
    author: Author
    kind: MessageKind
    text: str
    at: datetime
    staff_id: StaffId | None = None
    client_id: str | None = None
    buttons: tuple[Button, ...] = ()
    pinned: bool = False
    exercise: dict[str, object] | None = None
    location: Location | None = None
    edit_of: MessageId | None = None
    level: Level | None = None
    evidence: tuple[Evidence, ...] = field(default=())
    delivery: DeliveryState | None = None


@dataclass(frozen=True, slots=True)
class AssessmentRecord:
    """A questionnaire as a citizen answered it, for the counsellor.

    Attributes:
        total: Sum score; None when the form was left.
        band: Range of totals that the score lies in, for example `10–14`; empty when left.
        items: Text of each answered item, the answer's label and its value.
    """

    instrument: str
    version: str
    completed: bool
    total: int | None
    band: str
    items: tuple[tuple[str, str, int], ...]
    at: datetime
