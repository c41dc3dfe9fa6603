"""The door to everything that is said: the guide, the bot, and the words around a person."""

from __future__ import annotations

from .company import after_close, keep_company, on_claim, on_release, record_with_person
from .facts import Facts
from .first_words import introduce, with_first_words
from .guide import guide_speaks, speak_as_guide
from .results import AssessmentResult, HelpfulVote
from .selfhelp import speak_as_bot
from .spoken import Spoken, fresh_episode

__all__ = [
    "AssessmentResult",
    "Facts",
    "HelpfulVote",
    "Spoken",
    "after_close",
    "fresh_episode",
    "guide_speaks",
    "introduce",
    "keep_company",
    "on_claim",
    "on_release",
    "record_with_person",
    "speak_as_bot",
    "speak_as_guide",
    "with_first_words",
]
