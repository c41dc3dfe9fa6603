"""Builds the moves of structured answers, pressed or typed, with what they mean for risk at once."""

from __future__ import annotations

from core.dialogue import DialogueState
from core.language import Language
from core.risk import Domain, Evidence, Level, Subject, TriageResult

from .assessments import Assessment
from .content import Content
from .flows import Choice, Flow, Step
from .moves import Move, MoveKind
from .replies import Question


def guide_move(name: str, option: str, quote: str, state: DialogueState, question: Question) -> Move:
    """Return the answer to a safety question, with what it means for risk."""
    level = question.level_of(option)
    if level is None:
        return Move(MoveKind.GUIDE_ANSWER, name, option)
    risk = _risk(level, question.domain, f"guide.{name}.{option}", quote, state)
    return Move(MoveKind.GUIDE_ANSWER, name, option, risk)


def checkin_move(option: str, quote: str, state: DialogueState, content: Content) -> Move:
    """Return the answer to the check-in, with what it means for risk."""
    question = content.replies.checkin
    level = question.level_of(option)
    if level is None:
        return Move(MoveKind.CHECKIN, option)
    return Move(MoveKind.CHECKIN, option, risk=_risk(level, question.domain, f"checkin.{option}", quote, state))


def _risk(level: Level, domain: str, rule: str, quote: str, state: DialogueState) -> TriageResult:
    domains = state.domains if domain == "episode" else (Domain(domain),)
    subject = state.subject if state.subject is not Subject.UNKNOWN else Subject.SELF
    return TriageResult(level, domains, subject, (Evidence(quote, rule, -1, -1, level),))


def answer_move(form: Assessment, answers: tuple[int, ...], value: int, language: Language) -> Move:
    """Return the answer to the open item, with what it means for risk at once."""
    item = len(answers) + 1
    risk = form.risk_of((*answers, value), language)
    return Move(MoveKind.ASSESSMENT_ANSWER, f"{form.id}:{item}", str(value), risk)


def pinned_flow(state: DialogueState, content: Content, language: Language) -> Flow | None:
    """Return the version that the conversation began with; the current one when it is gone."""
    position = state.flow
    if position is None:
        return None
    return content.flow(position.slug, language, position.version) or content.flow(position.slug, language)


def choice_move(slug: str, step: Step, number: int) -> Move:
    """Return the choice of a step; choosing a person asks for one."""
    choice: Choice | None = step.choices[number] if step.choices else None
    if choice is None:
        return Move(MoveKind.FLOW_CHOICE, slug, f"{step.id}:{number}")
    risk = _choice_risk(choice, f"flow.{slug}.{step.id}")
    return Move(MoveKind.FLOW_CHOICE, slug, f"{step.id}:{number}", risk, wants_person=choice.human)


def _choice_risk(choice: Choice, rule: str) -> TriageResult:
    said = choice.raises
    if said is None:
        return TriageResult()
    level = Level[said.level]
    return TriageResult(level, (said.domain,), Subject(said.subject), (Evidence(choice.label, rule, -1, -1, level),))
