"""Runs a questionnaire: one item a bubble, typed or tapped; a safety item pauses it at once."""

from __future__ import annotations

from dataclasses import replace

from core.dialogue import AssessmentProgress, DialogueState
from core.messages import Button, Reply
from core.risk import Level

from .assessments import Assessment
from .content import Content
from .facts import Facts
from .moves import Move, MoveKind
from .results import AssessmentResult
from .spoken import Spoken
from .telling import Teller

AGAIN, OFFER = "form:again", "form:offer"
"""What `pending` holds after one answer, and after two, that could not be read."""


def record_answer(facts: Facts, move: Move, content: Content) -> tuple[DialogueState, tuple[AssessmentResult, ...]]:
    """Return the state with an answer kept, paused when it means risk; and the result when it was the last."""
    progress = facts.state.assessment
    form = content.assessments.get(progress.instrument) if progress is not None else None
    if progress is None or form is None or move.kind is not MoveKind.ASSESSMENT_ANSWER or progress.paused:
        return facts.state, ()
    answers = (*progress.answers, int(move.detail))
    paused = move.risk.level >= Level.L2 or facts.level >= Level.L3
    kept = replace(facts.state, assessment=replace(progress, answers=answers, paused=paused))
    return kept, (result_of(form, answers),) if len(answers) == len(form.items) else ()


def result_of(form: Assessment, answers: tuple[int, ...]) -> AssessmentResult:
    """Return the result of a finished questionnaire."""
    score = sum(answers)
    return AssessmentResult(form.id, form.version, answers, score, form.bands.index(form.band_of(score)))


def start_form(facts: Facts, name: str, content: Content, teller: Teller) -> Spoken:
    """Begin a questionnaire, or offer those there are."""
    form = content.assessments.get(name)
    if form is None:
        return Spoken(offer_forms("form.choose" if name == "choose" else "form.none", content, teller), facts.state)
    if facts.profile.consent is False:
        buttons = (teller.button("consent_yes", "consent:yes"), teller.button("leave"), teller.button("human"))
        return Spoken(teller.say("form.consent", buttons), replace(facts.state, pending=f"consent:assess:{name}"))
    progress = AssessmentProgress(form.id, form.version)
    intro = teller.bubbles((form.intro.of(teller.language),), f"form.{form.id}.intro")
    state = replace(facts.state, assessment=progress, flow=None, pending=None)
    return Spoken((*intro, *ask_item(form, 0, teller)), state)


def offer_forms(text: str, content: Content, teller: Teller) -> tuple[Reply, ...]:
    """Return the questionnaires as buttons."""
    buttons = [Button(form.title.of(teller.language), f"assess:{form.id}") for form in content.assessments.values()]
    return teller.say(text, buttons[:4])


def ask_item(form: Assessment, position: int, teller: Teller) -> tuple[Reply, ...]:
    """Return one item with its options; the first one says the time that is meant."""
    language = teller.language
    head = f"{form.stem.of(language)}\n" if position == 0 else ""
    text = f"{head}{position + 1}/{len(form.items)} {form.items[position].text.of(language)}"
    buttons = [
        Button(f"{option.value} {option.label.of(language)}", f"a:{form.id}:{position + 1}:{option.value}")
        for option in form.options
    ]
    return (Reply(teller.author, text, f"form.{form.id}.item{position + 1}", tuple(buttons), level=teller.facts.level),)


def continue_form(facts: Facts, move: Move, content: Content, teller: Teller) -> Spoken:
    """Answer everything that is said while a questionnaire is open or paused."""
    state, progress = facts.state, facts.state.assessment
    form = content.assessments.get(progress.instrument) if progress is not None else None
    if progress is None or form is None:
        return Spoken(offer_forms("form.over", content, teller), replace(state, assessment=None))
    match move.kind:
        case MoveKind.ASSESSMENT_ANSWER:
            state, results = record_answer(facts, move, content)
            return _go_on(replace(state, pending=None), results, form, teller)
        case MoveKind.ASSESSMENT_RESUME:
            state = replace(state, assessment=replace(progress, paused=False), pending=None, flow=None)
            spoken = _go_on(state, (), form, teller)
            return replace(spoken, replies=(*teller.say("form.resumed"), *spoken.replies))
        case MoveKind.ASSESSMENT_LEAVE:
            return Spoken(
                teller.say("form.left", (teller.button("menu"), teller.button("human"))),
                replace(state, assessment=None, pending=None),
            )
        case MoveKind.ASSESSMENT_BACK:
            answers = progress.answers[:-1]
            back = replace(state, assessment=replace(progress, answers=answers, paused=False), pending=None)
            return Spoken((*teller.say("form.back"), *ask_item(form, len(answers), teller)), back)
        case MoveKind.ASSESSMENT_UNCLEAR:
            return _unclear(state, form, len(progress.answers), teller)
        case _:
            return Spoken(
                (*teller.say("form.stale"), *ask_item(form, min(len(progress.answers), len(form.items) - 1), teller)),
                state,
            )


def _unclear(state: DialogueState, form: Assessment, position: int, teller: Teller) -> Spoken:
    if state.pending in (AGAIN, OFFER):
        said = teller.say("form.offer_leave", (teller.button("leave"), teller.button("human")))
        return Spoken((*said, *ask_item(form, position, teller)), replace(state, pending=OFFER))
    return Spoken((*teller.say("form.again"), *ask_item(form, position, teller)), replace(state, pending=AGAIN))


def _go_on(state: DialogueState, results: tuple[AssessmentResult, ...], form: Assessment, teller: Teller) -> Spoken:
    progress = state.assessment
    assert progress is not None
    if len(progress.answers) < len(form.items):
        return Spoken(ask_item(form, len(progress.answers), teller), state, results)
    return Spoken(tell_result(form, progress.answers, teller), replace(state, assessment=None), results)


def tell_result(form: Assessment, answers: tuple[int, ...], teller: Teller) -> tuple[Reply, ...]:
    """Return what a total means in plain words, when to look again, and the way to a person."""
    score = sum(answers)
    band = form.band_of(score)
    language = teller.language
    name = f"form.{form.id}.result"
    said = teller.bubbles((band.says.of(language), band.next_step.of(language)), name, slots={"score": score})
    said = (*said, *teller.say("form.repeat", slots={"days": form.repeat_after_days}))
    if band.offers_person:
        return (
            *said,
            *teller.say(
                "form.person", (teller.button("human"), teller.button("directory", "dir:clinic"), teller.button("menu"))
            ),
        )
    return (*said[:-1], replace(said[-1], buttons=(teller.button("menu"), teller.button("human"))))
