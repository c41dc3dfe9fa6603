"""What a turn says and leaves behind."""

from __future__ import annotations

from dataclasses import dataclass

from core.dialogue import DialogueState, GuideProgress, Profile
from core.language import Language
from core.messages import Reply
from core.risk import Subject

from .results import AssessmentResult, HelpfulVote


@dataclass(frozen=True, slots=True)
class Spoken:
    """Replies and the dialogue after them.

    Attributes:
        replies: Bubbles in order; none when silence is right.
        state: The dialogue after this turn.
        results: Questionnaires finished in this turn.
        profile: The citizen's profile when it changed.
        language: The language when it changed.
        helpful: A vote on a flow.
    """

    replies: tuple[Reply, ...]
    state: DialogueState
    results: tuple[AssessmentResult, ...] = ()
    profile: Profile | None = None
    language: Language | None = None
    helpful: HelpfulVote | None = None


def fresh_episode(state: DialogueState) -> DialogueState:
    """Return the dialogue as a new episode begins: no cards, questions or domains; `introduced` stays."""
    return DialogueState(
        introduced=state.introduced,
        recent=(),
        domains=(),
        subject=Subject.UNKNOWN,
        flow=None,
        assessment=state.assessment,
        guide=GuideProgress(),
        pending=None,
    )
