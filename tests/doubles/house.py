"""The real service without its loops: a citizen says something, the turn is taken, and a test looks at what it left."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

import pytest
import structlog
from argon2 import PasswordHasher

from actions.content import load_content
from app.service import Service, open_service
from bot.knowledge import Triage
from bot.page_words import render_page
from core.clock import ManualClock
from core.conversation import Case, Conversation, TimelineMessage
from core.crypto import KeyRing
from core.db.audit import actions_on
from core.db.conversations import find_open_case, get_conversation, staff_timeline
from core.db.inbox import Received, find_conversation
from core.db.staff import StaffMember, add_session, add_staff, find_staff, set_duty
from core.ids import ConversationId, new_token
from core.messages import Author, ChannelName, InboundMessage, Location, MessageKind
from core.permissions import Role
from core.risk import TriageHistory, TriageResult
from core.routing import NluState, Route
from core.settings import Settings, load_settings
from handoff.accounts import SESSION, hash_token
from nlu.reader.both import load_both
from nlu.route_files import read_actions, read_keywords
from tests.databases import KEYS

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_content_once = cache(load_content)
_engine_once = cache(load_both)
_actions_once = cache(read_actions)
_keywords_once = cache(read_keywords)
_page_once = cache(render_page)

L4 = "我现在就站在楼顶，马上就跳下去"
L3 = "我攒了一瓶安眠药，想吃了自杀"
L2 = "我不想活了"
L0 = "最近总是睡不好"


@dataclass
class House:
    """One service; `restart` closes it as a process ends and opens it again on the same files."""

    settings: Settings
    clock: ManualClock
    keys: KeyRing
    service: Service
    _stack: AsyncExitStack
    _numbers: count[int] = field(default_factory=lambda: count(1))

    async def restart(self) -> None:
        """Close everything and start again on the same database."""
        await self._stack.aclose()
        opening = open_service(self.settings, clock=self.clock, keys=self.keys)
        self.service = await self._stack.enter_async_context(opening)

    async def write(
        self,
        text: str = "",
        who: str = "citizen",
        *,
        kind: MessageKind = MessageKind.TEXT,
        payload: str = "",
        channel: ChannelName = ChannelName.WEB,
        provider_id: str = "",
        edit_of: str = "",
        location: Location | None = None,
    ) -> Received:
        """Commit a message without taking its turn."""
        return await self.service.inbox.accept(
            InboundMessage(
                channel=channel,
                address=who,
                provider_id=provider_id or f"{who}:{next(self._numbers)}",
                kind=MessageKind.BUTTON if payload and kind is MessageKind.TEXT else kind,
                text=text,
                payload=payload,
                edit_of=edit_of,
                location=location,
            )
        )

    async def say(self, text: str = "", who: str = "citizen", **how: object) -> list[TimelineMessage]:
        """Say something and return what was answered."""
        received = await self.write(text, who, **how)  # type: ignore[arg-type]
        while await self.service.turns.take(received.conversation_id):
            pass
        timeline = await self.timeline(received.conversation_id)
        return [one for one in timeline if one.position > received.position and one.author is not Author.CITIZEN]

    async def conversation(self, who: str = "citizen", channel: ChannelName = ChannelName.WEB) -> Conversation:
        """Return somebody's conversation."""
        async with self.service.database.read() as tx:
            found = await find_conversation(self.service.database, tx, channel, who)
            assert found is not None
            return await get_conversation(tx, found)

    async def find_case(self, who: str = "citizen", channel: ChannelName = ChannelName.WEB) -> Case | None:
        """Return somebody's open case, or None."""
        conversation = await self.conversation(who, channel)
        async with self.service.database.read() as tx:
            return await find_open_case(tx, conversation.id)

    async def case(self, who: str = "citizen", channel: ChannelName = ChannelName.WEB) -> Case:
        """Return somebody's open case, which must be there."""
        case = await self.find_case(who, channel)
        assert case is not None
        return case

    async def timeline(self, conversation_id: ConversationId) -> list[TimelineMessage]:
        """Return everything that was said, whatever became of it."""
        async with self.service.database.read() as tx:
            return await staff_timeline(tx, conversation_id, limit=1000)

    async def member(self, login: str = "lin", *roles: Role, on_duty: bool = True) -> StaffMember:
        """Return an account, which is made when it is new: a counsellor's on duty unless said otherwise."""
        database, now = self.service.database, self.clock.now()
        async with database.write() as tx:
            member = await add_staff(
                tx, login=login, name=f"老师{login}", password_hash="-", roles=roles or (Role.COUNSELLOR,), now=now
            )
            if on_duty:
                await set_duty(tx, member.id, on=True, now=now)
            found = await find_staff(tx, member.id)
        assert found is not None
        return found

    async def session(self, member: StaffMember) -> str:
        """Sign somebody in and return the cookie's value."""
        token, now = new_token(), self.clock.now()
        async with self.service.database.write() as tx:
            await add_session(tx, member.id, hash_token(token), now, now + SESSION)
        return token

    async def audited(self, target: str) -> list[tuple[str, str | None]]:
        """Return what the audit log says of a target."""
        async with self.service.database.read() as tx:
            return await actions_on(tx, target)

    async def pass_time(self, *, seconds: float, step: float = 5) -> None:
        """Turn the clock and do what falls due on the way."""
        end = self.clock.now() + timedelta(seconds=seconds)
        while self.clock.now() < end:
            self.clock.advance(seconds=min(step, (end - self.clock.now()).total_seconds()))
            while await self.service.worker.tick():
                pass


@asynccontextmanager
async def open_house(folder: Path, clock: ManualClock | None = None, **settings: object) -> AsyncIterator[House]:
    """Yield a house on a database in `folder`."""
    clock = clock or ManualClock(NOON)
    chosen = load_settings(_env_file=None, var=folder, port=0, service_hours="8:00–22:00", **settings)
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(open_service(chosen, clock=clock, keys=KEYS))
        yield House(chosen, clock, KEYS, service, stack)


@pytest.fixture
def quick_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read data/ once for all tests, and hash passwords cheaply: a start takes 0.1 s instead of 1.7 s."""
    monkeypatch.setattr("app.knowledge.load_content", _content_once)
    monkeypatch.setattr("app.knowledge.load_both", _engine_once)
    monkeypatch.setattr("app.knowledge.read_actions", _actions_once)
    monkeypatch.setattr("app.knowledge.read_keywords", _keywords_once)
    monkeypatch.setattr("bot.web.site.render_page", _page_once)
    monkeypatch.setattr("handoff.accounts.PasswordHasher", lambda: CHEAP)
    # Without this structlog prints every local value of every frame, which takes a second for each error.
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


@pytest.fixture
async def house(tmp_path: Path, sqlite_template: Path, quick_start: None) -> AsyncIterator[House]:
    """Yield a house of the real service, on SQLite, at noon on a Sunday in Shanghai."""
    shutil.copy(sqlite_template, tmp_path / "xinqiao.db")
    async with open_house(tmp_path) as opened:
        yield opened


@dataclass(slots=True)
class BrokenRouter:
    """A router that breaks its promise never to raise."""

    state: NluState = NluState.DOWN

    async def route(self, text: str) -> Route:
        """Break."""
        raise RuntimeError(f"router broke on {text}")


@dataclass(slots=True)
class BrokenTriage:
    """Triage that fails `failures` times, or always, and is another one after that."""

    after: Triage | None = None
    failures: int = -1
    calls: int = 0

    def assess(self, text: str, history: TriageHistory) -> TriageResult:
        """Break, or ask the real one."""
        self.calls += 1
        if self.failures < 0 or self.calls <= self.failures:
            raise RuntimeError(f"triage broke on {text}")
        assert self.after is not None
        return self.after.assess(text, history)


def authors(replies: Sequence[TimelineMessage]) -> set[Author]:
    """Return who answered."""
    return {reply.author for reply in replies}


def words(replies: Sequence[TimelineMessage]) -> str:
    """Return all that was answered, one bubble a line."""
    return "\n".join(reply.text for reply in replies)
