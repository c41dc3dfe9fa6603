"""From a message to the episode's level: rules over words, structured answers, and the ratchet."""

from __future__ import annotations

from actions.moves import Move, MoveKind
from bot.knowledge import Triage
from core.conversation import Conversation
from core.dialogue import DialogueState
from core.messages import InboundMessage, MessageKind
from core.risk import Domain, Level, TriageHistory, TriageResult

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


def domains_after(state: DialogueState, found: TriageResult) -> tuple[Domain, ...]:
    """Return the episode's domains with those of a message; the ones of the latest finding lead."""
    return found.domains + tuple(domain for domain in state.domains if domain not in found.domains)
