"""What is said aside from the question that is open: are you a person, when will they come, stop asking."""

from __future__ import annotations

from core.dialogue import DialogueState

from .content import Content
from .matching import Words
from .moves import Move, MoveKind
from .replies import THIRD_DANGER, THIRD_SUICIDE

ABOUT_BOT, WHO_COMES, HOW_TO_ASK, REGRET, STOP = "about_bot", "who_comes", "how_to_ask", "regret", "stop"
_URGENT = ("L3", "L4")
_TO_ONESELF = frozenset({"suicide", "self_harm", "overdose", "general"})
_LONGEST_ABOUT = 40


def find_aside(text: str, state: DialogueState, content: Content, words: Words) -> Move | None:
    """Return what is meant aside from the open question, or None; only where it makes sense in this dialogue."""
    number = _about_number(text, content, words)
    if number is not None:
        return number
    if words.says(ABOUT_BOT, text):
        return Move(MoveKind.ASIDE, ABOUT_BOT)
    found = _in_crisis(text, state, words)
    if found is not None:
        return found
    # Without a waiting case these words are small talk, so the router looks at them too.
    return Move(MoveKind.ASIDE, WHO_COMES, needs_route=True) if words.says(WHO_COMES, text) else None


def is_lost(text: str, words: Words) -> bool:
    """Return whether somebody writes that the other person cannot be found or reached."""
    return words.contains("lost", text, short=False)


def _in_crisis(text: str, state: DialogueState, words: Words) -> Move | None:
    """Return what only means something after a card."""
    if not state.guide.cards:
        return None
    _, track, level = state.guide.cards[-1].split(".")
    if words.says(STOP, text):
        return Move(MoveKind.ASIDE, STOP)
    if track in (THIRD_SUICIDE, THIRD_DANGER):
        if state.guide.answers.get("other_where") != "lost" and is_lost(text, words):
            return Move(MoveKind.GUIDE_ANSWER, "other_where", "lost")
        return Move(MoveKind.ASIDE, HOW_TO_ASK) if words.says(HOW_TO_ASK, text) else None
    if track in _TO_ONESELF and level in _URGENT and words.says(REGRET, text):
        return Move(MoveKind.ASIDE, REGRET)
    return None


def _about_number(text: str, content: Content, words: Words) -> Move | None:
    """Return a question about one number of the directory, such as 12356是什么; a story with a number is none."""
    if len(text) > _LONGEST_ABOUT:
        return None
    for service in content.directory.services:
        if service.shown and service.number in text:
            rest = text.replace(service.number, " ", 1)
            if not any(letter.isdigit() for letter in rest) and (
                not any(letter.isalpha() for letter in rest) or words.means("about_number", rest)
            ):
                return Move(MoveKind.DIRECTORY, "number", service.number)
    return None
