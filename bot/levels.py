"""From a message to the episode's level: rules over words, structured answers, and the ratchet."""

from __future__ import annotations

from actions.moves import Move, MoveKind
from bot.knowledge import Triage
from core.conversation import Conversation
from core.dialogue import DialogueState
from core.messages import InboundMessage, MessageKind
from core.risk import Domain, Level, TriageHistory, TriageResult

SECOND_READER = "reader."
"""How the rules of the learned reader begin (nlu/reader)."""
CASE_FROM = Level.L2
"""From this level on, people look after a conversation: a case is opened."""


def find_risk(triage: Triage, conversation: Conversation, message: InboundMessage, move: Move) -> TriageResult:
    """Return what triage finds in a message, with the answers it gives to questions that we asked.

    A pressed button's label is ours: what it means is its structured answer. One that we do not know says nothing for
    itself, so its words are read.
    """
    ours = message.kind is MessageKind.BUTTON and move.kind is not MoveKind.STALE
    if ours or not message.text:
        return move.risk
    history = TriageHistory(conversation.state.recent, conversation.level, conversation.state.domains)
    return triage.assess(message.text, history).joined(move.risk)


def counted_level(conversation: Conversation, found: TriageResult) -> Level:
    """Return the episode's level after a message: it only rises.

    What only the second reader saw is asked about gently before it becomes a case (triage scheme, section 3, rule 7):
    its first worry counts as L1, which brings the check-in; a second one counts in full.
    """
    level = found.level
    suspected = bool(found.evidence) and all(piece.rule.startswith(SECOND_READER) for piece in found.evidence)
    if suspected and conversation.level < Level.L1:
        level = min(level, Level.L1)
    return max(conversation.level, level)


def domains_after(state: DialogueState, found: TriageResult) -> tuple[Domain, ...]:
    """Return the episode's domains with those of a message; the ones of the latest finding lead."""
    return found.domains + tuple(domain for domain in state.domains if domain not in found.domains)
