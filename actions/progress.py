"""What a message leaves behind of the citizen and of the guide's questions, whatever is said to it."""

from __future__ import annotations

from dataclasses import replace

from core.dialogue import GuideProgress, Profile

from .asides import STOP
from .facts import Facts
from .moves import Move, MoveKind


def stopped_mark(facts: Facts) -> str:
    """Return what `asked` holds when no more questions are wanted at this level."""
    return f"{STOP}.{facts.level.name}"


def with_answer(progress: GuideProgress, move: Move, facts: Facts) -> GuideProgress:
    """Return the progress with this message as an answer, in the option's name or the citizen's own words."""
    if move.kind is not MoveKind.GUIDE_ANSWER:
        return progress
    words = move.detail or facts.message.text[:500] or facts.message.kind.value
    awaiting = None if progress.awaiting == move.value else progress.awaiting
    return replace(progress, answers={**progress.answers, move.value: words}, awaiting=awaiting)


def changed_profile(profile: Profile, move: Move) -> Profile | None:
    """Return the profile that a consent, a place or an age leaves, or None when nothing changes."""
    told = profile
    if move.place:
        told = replace(told, outside_mainland="" if move.place == "mainland" else move.place)
    if move.age_group and not profile.age_group:
        told = replace(told, age_group=move.age_group)
    if told != profile:
        return told
    if move.kind is MoveKind.CONSENT:
        return replace(profile, consent=move.value == "yes")
    if move.kind is MoveKind.PROFILE and move.value == "where" and move.detail != "ask":
        return replace(profile, outside_mainland="" if move.detail == "mainland" else move.detail)
    return None
