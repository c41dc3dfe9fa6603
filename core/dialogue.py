"""What a conversation remembers between turns; kept encrypted beside the conversation."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter

from core.risk import Domain, Subject, Utterance


@dataclass(frozen=True, slots=True)
class FlowPosition:
    """Where a citizen is in a flow; the version is pinned, so an edit never moves the ground.

    Attributes:
        slug: Name of the flow.
        version: Checksum of the flow's version that the conversation began with.
        step: Identifier of the step that was said last.
        variables: What the citizen chose or typed on the way.
        trail: Steps before this one, oldest first, for going back.
    """

    slug: str
    version: str
    step: str
    variables: dict[str, str] = field(default_factory=dict)
    trail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssessmentProgress:
    """A questionnaire that is being answered.

    Attributes:
        instrument: Name of the questionnaire, for example `phq9`.
        version: Checksum of its data file.
        answers: Values of the items answered so far, in order.
        paused: True while safety questions go first; the form may be resumed.
    """

    instrument: str
    version: str
    answers: tuple[int, ...] = ()
    paused: bool = False


@dataclass(frozen=True, slots=True)
class GuideProgress:
    """What the guide has said and asked in this episode.

    Attributes:
        cards: Names of the cards said, in order (`card.suicide.L4`).
        card_at: When the last card was said; the same block is not repeated within ten minutes.
        asked: Safety questions asked, in order (`when`, `means`, `alone`).
        awaiting: The safety question that has no answer yet.
        answers: Answers in the citizen's words or a button's payload, by question.
        said: Names of the company templates used, so that words vary.
    """

    cards: tuple[str, ...] = ()
    card_at: datetime | None = None
    asked: tuple[str, ...] = ()
    awaiting: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DialogueState:
    """All that the next turn needs to know of the turns before.

    Attributes:
        introduced: The first words (a program, what is stored, when secrecy ends) were said.
        recent: The latest utterances, at most twelve, oldest first, for triage.
        domains: Domains of the episode so far.
        subject: Whose risk the episode is about.
        flow: The flow in progress.
        assessment: The questionnaire in progress.
        guide: The guide's progress in this episode.
        pending: What the bot last asked outside flows (`consent`, `checkin`, `region`), if anything.
    """

    introduced: bool = False
    recent: tuple[Utterance, ...] = ()
    domains: tuple[Domain, ...] = ()
    subject: Subject = Subject.UNKNOWN
    flow: FlowPosition | None = None
    assessment: AssessmentProgress | None = None
    guide: GuideProgress = field(default_factory=GuideProgress)
    pending: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What a citizen chose to tell about themselves; never asked for in the way of help.

    Attributes:
        consent: True or False once answered; None before.
        outside_mainland: Where they are if not in the mainland: `hk`, `mo`, `tw` or `other`; empty inside.
        age_group: `under14`, `14to17`, `18to59`, `60plus` or empty.
        region: Administrative division code (GB/T 2260) or empty.
        emergency_contact: Name and number as typed; used only when life is in danger.
    """

    consent: bool | None = None
    outside_mainland: str = ""
    age_group: str = ""
    region: str = ""
    emergency_contact: str = ""


_STATE = TypeAdapter(DialogueState)
_PROFILE = TypeAdapter(Profile)


def dump_state(state: DialogueState) -> str:
    """Return the state as JSON."""
    return _STATE.dump_json(state, exclude_defaults=True).decode()


def load_state(text: str | None) -> DialogueState:
    """Return the state from JSON; None is a new conversation."""
    return _STATE.validate_json(text) if text else DialogueState()


def dump_profile(profile: Profile) -> str:
    """Return the profile as JSON."""
    return _PROFILE.dump_json(profile, exclude_defaults=True).decode()


def load_profile(text: str | None) -> Profile:
    """Return the profile from JSON; None is an empty one."""
    return _PROFILE.validate_json(text) if text else Profile()
