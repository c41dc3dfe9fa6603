"""What a message means for the dialogue, before anything is said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.risk import NOTHING_FOUND, TriageResult


class MoveKind(StrEnum):
    """What a citizen does with a message."""

    FREE_TEXT = "free_text"
    HUMAN = "human"
    MENU = "menu"
    START = "start"
    HELP = "help"
    LANGUAGE = "language"
    CONSENT = "consent"
    FLOW_START = "flow_start"
    FLOW_CHOICE = "flow_choice"
    FLOW_BACK = "flow_back"
    FLOW_LEAVE = "flow_leave"
    ASSESSMENT_START = "assessment_start"
    ASSESSMENT_ANSWER = "assessment_answer"
    ASSESSMENT_BACK = "assessment_back"
    ASSESSMENT_RESUME = "assessment_resume"
    ASSESSMENT_LEAVE = "assessment_leave"
    ASSESSMENT_UNCLEAR = "assessment_unclear"
    GUIDE_ANSWER = "guide_answer"
    ASIDE = "aside"
    """Said aside from the open question: `about_bot`, `who_comes`, `how_to_ask`, `regret`, `stop`."""
    CHECKIN = "checkin"
    DIRECTORY = "directory"
    PROFILE = "profile"
    HELPFUL = "helpful"
    MEDIA = "media"
    EDIT = "edit"
    UNSUPPORTED = "unsupported"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Move:
    """The meaning of a message.

    Attributes:
        kind: What it does.
        value: With what: a language, a flow, a questionnaire, a question, a kind of medium.
        detail: The answer to it: an option, a value; `slug:step:n` for a choice; empty for free words.
        risk: What a structured answer means for risk; to be joined with triage.
        wants_person: A person is asked for.
        needs_route: Nothing in progress answers these words; the router should look at them.
        place: Where the citizen says they are, in passing: `hk`, `mo`, `tw`, `other` or `mainland`.
        age_group: The age group that they name as their own, in passing.
    """

    kind: MoveKind
    value: str = ""
    detail: str = ""
    risk: TriageResult = NOTHING_FOUND
    wants_person: bool = False
    needs_route: bool = False
    place: str = ""
    age_group: str = ""
