"""Words of a case's life."""

from __future__ import annotations

from enum import StrEnum


class CaseStatus(StrEnum):
    """Where a case is; offers and transfers are attributes, not states."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    CLOSED = "closed"


class CaseReason(StrEnum):
    """Why a case was opened."""

    RISK = "risk"
    HUMAN_REQUEST = "human_request"


class CaseEventKind(StrEnum):
    """Every change of a case is a row of one of these kinds."""

    OPENED = "opened"
    RAISED = "raised"
    REQUESTED = "requested"
    """The citizen asked for a person while the case was open."""
    CLAIMED = "claimed"
    RELEASED = "released"
    NOTE = "note"
    PAGED = "paged"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a counsellor closes a case."""

    SUPPORTED = "supported"
    """Talked; safe for now."""
    REFERRED = "referred"
    """Referred to a service of the directory."""
    EMERGENCY = "emergency"
    """Police, ambulance or the emergency contact took over."""
    CITIZEN_LEFT = "citizen_left"
    """The citizen no longer answers; tried again, noted."""
    NO_RISK = "no_risk"
    """A person found no risk."""
    PRANK = "prank"
    """Not meant; triage goes on all the same."""


class Owner(StrEnum):
    """Who owns a conversation; follows from its open case."""

    BOT = "bot"
    QUEUE = "queue"
    PERSON = "person"


def owner_of(status: CaseStatus | None) -> Owner:
    """Return who owns a conversation whose open case has `status` (None: no open case)."""
    match status:
        case CaseStatus.WAITING:
            return Owner.QUEUE
        case CaseStatus.CLAIMED:
            return Owner.PERSON
        case _:
            return Owner.BOT
