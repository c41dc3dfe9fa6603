"""Words that answer no message: a safety question asked once more, and an honest word when nothing was understood."""

from __future__ import annotations

from dataclasses import replace

from core.messages import Author, Button, Reply

from .content import Content
from .facts import Facts
from .spoken import Spoken
from .telling import Teller
from .tracks import is_quiet


def nudge(facts: Facts, content: Content) -> Spoken | None:
    """Ask the open safety question once more, in other words; None when none is open or silence is safer."""
    awaiting = facts.state.guide.awaiting
    marker = f"again.{awaiting}"
    guide = facts.state.guide
    if awaiting is None or awaiting not in content.replies.questions or marker in guide.said:
        return None
    if is_quiet(facts, content.replies):
        return None
    teller = Teller(facts, content, Author.GUIDE)
    question = content.replies.of(teller.language).questions[awaiting]
    buttons = tuple(Button(option.label, f"g:{awaiting}:{key}") for key, option in question.options.items())
    said = teller.bubbles((question.ask[1],), f"ask.{awaiting}", buttons)
    return Spoken(said, replace(facts.state, guide=replace(guide, said=(*guide.said, marker)[-24:])))


def unread(facts: Facts, content: Content) -> tuple[Reply, ...]:
    """Return what is said when a message could not be read: who is there, and the numbers."""
    teller = Teller(facts, content, Author.GUIDE)
    return tuple(replace(reply, unfenced=True) for reply in (*teller.page_bubbles(), *teller.say("guide.numbers")))
