"""The guide keeps company: what is said to somebody who waits, when its time has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from actions.content import Content
from actions.facts import Facts
from actions.speak import Spoken, keep_company
from actions.standing import standing_facts
from actions.waiting import nudge
from bot.knowledge import Knowledge
from core.bus import Bus, Signal, Topic
from core.cases import CaseStatus
from core.clock import Clock
from core.conversation import Case
from core.db import Database
from core.db.due import DueRow
from core.db.turns import TurnWrite, commit_turn, load_turn
from core.deadlines import COMPANY_EVERY
from core.ids import ConversationId
from core.risk import TriageResult
from core.settings import Settings


class Company:
    """Speaks when a due row says so, never over a person."""

    def __init__(self, database: Database, knowledge: Knowledge, bus: Bus, clock: Clock, settings: Settings) -> None:
        """Keep what speaking needs."""
        self._database = database
        self._knowledge = knowledge
        self._bus = bus
        self._clock = clock
        self._settings = settings

    async def keep(self, row: DueRow) -> datetime | None:
        """Say something to a waiting citizen; return when to speak again, None when nobody waits any more."""
        case = await self._say(ConversationId(row.target), keep_company)
        if case is None or case.level not in COMPANY_EVERY:
            return None
        return self._clock.now() + COMPANY_EVERY[case.level]

    async def nudge(self, row: DueRow) -> None:
        """Repeat an unanswered safety question once, kindly, and tell staff; silence alone raises nothing."""
        case = await self._say(ConversationId(row.target), nudge)
        if case is not None:
            self._bus.publish(Signal(Topic.ALERT, case.id, "silent"))

    async def _say(
        self, conversation_id: ConversationId, words: Callable[[Facts, Content], Spoken | None]
    ) -> Case | None:
        """Commit words to a waiting conversation and return its case; None when nobody waits or nothing is said."""
        while True:
            now = self._clock.now()
            async with self._database.read() as tx:
                before = await load_turn(tx, conversation_id)
                if before.case is None or before.case.status is not CaseStatus.WAITING:
                    return None
                facts = await standing_facts(tx, before.conversation, before.case, now, self._settings.service_hours)
            spoken = words(facts, self._knowledge.content)
            if spoken is None:
                return None
            write = TurnWrite(
                conversation=before.conversation,
                handled=None,
                triage=TriageResult(),
                level=before.conversation.level,
                state=spoken.state,
                language=facts.language,
                replies=spoken.replies,
                case=before.case,
                domains=spoken.state.domains,
                subject=spoken.state.subject,
            )
            async with self._database.write() as tx:
                committed = await commit_turn(tx, write, now)
            if committed is not None:
                self._bus.publish(Signal(Topic.CONVERSATION, conversation_id))
                self._bus.publish(Signal(Topic.OUTBOX, conversation_id))
                return before.case
