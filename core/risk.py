"""What triage says of a message: a level, the domains, who is meant, and the evidence.

The level is the urgency of a person's response, never a prediction of what somebody will do, and never
a reason to refuse anyone (NICE NG225, 1.6.1 to 1.6.5). Criteria and targets: docs/clinical-safety.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """Urgency of the response that a message, an episode or a case asks for."""

    L0 = 0
    """Nothing of the kind: normal service."""
    L1 = 1
    """支持: heavy distress, hyperbole with distress, or only the model is worried."""
    L2 = 2
    """关注: wish to die, ideation without more, third person, ongoing violence."""
    L3 = 3
    """紧急: method, intent, plan, preparation, recent attempt, abuse disclosed."""
    L4 = 4
    """立即: danger now, or an act tied to the next 72 hours."""


class Domain(StrEnum):
    """What the risk is about; several may hold at once."""

    SUICIDE = "suicide"
    SELF_HARM = "self_harm"
    OVERDOSE = "overdose"
    HARM_OTHERS = "harm_others"
    DOMESTIC_VIOLENCE = "domestic_violence"
    SEXUAL_ASSAULT = "sexual_assault"
    CHILD_ABUSE = "child_abuse"
    BULLYING = "bullying"
    PSYCHOSIS = "psychosis"
    PERINATAL = "perinatal"
    SUBSTANCE = "substance"
    INCIDENT = "incident"
    SEXTORTION = "sextortion"
    EATING_DISORDER = "eating_disorder"
    ELDER = "elder"
    ECONOMIC = "economic"


class Subject(StrEnum):
    """Whose risk it is; unknown is treated as self."""

    SELF = "self"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a level was given: the citizen's own characters and the rule that fired.

    Attributes:
        quote: A piece of the raw text, `text[start:end]`.
        rule: Identifier of the rule, for example `suicide.method_self`.
        start: Offset of the quote in the raw text, in characters; -1 when the evidence is an answer.
        end: Offset after the quote; -1 when the evidence is an answer.
        level: The level this piece alone stands for.
    """

    quote: str
    rule: str
    start: int
    end: int
    level: Level


@dataclass(frozen=True, slots=True)
class TriageResult:
    """What triage found in one message, before the episode's ratchet is applied."""

    level: Level = Level.L0
    domains: tuple[Domain, ...] = ()
    subject: Subject = Subject.UNKNOWN
    evidence: tuple[Evidence, ...] = ()

    def joined(self, other: TriageResult) -> TriageResult:
        """Return both findings as one: the higher level leads, all domains and evidence stay."""
        lead, rest = (self, other) if self.level >= other.level else (other, self)
        domains = lead.domains + tuple(d for d in rest.domains if d not in lead.domains)
        subject = lead.subject if lead.subject is not Subject.UNKNOWN else rest.subject
        return TriageResult(lead.level, domains, subject, lead.evidence + rest.evidence)


NOTHING_FOUND = TriageResult()


@dataclass(frozen=True, slots=True)
class Utterance:
    """One earlier turn that triage may lean on: words, or a silence in place of words.

    Attributes:
        by_citizen: False when the service said it.
        text: What was said; empty for a silence.
        silence_s: Seconds without an answer; None when something was said.
    """

    by_citizen: bool
    text: str = ""
    silence_s: int | None = None


@dataclass(frozen=True, slots=True)
class TriageHistory:
    """What came before a message within its episode, oldest first.

    Attributes:
        turns: The latest utterances of both sides; the turn keeps at most twelve.
        level: The episode's level so far.
        domains: The episode's domains so far.
    """

    turns: tuple[Utterance, ...] = ()
    level: Level = Level.L0
    domains: tuple[Domain, ...] = ()


NO_HISTORY = TriageHistory()
