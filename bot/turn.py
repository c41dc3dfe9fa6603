"""The turn of a conversation: triage, who speaks, one conditional write."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from actions.facts import Facts
from actions.interpret import interpret
from actions.moves import Move
from actions.records import finished_record
from actions.speak import (
    Spoken,
    fresh_episode,
    guide_speaks,
    introduce,
    record_with_person,
    speak_as_bot,
    speak_as_guide,
    with_first_words,
)
from actions.waiting import unread
from bot.knowledge import Knowledge
from bot.levels import CASE_FROM, counted_level, domains_after, find_risk
from core.bus import Bus, Signal, Topic
from core.cases import CaseReason, CaseStatus
from core.clock import Clock
from core.conversation import PendingMessage
from core.db import Database, Tx
from core.db.due import DueKind
from core.db.inbox import count_attempt, next_pending
from core.db.turns import (
    CaseChange,
    DeskView,
    TurnCommitted,
    TurnInput,
    TurnWrite,
    commit_turn,
    load_turn,
    said_before,
    view_desk,
)
from core.deadlines import COMPANY_AFTER, L1_EPISODE_ENDS_AFTER, NUDGE_AFTER, UNANSWERED, UNCLAIMED_AFTER
from core.dialogue import DialogueState
from core.errors import XinqiaoError
from core.ids import ConversationId
from core.language import Language
from core.messages import Author, InboundMessage, Reply
from core.risk import Level, Subject, TriageResult, Utterance
from core.routing import Route
from core.settings import Settings
from nlu.language import detect_language

RECENT = 12
"""Utterances kept for triage; older evidence lives on in the episode's level."""
UTTERANCE_LENGTH = 1000
TRIES = 20
"""How often a turn is computed again because somebody else wrote first."""


class TooManyTriesError(XinqiaoError):
    """A conversation changed faster than its turn could be computed."""

    code = "too_many_tries"


class TurnTaker:
    """Handles one message of one conversation at a time; safe to run beside other takers."""

    def __init__(self, database: Database, knowledge: Knowledge, bus: Bus, clock: Clock, settings: Settings) -> None:
        """Keep what every turn needs."""
        self._database = database
        self._knowledge = knowledge
        self._bus = bus
        self._clock = clock
        self._settings = settings

    async def take(self, conversation_id: ConversationId) -> bool:
        """Handle the oldest unhandled message, if there is one; return True when another one waits.

        Raises:
            TooManyTriesError: Others wrote to the conversation all the time; try again later.
        """
        return await self._take(conversation_id, fallback=False)

    async def give_to_people(self, conversation_id: ConversationId) -> bool:
        """Handle a message that no turn could be computed for: a case for a person, and an honest word."""
        return await self._take(conversation_id, fallback=True)

    async def note_failure(self, conversation_id: ConversationId) -> int:
        """Count a failed turn of the oldest unhandled message and return how many it has had."""
        async with self._database.read() as tx:
            pending = await next_pending(tx, conversation_id)
        if pending is None:
            return 0
        async with self._database.write() as tx:
            return await count_attempt(tx, pending.id)

    async def greet(self, conversation_id: ConversationId) -> None:
        """Say the first words to somebody who has opened the page and not written yet."""
        for _ in range(TRIES):
            async with self._database.read() as tx:
                before = await load_turn(tx, conversation_id)
            if before.conversation.state.introduced or before.conversation.last_position > 0:
                return
            language = self._language(before, None)
            level = before.conversation.level
            facts = await self._facts(before, None, TriageResult(), level, CaseChange(), language)
            state = dataclasses.replace(before.conversation.state, introduced=True)
            write = TurnWrite(
                conversation=before.conversation,
                handled=None,
                triage=TriageResult(),
                level=before.conversation.level,
                state=state,
                language=facts.language,
                replies=introduce(facts, self._knowledge.content),
                case=before.case,
            )
            if await self._commit(write):
                return

    async def _take(self, conversation_id: ConversationId, *, fallback: bool) -> bool:
        for _ in range(TRIES):
            async with self._database.read() as tx:
                pending = await next_pending(tx, conversation_id)
                if pending is None:
                    return False
                before = await _without_old_episode(tx, await load_turn(tx, conversation_id), pending)
            compute = self._without_reading if fallback else self._computed
            committed = await self._commit(await compute(before, pending))
            if committed is not None:
                return committed.more
        raise TooManyTriesError

    async def _computed(self, before: TurnInput, pending: PendingMessage) -> TurnWrite:
        knowledge = dataclasses.replace(self._knowledge)  # one content for the whole turn
        conversation, case = before.conversation, before.case
        language = self._language(before, pending)
        move = interpret(pending.message, conversation.state, knowledge.content, language)
        found = find_risk(knowledge.triage, conversation, pending.message, move)
        level = counted_level(conversation, found)
        owned = case is not None and case.status is CaseStatus.CLAIMED
        route = None
        if not owned and level <= Level.L2 and move.needs_route:
            self._bus.publish(Signal(Topic.TYPING, conversation.id, Author.BOT))
            route = await knowledge.router.route(pending.message.text)
            if route.sure and route.action == "human":
                move = dataclasses.replace(move, wants_person=True)
        change = self._case_change(before, level, move)
        facts = await self._facts(before, pending, found, level, change, language)
        spoken = self._spoken(facts, move, route, knowledge, owned=owned)
        replies, introduced = self._with_first_words(facts, spoken, knowledge, owned=owned)
        state = dataclasses.replace(self._remember(spoken.state, facts, replies), introduced=introduced)
        return TurnWrite(
            conversation=conversation,
            handled=pending,
            triage=found,
            level=level,
            state=state,
            language=spoken.language or language,
            replies=replies,
            profile=spoken.profile,
            case=case,
            case_change=change,
            domains=state.domains,
            subject=state.subject,
            new_owner=change.open_for is not None or (change.raised and level >= Level.L3),
            records=tuple(
                record
                for result in spoken.results
                if (record := finished_record(result, knowledge.content, language, facts.now))
            ),
            votes=((vote.slug, vote.version, vote.helped),) if (vote := spoken.helpful) else (),
            dues=self._dues(before, level, change, state, owned=owned),
        )

    async def _without_reading(self, before: TurnInput, pending: PendingMessage) -> TurnWrite:
        """Return a turn that understands nothing of a message and so gives it to people."""
        level = max(before.conversation.level, Level.L2)
        change = CaseChange() if before.case else CaseChange(open_for=CaseReason.RISK)
        found = TriageResult(level=Level.L2)
        facts = await self._facts(before, pending, found, level, change, self._language(before, pending))
        owned = before.case is not None and before.case.status is CaseStatus.CLAIMED
        return TurnWrite(
            conversation=before.conversation,
            handled=pending,
            triage=found,
            level=level,
            state=before.conversation.state,
            language=facts.language,
            replies=() if owned else unread(facts, self._knowledge.content),
            case=before.case,
            case_change=change,
            new_owner=change.open_for is not None,
            dues=self._dues(before, level, change, before.conversation.state, owned=owned),
        )

    def _spoken(self, facts: Facts, move: Move, route: Route | None, knowledge: Knowledge, *, owned: bool) -> Spoken:
        """Return what is said, by the one author whose turn it is."""
        if owned:  # only the person speaks
            return Spoken(replies=(), state=record_with_person(facts, move))
        if facts.level >= Level.L3 or guide_speaks(facts, move):
            return speak_as_guide(facts, move, knowledge.content)
        return speak_as_bot(facts, move, route, knowledge.content)

    def _case_change(self, before: TurnInput, level: Level, move: Move) -> CaseChange:
        if before.case is not None:
            return CaseChange(raised=level > before.case.level, requested=move.wants_person)
        if level >= CASE_FROM:
            return CaseChange(open_for=CaseReason.RISK)
        return CaseChange(open_for=CaseReason.HUMAN_REQUEST if move.wants_person else None)

    async def _facts(
        self,
        before: TurnInput,
        pending: PendingMessage | None,
        found: TriageResult,
        level: Level,
        change: CaseChange,
        language: Language,
    ) -> Facts:
        conversation, case = before.conversation, before.case
        opens = change.open_for is not None
        now = self._clock.now()
        desk = DeskView()
        if case is not None or opens:  # only then anything is said of people
            async with self._database.read() as tx:
                desk = await view_desk(tx, conversation.id, level, case.waiting_since if case else now, now)
        state = conversation.state
        known = dataclasses.replace(
            state, domains=domains_after(state, found), subject=_subject_after(state.subject, found)
        )
        return Facts(
            now=now,
            language=language,
            state=known,
            profile=conversation.profile,
            message=pending.message if pending else InboundMessage(conversation.channel, conversation.address, ""),
            level=level,
            previous_level=conversation.level,
            triage=found,
            case_status=case.status if case else CaseStatus.WAITING if opens else None,
            case_opened=opens,
            on_duty=desk.on_duty,
            ahead=desk.ahead,
            service_hours=self._settings.service_hours,
            retention_days=self._settings.retention_days,
        )

    def _with_first_words(
        self, facts: Facts, spoken: Spoken, knowledge: Knowledge, *, owned: bool
    ) -> tuple[tuple[Reply, ...], bool]:
        """Return the replies with the first words around them, and whether those have been said then."""
        if owned:
            return spoken.replies, facts.state.introduced
        told = dataclasses.replace(
            facts, language=spoken.language or facts.language, profile=spoken.profile or facts.profile
        )
        return with_first_words(told, spoken.replies, knowledge.content)

    def _language(self, before: TurnInput, pending: PendingMessage | None) -> Language:
        """Return the language to answer in: as the first words are written, later as it was or was chosen.

        A page or an app opens in its device's language, which is a guess; what a citizen writes first is not.
        """
        conversation = before.conversation
        has_written = any(said.by_citizen for said in conversation.state.recent)
        if conversation.language is not None and (has_written or pending is None):
            return conversation.language
        written = detect_language(pending.message.text) if pending else None
        return written or conversation.language or Language.ZH

    def _remember(self, state: DialogueState, facts: Facts, replies: Sequence[Reply]) -> DialogueState:
        """Return the state after the turn, with what was said and what the episode is about by now."""
        recent = [*facts.state.recent]
        if facts.message.text:
            recent.append(Utterance(by_citizen=True, text=facts.message.text[:UTTERANCE_LENGTH]))
        if replies:
            recent.append(Utterance(by_citizen=False, text=replies[-1].text))
        return dataclasses.replace(
            state, recent=tuple(recent[-RECENT:]), domains=facts.state.domains, subject=facts.state.subject
        )

    def _dues(
        self, before: TurnInput, level: Level, change: CaseChange, state: DialogueState, *, owned: bool
    ) -> tuple[tuple[DueKind, datetime], ...]:
        now = self._clock.now()
        if owned:
            return ((DueKind.UNANSWERED, now + UNANSWERED),)
        dues = []
        if change.open_for is not None or change.raised or change.requested:
            dues.append((DueKind.UNCLAIMED, now + UNCLAIMED_AFTER.get(level, UNCLAIMED_AFTER[Level.L2])))
        if level in COMPANY_AFTER:
            dues.append((DueKind.COMPANY, now + COMPANY_AFTER[level]))
        elif level is Level.L2 and state.guide.awaiting:
            dues.append((DueKind.NUDGE, now + NUDGE_AFTER))
        return tuple(dues)

    async def _commit(self, write: TurnWrite) -> TurnCommitted | None:
        async with self._database.write() as tx:
            committed = await commit_turn(tx, write, self._clock.now())
        if committed is not None:
            self._wake(write, committed)
        return committed

    def _wake(self, write: TurnWrite, committed: TurnCommitted) -> None:
        conversation = write.conversation
        self._bus.publish(Signal(Topic.CONVERSATION, conversation.id))
        if write.replies:
            self._bus.publish(Signal(Topic.OUTBOX, conversation.id))
        if committed.case_id is None:
            return
        self._bus.publish(Signal(Topic.QUEUE))
        change = write.case_change
        if committed.case_opened:
            self._bus.publish(Signal(Topic.ALERT, committed.case_id, "opened"))
        elif change.raised or change.requested:
            self._bus.publish(Signal(Topic.ALERT, committed.case_id, "raised" if change.raised else "requested"))


async def _without_old_episode(tx: Tx, before: TurnInput, pending: PendingMessage) -> TurnInput:
    """Return the input of a new episode when one at L1 has lain quiet for a week (triage scheme, section 3, rule 5).

    From L2 on only a person ends an episode.
    """
    conversation = before.conversation
    if conversation.level is not Level.L1 or before.case is not None:
        return before
    last = await said_before(tx, conversation.id, pending.position)
    if last is None or pending.at - last < L1_EPISODE_ENDS_AFTER:
        return before
    fresh = dataclasses.replace(conversation, level=Level.L0, episode=None, state=fresh_episode(conversation.state))
    return dataclasses.replace(before, conversation=fresh)


def _subject_after(before: Subject, found: TriageResult) -> Subject:
    """Return whose risk the episode is about: the latest finding says, and what is unknown changes nothing."""
    return before if found.subject is Subject.UNKNOWN or not found.domains else found.subject
