"""Words around the coming and going of a person: waiting, joining, leaving, closing."""

from __future__ import annotations

from dataclasses import replace

from core.cases import CaseStatus
from core.dialogue import DialogueState
from core.language import Language
from core.messages import Author, Reply
from core.risk import Level

from .content import Content
from .facts import Facts
from .first_words import kept
from .guide import CARD_PAUSE
from .moves import Move, MoveKind
from .progress import stopped_mark, with_answer
from .spoken import Spoken, fresh_episode
from .telling import Teller
from .tracks import current_track, is_quiet


def on_claim(facts: Facts, staff_name: str, content: Content) -> Spoken:
    """Return the one line that a person has joined; it is sent although a person owns now.

    Where the phone may not be safe nothing is said: the person's own words come first, when they think it right.
    """
    guide = replace(facts.state.guide, awaiting=None)
    state = replace(facts.state, guide=guide, pending=None)
    if is_quiet(facts, content.replies):
        return Spoken((), state)
    teller = Teller(facts, content, Author.GUIDE)
    said = (
        teller.say("person.joined", slots={"name": staff_name})
        if staff_name.strip()
        else teller.say("person.joined_unnamed")
    )
    return Spoken(tuple(replace(reply, unfenced=True) for reply in said), state)


def on_release(facts: Facts, content: Content) -> Spoken:
    """Say that the person has left and who is there now; nothing where the phone may not be safe."""
    if is_quiet(facts, content.replies):
        return Spoken((), facts.state)
    teller = Teller(facts, content, Author.GUIDE if facts.level >= Level.L2 else Author.BOT)
    last = teller.say("person.meanwhile" if facts.person_called else "person.alone_now")
    return Spoken((*teller.say("person.released"), *teller.page_bubbles(), *last), facts.state)


def after_close(facts: Facts, content: Content, resume_assessment: bool) -> Spoken:
    """Say that the talk is over and the program answers again; the episode ends, a paused form may go on.

    Where the phone may not be safe nothing is said, and the program introduces itself again to the next message.
    """
    if is_quiet(facts, content.replies):
        return Spoken((), replace(fresh_episode(facts.state), introduced=False))
    facts = replace(facts, level=Level.L0, previous_level=Level.L0)
    teller = Teller(facts, content, Author.BOT)
    state = fresh_episode(facts.state)
    form = (
        state.assessment
        if state.assessment is not None and state.assessment.instrument in content.assessments
        else None
    )
    said = teller.say("person.closed", (teller.button("menu"), teller.button("human")))
    if form is not None and resume_assessment:
        state = replace(state, assessment=replace(form, paused=True))
        said = (*said, *teller.say("person.closed_form", (teller.button("resume"), teller.button("leave"))))
    else:
        state = replace(state, assessment=None)
    if facts.profile.consent is None:
        buttons = (teller.button("consent_yes", "consent:yes"), teller.button("consent_no", "consent:no"))
        said = (*said, *kept(teller), *teller.say("consent.ask_again", buttons))
        state = replace(state, pending="consent")
    return Spoken(said, state)


def keep_company(facts: Facts, content: Content) -> Spoken:
    """Stay near while somebody waits at L3 or L4: other words each time, who is there, and the numbers.

    Nothing is said unasked where the phone may not be safe, below L3, or when a person has joined.
    """
    if facts.level < Level.L3 or is_quiet(facts, content.replies) or facts.case_status is CaseStatus.CLAIMED:
        return Spoken((), facts.state)
    teller = Teller(facts, content, Author.GUIDE)
    guide = facts.state.guide
    stopped = stopped_mark(facts) in guide.asked
    reply, said = teller.vary("guide.near" if stopped else "guide.company", guide.said)
    state = teller.page_state()
    joiner = " " if teller.language is Language.EN else ""
    replies: tuple[Reply, ...] = (replace(reply, text=joiner.join(part for part in (reply.text, state) if part)),)
    guide = replace(guide, said=said)
    if guide.card_at is None or facts.now - guide.card_at >= CARD_PAUSE:
        track = current_track(facts)
        name = f"card.{track}.{facts.level.name}"
        texts = content.replies.of(teller.language).cards[track][facts.level.name]
        card = teller.bubbles(texts[:1], name)
        replies = (*(replace(one, pinned=True) for one in card), *replies)
        guide = replace(guide, card_at=facts.now, cards=(*guide.cards, name)[-24:])
    return Spoken(replies, replace(facts.state, guide=guide))


def record_with_person(facts: Facts, move: Move) -> DialogueState:
    """Return the dialogue with structured answers kept; a person owns, so nothing is said."""
    state = replace(facts.state, guide=with_answer(facts.state.guide, move, facts))
    progress = state.assessment
    if move.kind is MoveKind.ASSESSMENT_ANSWER and progress is not None and not progress.paused:
        answers = (*progress.answers, int(move.detail))
        state = replace(state, assessment=replace(progress, answers=answers, paused=move.risk.level >= Level.L2))
    return state
