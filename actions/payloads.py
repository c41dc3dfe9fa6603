"""Reads what a pressed button carries; the grammar is `word[:part[:part[:part]]]`, at most 64 bytes."""

from __future__ import annotations

from dataclasses import dataclass

from core.dialogue import DialogueState
from core.language import Language

from .answers import answer_move, checkin_move, choice_move, guide_move, pinned_flow
from .content import Content
from .directory import SCOPES
from .moves import Move, MoveKind

STALE = Move(MoveKind.STALE)
_DIGITS = tuple(str(number) for number in range(100))


@dataclass(frozen=True, slots=True)
class _Pressed:
    parts: list[str]
    state: DialogueState
    content: Content
    language: Language


def read_payload(payload: str, state: DialogueState, content: Content, language: Language) -> Move:
    """Return what a payload means; one that is old, foreign or broken is STALE, never an error."""
    if payload in _WHOLE:
        return _WHOLE[payload]
    word, *parts = payload.split(":")
    reader = _READERS.get((word, len(parts)))
    return reader(_Pressed(parts, state, content, language)) if reader is not None else STALE


def _lang(at: _Pressed) -> Move:
    return Move(MoveKind.LANGUAGE, at.parts[0]) if at.parts[0] in list(Language) else STALE


def _consent(at: _Pressed) -> Move:
    return Move(MoveKind.CONSENT, at.parts[0]) if at.parts[0] in ("yes", "no") else STALE


def _flow(at: _Pressed) -> Move:
    return Move(MoveKind.FLOW_START, at.parts[0]) if at.content.flow(at.parts[0], at.language) is not None else STALE


def _step(at: _Pressed) -> Move:
    slug, name, number = at.parts
    flow = (
        pinned_flow(at.state, at.content, at.language)
        if at.state.flow is not None and at.state.flow.slug == slug
        else at.content.flow(slug, at.language)
    )
    step = flow.find_step(name) if flow is not None else None
    if (
        step is None
        or number not in tuple("0123")
        or int(number) >= max(len(step.choices), 0 if step.next is None else 1)
    ):
        return STALE
    return choice_move(slug, step, int(number))


def _back(at: _Pressed) -> Move:
    if at.state.assessment is not None and not at.state.assessment.paused:
        return Move(MoveKind.ASSESSMENT_BACK)
    return Move(MoveKind.FLOW_BACK) if at.state.flow is not None else STALE


def _leave(at: _Pressed) -> Move:
    if at.state.assessment is not None:
        return Move(MoveKind.ASSESSMENT_LEAVE)
    return Move(MoveKind.FLOW_LEAVE)


def _assess(at: _Pressed) -> Move:
    return Move(MoveKind.ASSESSMENT_START, at.parts[0])


def _answer(at: _Pressed) -> Move:
    name, item, value = at.parts
    form = at.content.assessments.get(name)
    known = form is not None and item in _DIGITS[1 : len(form.items) + 1]
    if form is None or not known or value not in _DIGITS or form.find_option(int(value)) is None:
        return STALE
    progress = at.state.assessment
    if (
        progress is not None
        and progress.instrument == name
        and not progress.paused
        and len(progress.answers) + 1 == int(item)
    ):
        return answer_move(form, progress.answers, int(value), at.language)
    # An old bubble's button: it no longer counts for the form, but what it says of risk is heard.
    return Move(MoveKind.STALE, "form", risk=form.item_risk(int(item), int(value), at.language))


def _guide(at: _Pressed) -> Move:
    name, option = at.parts
    question = at.content.replies.questions.get(name)
    if question is None or option not in question.options:
        return STALE
    label = at.content.replies.of(at.language).questions[name].options[option].label
    return guide_move(name, option, label, at.state, question)


def _dir(at: _Pressed) -> Move:
    return Move(MoveKind.DIRECTORY, at.parts[0])


def _helpful(at: _Pressed) -> Move:
    known = at.content.flow(at.parts[0], at.language) is not None
    return Move(MoveKind.HELPFUL, at.parts[0], at.parts[1]) if known and at.parts[1] in ("yes", "no") else STALE


def _where(at: _Pressed) -> Move:
    return Move(MoveKind.PROFILE, "where", at.parts[0]) if at.parts[0] in (*SCOPES, "ask") else STALE


def _checkin(at: _Pressed) -> Move:
    if at.parts[0] not in at.content.replies.checkin.options:
        return STALE
    return checkin_move(
        at.parts[0], at.content.replies.of(at.language).labels[f"checkin_{at.parts[0]}"], at.state, at.content
    )


_WHOLE = {
    "human": Move(MoveKind.HUMAN, wants_person=True),
    "menu": Move(MoveKind.MENU),
    "resume": Move(MoveKind.ASSESSMENT_RESUME),
}
_READERS = {
    ("lang", 1): _lang,
    ("consent", 1): _consent,
    ("flow", 1): _flow,
    ("step", 3): _step,
    ("back", 0): _back,
    ("leave", 0): _leave,
    ("assess", 1): _assess,
    ("a", 3): _answer,
    ("g", 2): _guide,
    ("dir", 1): _dir,
    ("helpful", 2): _helpful,
    ("where", 1): _where,
    ("checkin", 1): _checkin,
}
