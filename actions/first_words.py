"""The first words: that this is a program, what is kept, when secrecy ends, and the question for consent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.language import Language
from core.messages import Author, Button, Reply
from core.risk import Level

from .content import Content
from .facts import Facts
from .telling import Teller

MOST_IN_CRISIS = 3
"""Bubbles of a first answer from L2 up; more would bury the card and its one question."""

_PAGE_STATE = ("person.called", "person.nobody")
_SAYS_IT_IS_A_PROGRAM = "reply.about_bot"
_ASKS_FIRST = "checkin.ask"
"""A question that nothing else may stand beside."""


def introduce(facts: Facts, content: Content) -> tuple[Reply, ...]:
    """Return all first words at once, for a page that opens; from L2 up one short bubble without consent."""
    if facts.level >= Level.L2:
        return _in_crisis(facts, content)
    teller = Teller(facts, content, Author.BOT)
    return (*teller.say("intro.program"), *_rest(teller))


def with_first_words(facts: Facts, replies: Sequence[Reply], content: Content) -> tuple[tuple[Reply, ...], bool]:
    """Return the replies with the first words around them, and whether all of those have been said then.

    Below L2 one bubble says that this is a program, the answer follows, and what is kept comes last. From L2 up the
    card comes first; what is kept waits for the next turn when it would be too much, but the program still says
    what it is at once.
    """
    if facts.state.introduced or not replies:
        return tuple(replies), facts.state.introduced
    begun = any(not one.by_citizen for one in facts.state.recent)
    if facts.level >= Level.L2:
        if len(replies) < MOST_IN_CRISIS or (begun and not facts.raised):
            return (*replies[:-1], *_in_crisis(facts, content, begun=begun), *replies[-1:]), True
        return (tuple(replies) if begun else _disclosed(facts, replies, content)), False
    teller = Teller(facts, content, Author.BOT)
    known = begun or any(reply.template == _SAYS_IT_IS_A_PROGRAM for reply in replies)
    program = () if known else teller.say("intro.program")
    if replies[-1].template == _ASKS_FIRST:
        return (*program, *replies), False
    return (*program, *replies, *_rest(teller)), True


def kept(teller: Teller) -> tuple[Reply, ...]:
    """Return what is kept, for how long, and who reads it."""
    days = teller.facts.retention_days
    return teller.say("intro.kept_days", slots={"days": days}) if days else teller.say("intro.kept")


def _rest(teller: Teller) -> tuple[Reply, ...]:
    """Return what is kept and when secrecy ends, with the question for consent when it is open."""
    if teller.facts.profile.consent is not None:
        return (*kept(teller), *teller.say("intro.secrecy"))
    buttons = (
        teller.button("consent_yes", "consent:yes"),
        teller.button("consent_no", "consent:no"),
        *_place_button(teller),
        teller.button("human"),
    )
    return (*kept(teller), *teller.say("intro.consent", buttons))


def _in_crisis(facts: Facts, content: Content, *, begun: bool = False) -> tuple[Reply, ...]:
    teller = Teller(facts, content, Author.GUIDE)
    return teller.say("intro.crisis_kept" if begun else "intro.crisis", _place_button(teller))


def _place_button(teller: Teller) -> tuple[Button, ...]:
    """Return the way to the numbers of another place, while none is known."""
    return () if teller.facts.profile.outside_mainland else (teller.button("where_outside", "where:ask"),)


def _disclosed(facts: Facts, replies: Sequence[Reply], content: Content) -> tuple[Reply, ...]:
    """Say that this is a program in the bubble about people, else in the card's last one."""
    if any(reply.template == _SAYS_IT_IS_A_PROGRAM for reply in replies):
        return tuple(replies)
    teller = Teller(facts, content, Author.GUIDE)
    last = max((number for number, reply in enumerate(replies) if reply.template.startswith("card.")), default=0)
    at = next((number for number, reply in enumerate(replies) if reply.template in _PAGE_STATE), last)
    space = " " if teller.language is Language.EN else ""
    text = space.join((teller.say("intro.short")[0].text, replies[at].text))
    shown = replace(replies[at], text=text, buttons=replies[at].buttons or _place_button(teller))
    return (*replies[:at], shown, *replies[at + 1 :])
