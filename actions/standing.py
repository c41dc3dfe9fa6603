"""The facts of a conversation as it stands, for words that answer no message."""

from __future__ import annotations

from datetime import datetime

from actions.facts import Facts
from core.conversation import Case, Conversation
from core.db import Tx
from core.db.turns import view_desk
from core.language import Language
from core.messages import InboundMessage
from core.risk import TriageResult


async def standing_facts(
    tx: Tx, conversation: Conversation, case: Case | None, now: datetime, service_hours: str
) -> Facts:
    """Return what is true of a conversation now; its message is empty."""
    since = case.waiting_since if case else now
    desk = await view_desk(tx, conversation.id, conversation.level, since, now)
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
        on_duty=desk.on_duty,
        ahead=desk.ahead,
        service_hours=service_hours,
    )
