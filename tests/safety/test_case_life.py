"""A case's life in any order of events: levels only rise, one case, one owner, and only one author may speak."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from core.cases import CaseStatus, Outcome
from core.conversation import TimelineMessage
from core.db.staff import StaffMember, set_duty
from core.errors import ConflictError
from core.messages import Author
from core.risk import Level
from tests.doubles.house import L0, L2, L3, L4, House, authors, open_house

T = TypeVar("T")
TEXTS = [L0, L2, L3, L4, "人工", "菜单", "我没事了", "嗯", "1", "退出"]
PRESSED = ["human", "flow:sleep", "assess:phq9", "a:phq9:1:1", "leave", "menu", "g:when:now", "consent:no"]


class CaseLife(RuleBasedStateMachine):
    """One conversation and two counsellors; every rule is one thing that somebody does."""

    template: Path

    def __init__(self) -> None:
        """Open a house on a database of its own."""
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="xq-life-")
        shutil.copy(self.template, Path(self.folder.name) / "xinqiao.db")
        self.stack = AsyncExitStack()
        self.house: House = self.run(self.stack.enter_async_context(open_house(Path(self.folder.name))))
        self.members: list[StaffMember] = [self.run(self.house.member(login)) for login in ("a", "b")]
        self.run(self.house.say("你好"))
        self.level = Level.L0
        self.owner: StaffMember | None = None
        self.open = False

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        """Close the house."""
        self.run(self.stack.aclose())
        self.loop.close()
        self.folder.cleanup()

    def check_reply(self, said: list[TimelineMessage]) -> None:
        """Check who spoke, given who owned when the message came."""
        conversation = self.run(self.house.conversation())
        if self.owner is not None:
            assert said == []
        elif conversation.level >= Level.L3:
            assert authors(said) == {Author.GUIDE}
        else:
            assert said
            assert Author.PERSON not in authors(said)
        assert conversation.level >= self.level
        self.level = conversation.level
        self.open = self.run(self.house.find_case()) is not None

    @rule(text=st.sampled_from(TEXTS))
    def citizen_writes(self, text: str) -> None:
        """The citizen writes."""
        self.check_reply(self.run(self.house.say(text)))

    @rule(payload=st.sampled_from(PRESSED))
    def citizen_presses(self, payload: str) -> None:
        """The citizen presses a button, of whatever age."""
        self.check_reply(self.run(self.house.say("按了", payload=payload)))

    @precondition(lambda self: self.open)
    @rule(who=st.integers(0, 1))
    def claim(self, who: int) -> None:
        """Somebody claims: it works when nobody else owns."""
        member = self.members[who]
        case = self.run(self.house.case())
        try:
            claimed = self.run(self.house.service.desk.claim(case.id, member))
        except ConflictError as conflict:
            assert self.owner not in {None, member}
            assert self.owner is not None
            assert conflict.data["owner_id"] == self.owner.id  # noqa: PT017 - what is refused names the owner
        else:
            assert self.owner in {None, member}
            assert claimed.owner_id == member.id
            self.owner = member

    @precondition(lambda self: self.open)
    @rule(who=st.integers(0, 1), text=st.sampled_from(["我在", "慢慢说"]), number=st.integers(0, 10_000))
    def say(self, who: int, text: str, number: int) -> None:
        """Somebody writes to the citizen: only the owner can."""
        self.only_for_the_owner(
            who,
            self.house.service.desk.say(
                self.run(self.house.case()).id,
                self.members[who],
                text=text,
                client_id=f"client-{who}-{number:05}",
                seen=10**9,
            ),
        )

    @precondition(lambda self: self.open)
    @rule(who=st.integers(0, 1))
    def release(self, who: int) -> None:
        """Somebody gives the case back: only the owner can, and its waiting time stays."""
        before = self.run(self.house.case())
        if self.only_for_the_owner(who, self.house.service.desk.release(before.id, self.members[who])):
            self.owner = None
            assert self.run(self.house.case()).waiting_since == before.waiting_since

    @precondition(lambda self: self.open)
    @rule(who=st.integers(0, 1))
    def close(self, who: int) -> None:
        """Somebody closes the case: only the owner can, and only this ends the episode."""
        case = self.run(self.house.case())
        desk = self.house.service.desk
        closing = desk.close(case.id, self.members[who], outcome=Outcome.SUPPORTED, note="好", resume_assessment=True)
        if self.only_for_the_owner(who, closing):
            self.owner, self.open, self.level = None, False, Level.L0

    def only_for_the_owner(self, who: int, work: Coroutine[Any, Any, object]) -> bool:
        """Do what only the owner can do; return whether it was done."""
        if self.owner == self.members[who]:
            self.run(work)
            return True
        with pytest.raises(ConflictError) as refused:
            self.run(work)
        assert refused.value.data["reason"] == "not_owner"
        return False

    @rule(who=st.integers(0, 1), on=st.booleans())
    def change_duty(self, who: int, on: bool) -> None:
        """Somebody begins or ends duty; a case is not touched by it."""

        async def change() -> None:
            async with self.house.service.database.write() as tx:
                await set_duty(tx, self.members[who].id, on=on, now=self.house.clock.now())

        self.run(change())

    @rule(seconds=st.sampled_from([5, 60, 400, 90_000]))
    def time_passes(self, seconds: int) -> None:
        """Time passes, and what falls due is done; nobody but the guide speaks, and never over a person."""
        before = len(self.timeline())
        self.house.clock.advance(seconds=seconds)
        self.run(self.house.service.worker.tick())
        said = self.timeline()[before:]
        if self.owner is not None or self.level < Level.L2:
            assert said == []
        else:
            assert authors(said) <= {Author.GUIDE}

    @rule()
    def restart(self) -> None:
        """The process ends and starts again."""
        self.run(self.house.restart())

    def timeline(self) -> list[TimelineMessage]:
        """Return everything that was said."""
        return self.run(self.house.timeline(self.run(self.house.conversation()).id))

    @invariant()
    def conversation_and_case_agree(self) -> None:
        """The database says what was done, and nothing else has happened."""
        conversation, case = self.run(self.house.conversation()), self.run(self.house.find_case())
        assert conversation.level == self.level
        assert (case is not None) == self.open
        assert self.open or self.level < Level.L2
        if case is not None:
            assert case.level == conversation.level
            assert case.episode == conversation.episode
            assert case.owner_id == (self.owner.id if self.owner else None)
            assert case.status is (CaseStatus.CLAIMED if self.owner else CaseStatus.WAITING)

    @invariant()
    def positions_have_no_gap(self) -> None:
        """Nothing is lost and nothing stands twice."""
        assert [one.position for one in self.timeline()] == list(range(1, len(self.timeline()) + 1))


def test_case_life(sqlite_template: Path, quick_start: None) -> None:
    CaseLife.template = sqlite_template
    run_state_machine_as_test(
        CaseLife,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
