"""The facts of a conversation as it stands, for words that answer no message."""

from __future__ import annotations

from datetime import datetime

from actions.facts import Facts
from core.db.turns import TurnInput
from core.language import Language
from core.messages import InboundMessage
from core.risk import TriageResult


def standing_facts(before: TurnInput, now: datetime, service_hours: str) -> Facts:
    """Return what is true of a conversation now; its message is empty."""
    conversation, case = before.conversation, before.case
    return Facts(
        now=now,
        language=conversation.language or Language.ZH,
        state=conversation.state,
        profile=conversation.profile,
        message=InboundMessage(conversation.channel, conversation.address, ""),
        level=conversation.level,
        previous_level=conversation.level,
        triage=TriageResult(),
        case_status=case.status if case else None,
        case_opened=False,
        on_duty=before.on_duty,
        ahead=before.ahead(conversation.level, case.waiting_since if case else now),
        service_hours=service_hours,
    )
