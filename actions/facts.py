"""What a turn knows when something is said; nothing is promised that is not here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.cases import CaseStatus
from core.dialogue import DialogueState, Profile
from core.language import Language
from core.messages import InboundMessage
from core.risk import Level, TriageResult

from .directory import SCOPES


@dataclass(frozen=True, slots=True)
class Facts:
    """The committed state that texts may speak of.

    Attributes:
        now: The time of the turn, aware.
        language: The language to speak.
        state: The dialogue before this message.
        profile: What the citizen told of themselves.
        message: The message that is answered.
        level: The episode's level after this message (ratcheted).
        previous_level: The episode's level before it.
        triage: What triage and the move found in this message.
        case_status: The open case as it will be committed with this turn; None: there is none.
        case_opened: This turn opens it.
        on_duty: Counsellors on duty now.
        ahead: Waiting cases in front of this one.
        service_hours: Hours of the counsellors, for example `8:00–22:00`; empty when unknown.
        retention_days: Days after which ordinary messages are deleted; 0 when unknown.
    """

    now: datetime
    language: Language
    state: DialogueState
    profile: Profile
    message: InboundMessage
    level: Level
    previous_level: Level
    triage: TriageResult
    case_status: CaseStatus | None
    case_opened: bool
    on_duty: int
    ahead: int
    service_hours: str
    retention_days: int = 0

    @property
    def raised(self) -> bool:
        """Return whether this message raised the episode's level."""
        return self.level > self.previous_level

    @property
    def scope(self) -> str:
        """Return whose numbers to say: `mainland`, `hk`, `mo`, `tw` or `other`."""
        outside = self.profile.outside_mainland
        if not outside:
            return "mainland"
        return outside if outside in SCOPES else "other"

    @property
    def person_called(self) -> bool:
        """Return whether a waiting case is committed and somebody is on duty to see it."""
        return self.case_status is CaseStatus.WAITING and self.on_duty > 0
