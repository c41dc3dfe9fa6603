"""Accounts: links that work once, sessions that end, a lock after wrong passwords, and who is on duty."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher

from core.clock import ManualClock
from core.db import Database
from core.db.audit import actions_on
from core.db.staff import PRESENT, count_on_duty, find_staff_by_login, has_admin, lock_staff, seen, set_duty
from core.errors import ConflictError, InvalidError, NotFoundError, UnauthenticatedError
from core.permissions import Role
from handoff.accounts import FREE_TRIES, INVITATION, LOCK, SESSION, Accounts, LockedError, SignedIn
from tests.databases import Engine
from tests.doubles.stories import add_member

PASSWORD = "right-horse-battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def accounts(database: Database, clock: ManualClock) -> Accounts:
    """Return the accounts with a hash that costs nothing."""
    return Accounts(database, clock, CHEAP)


async def join(accounts: Accounts, login: str = "lin", role: Role = Role.COUNSELLOR) -> SignedIn:
    """Invite somebody who joins at once."""
    token, _ = await accounts.invite(role, "小林", None)
    return await accounts.join(token, login=login, name="小林", password=PASSWORD)


async def test_invited_person_joins_and_is_signed_in(accounts: Accounts, database: Database) -> None:
    joined = await join(accounts, " Lin ")
    assert (joined.member.login, joined.member.roles) == ("lin", (Role.COUNSELLOR,))
    assert PASSWORD not in joined.member.password_hash
    assert joined.member.password_hash.startswith("$argon2id$")
    member = await accounts.find_member(joined.token)
    assert member is not None
    assert member.id == joined.member.id
    async with database.read() as tx:
        assert await actions_on(tx, joined.member.id) == [("staff:create", joined.member.id)]


async def test_link_works_once(accounts: Accounts) -> None:
    token, _ = await accounts.invite(Role.COUNSELLOR, "", None)
    await accounts.join(token, login="one", name="一", password=PASSWORD)
    with pytest.raises(NotFoundError):
        await accounts.join(token, login="two", name="二", password=PASSWORD)
    with pytest.raises(NotFoundError):
        await accounts.show_invitation(token)


async def test_link_used_by_two_at_once_makes_one_account(engine: Engine, clock: ManualClock) -> None:
    both = [Accounts(await engine.connect(), clock, CHEAP) for _ in range(2)]
    token, _ = await both[0].invite(Role.COUNSELLOR, "", None)
    results = await asyncio.gather(
        *(both[number % 2].join(token, login=f"login-{number}", name="一", password=PASSWORD) for number in range(6)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, SignedIn) for result in results) == 1
    assert sum(isinstance(result, NotFoundError) for result in results) == 5


async def test_link_ends(accounts: Accounts, clock: ManualClock) -> None:
    token, ends = await accounts.invite(Role.EDITOR, "", None)
    assert ends == clock.now() + INVITATION
    clock.advance(seconds=INVITATION.total_seconds())
    with pytest.raises(NotFoundError):
        await accounts.join(token, login="late", name="迟", password=PASSWORD)


async def test_taken_login_leaves_the_link_usable(accounts: Accounts) -> None:
    await join(accounts, "lin")
    token, _ = await accounts.invite(Role.COUNSELLOR, "", None)
    with pytest.raises(ConflictError) as taken:
        await accounts.join(token, login="LIN", name="林二", password=PASSWORD)
    assert taken.value.data["reason"] == "login_taken"
    joined = await accounts.join(token, login="lin2", name="林二", password=PASSWORD)
    assert joined.member.login == "lin2"


@pytest.mark.parametrize(
    ("login", "name", "password", "field"),
    [("lin", "小林", "short", "password"), ("  ", "小林", PASSWORD, "login"), ("lin", " ", PASSWORD, "name")],
)
async def test_fields_that_are_too_short(accounts: Accounts, login: str, name: str, password: str, field: str) -> None:
    token, _ = await accounts.invite(Role.COUNSELLOR, "", None)
    with pytest.raises(InvalidError) as refused:
        await accounts.join(token, login=login, name=name, password=password)
    assert refused.value.data["field"] == field


async def test_first_link_is_replaced_by_the_next_and_ends_with_an_administrator(
    accounts: Accounts, database: Database
) -> None:
    first, second = await accounts.first_invitation(), await accounts.first_invitation()
    assert first is not None
    assert second is not None
    with pytest.raises(NotFoundError):
        await accounts.show_invitation(first)
    admin = await accounts.join(second, login="admin", name="管理", password=PASSWORD)
    assert set(admin.member.roles) == {Role.ADMIN, Role.SUPERVISOR}
    assert await accounts.first_invitation() is None
    async with database.read() as tx:
        assert await has_admin(tx)


async def test_session_ends_by_sign_out_and_by_time(accounts: Accounts, clock: ManualClock) -> None:
    joined = await join(accounts)
    other = await accounts.sign_in("lin", PASSWORD)
    await accounts.sign_out(joined.token, joined.member.id)
    assert await accounts.find_member(joined.token) is None
    assert await accounts.find_member(other.token) is not None
    clock.advance(seconds=SESSION.total_seconds())
    assert await accounts.find_member(other.token) is None
    assert await accounts.find_member("") is None
    assert await accounts.find_member("made-up") is None


async def test_wrong_passwords_lock_the_account_for_a_while(accounts: Accounts, clock: ManualClock) -> None:
    await join(accounts)
    for _ in range(FREE_TRIES):
        with pytest.raises(UnauthenticatedError):
            await accounts.sign_in("lin", "wrong-password")
    with pytest.raises(LockedError) as locked:
        await accounts.sign_in("lin", PASSWORD)
    assert 0 < int(str(locked.value.data["retry_after_s"])) <= LOCK.total_seconds() + 1
    clock.advance(seconds=LOCK.total_seconds())
    assert (await accounts.sign_in("lin", PASSWORD)).member.login == "lin"
    for _ in range(FREE_TRIES - 1):  # counting begins anew after a right one
        with pytest.raises(UnauthenticatedError):
            await accounts.sign_in("lin", "wrong-password")
    assert (await accounts.sign_in("lin", PASSWORD)).member.login == "lin"


async def test_wrong_passwords_at_once_are_all_counted(engine: Engine, clock: ManualClock) -> None:
    both = [Accounts(await engine.connect(), clock, CHEAP) for _ in range(2)]
    await join(both[0])
    tries = [both[number % 2].sign_in("lin", "wrong-password") for number in range(FREE_TRIES * 4)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert all(isinstance(result, UnauthenticatedError | LockedError) for result in results)
    with pytest.raises(LockedError):
        await both[0].sign_in("lin", PASSWORD)


async def test_right_password_that_was_sent_before_the_lock_is_refused_behind_it(
    database: Database, clock: ManualClock, accounts: Accounts
) -> None:
    joined = await join(accounts)

    class SlowHasher(PasswordHasher):
        """Lets the account be locked while a password is compared."""

        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - its name there
            asyncio.run_coroutine_threadsafe(lock(), loop).result()
            return super().verify(hash, password)

    async def lock() -> None:
        async with database.write() as tx:
            await lock_staff(tx, joined.member.id, clock.now() + LOCK)

    loop = asyncio.get_running_loop()
    guessing = Accounts(database, clock, SlowHasher(time_cost=1, memory_cost=8, parallelism=1))
    for password in (PASSWORD, "wrong-password"):  # the answer must not tell which one was right
        with pytest.raises(LockedError):
            await guessing.sign_in("lin", password)
        clock.advance(seconds=LOCK.total_seconds())


async def test_unknown_login_is_refused_like_a_wrong_password(accounts: Accounts) -> None:
    await join(accounts)
    with pytest.raises(UnauthenticatedError) as unknown:
        await accounts.sign_in("nobody", PASSWORD)
    with pytest.raises(UnauthenticatedError) as wrong:
        await accounts.sign_in("lin", "wrong-password")
    assert (str(unknown.value), unknown.value.data) == (str(wrong.value), wrong.value.data)


async def test_on_duty_are_those_who_may_claim_and_have_a_console_open(database: Database, clock: ManualClock) -> None:
    counsellor = await add_member(database, clock, "lin")
    admin = await add_member(database, clock, "admin", Role.ADMIN)
    async with database.write() as tx:
        for member in (counsellor, admin):
            await set_duty(tx, member.id, on=True, now=clock.now())
    async with database.read() as tx:
        assert await count_on_duty(tx, clock.now()) == 1
        assert await count_on_duty(tx, clock.now() + PRESENT + timedelta(seconds=1)) == 0
    clock.advance(seconds=PRESENT.total_seconds() + 1)
    async with database.write() as tx:
        await seen(tx, [counsellor.id], clock.now())
        assert await count_on_duty(tx, clock.now()) == 1
        await set_duty(tx, counsellor.id, on=False, now=clock.now())
        assert await count_on_duty(tx, clock.now()) == 0
        found = await find_staff_by_login(tx, "LIN ")
    assert found is not None
    assert not found.on_duty
