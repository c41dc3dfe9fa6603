"""A conversation without database or network: the turn's rules for levels and cases, and the real texts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from actions import speak
from actions.content import Content
from actions.facts import Facts
from actions.interpret import interpret
from actions.moves import Move
from actions.speak import Spoken
from core.cases import CaseStatus
from core.dialogue import DialogueState, Profile
from core.language import Language
from core.messages import ChannelName, InboundMessage, MessageKind
from core.risk import NOTHING_FOUND, Domain, Evidence, Level, Subject, TriageResult
from core.routing import Route, RouteSource

DATA = Path(__file__).parents[2] / "data"
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""Twelve o'clock in Shanghai, a Sunday."""


def found(level: Level, *domains: Domain, rule: str = "", subject: Subject = Subject.SELF) -> TriageResult:
    """Return what triage says of a message with one piece of evidence."""
    name = rule or (f"{domains[0]}.example" if domains else "model.worry")
    return TriageResult(level, domains, subject, (Evidence("…", name, 0, 1, level),))


def to(action: str, *, sure: bool = True, intent: str = "greet", ranking: tuple[str, ...] = ()) -> Route:
    """Return a route to an action."""
    return Route(intent, 0.9 if sure else 0.3, ranking or (intent,), action, sure, source=RouteSource.RASA)


@dataclass
class Talk:
    """One conversation; every call is one message and returns what was said."""

    content: Content
    language: Language = Language.ZH
    on_duty: int = 2
    ahead: int = 0
    service_hours: str = "8:00–22:00"
    now: datetime = NOON
    level: Level = Level.L0
    case: CaseStatus | None = None
    state: DialogueState = field(default_factory=lambda: DialogueState(introduced=True))
    profile: Profile = field(default_factory=Profile)
    move: Move | None = None
    facts: Facts | None = None

    def say(
        self,
        text: str = "",
        *,
        press: str = "",
        command: str = "",
        kind: MessageKind | None = None,
        triage: TriageResult = NOTHING_FOUND,
        route: Route | None = None,
    ) -> Spoken:
        """Handle one message as the turn does, without a person."""
        if kind is None:
            kind = MessageKind.BUTTON if press else MessageKind.COMMAND if command else MessageKind.TEXT
        message = InboundMessage(ChannelName.WEB, "somebody", "1", kind, text, press or command)
        move = interpret(message, self.state, self.content, self.language)
        joined = triage.joined(move.risk)
        before, self.level = self.level, max(self.level, joined.level)
        opened = self.case is None and (self.level >= Level.L2 or move.wants_person)
        if opened:
            self.case = CaseStatus.WAITING
        facts = replace(self.known(), message=message, previous_level=before, triage=joined, case_opened=opened)
        spoken = self._speak(facts, move, route)
        self.move, self.facts = move, facts
        self.state = spoken.state
        self.profile = spoken.profile or self.profile
        self.language = spoken.language or self.language
        self.now += timedelta(seconds=20)
        return spoken

    def _speak(self, facts: Facts, move: Move, route: Route | None) -> Spoken:
        if speak.guide_speaks(facts, move):
            return speak.speak_as_guide(facts, move, self.content)
        return speak.speak_as_bot(facts, move, route, self.content)

    def known(self) -> Facts:
        """Return the facts of this moment, without a new message."""
        return Facts(
            now=self.now,
            language=self.language,
            state=self.state,
            profile=self.profile,
            message=InboundMessage(ChannelName.WEB, "somebody", "0"),
            level=self.level,
            previous_level=self.level,
            triage=NOTHING_FOUND,
            case_status=self.case,
            case_opened=False,
            on_duty=self.on_duty,
            ahead=self.ahead,
            service_hours=self.service_hours,
        )


def texts(spoken: Spoken) -> str:
    """Return all that was said, one bubble a line."""
    return "\n".join(reply.text for reply in spoken.replies)


def templates(spoken: Spoken) -> list[str]:
    """Return the names of the texts that were said."""
    return [reply.template for reply in spoken.replies]


def payloads(spoken: Spoken) -> list[str]:
    """Return what all buttons carry."""
    return [button.payload for reply in spoken.replies for button in reply.buttons]
