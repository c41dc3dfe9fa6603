"""Accounts: one-time invitations, argon2id passwords, sessions in the database, lock-out."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.clock import Clock
from core.db import Database
from core.db.audit import AuditAction, record
from core.db.staff import (
    Invitation,
    LoginTakenError,
    StaffMember,
    add_invitation,
    add_session,
    add_staff,
    drop_unused_invitations,
    find_invitation,
    find_staff,
    find_staff_by_login,
    find_staff_by_session,
    has_admin,
    lock_staff,
    note_failure,
    revoke_session,
    use_invitation,
)
from core.errors import ConflictError, InvalidError, LimitedError, NotFoundError, UnauthenticatedError
from core.ids import StaffId, new_token
from core.permissions import Role

SESSION = timedelta(hours=12)
"""One long shift; a counsellor signs in once a day."""
INVITATION = timedelta(days=3)
FREE_TRIES = 5
LOCK = timedelta(minutes=5)
SHORTEST_PASSWORD = 10


class LockedError(LimitedError):
    """Too many wrong passwords; the account opens again by itself."""

    code = "locked"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; `token` is shown once, the database keeps its hash."""

    member: StaffMember
    token: str


class Accounts:
    """Who may come in."""

    def __init__(self, database: Database, clock: Clock, hasher: PasswordHasher | None = None) -> None:
        """Keep a hash to compare with when the login name is unknown, so that both take the same time."""
        self._database = database
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(new_token())

    async def invite(self, role: Role, name: str, invited_by: StaffId | None) -> tuple[str, datetime]:
        """Return the token of a new one-time link and when it ends."""
        token, now = new_token(), self._clock.now()
        async with self._database.write() as tx:
            await add_invitation(
                tx,
                token_hash=hash_token(token),
                role=role,
                name=name,
                invited_by=invited_by,
                now=now,
                expires_at=now + INVITATION,
            )
            await record(tx, AuditAction.INVITED, now, staff_id=invited_by, role=role)
        return token, now + INVITATION

    async def first_invitation(self) -> str | None:
        """Return the token of a link that sets up the first administrator; None when there is one.

        Links made by earlier starts stop working.
        """
        async with self._database.write() as tx:
            if await has_admin(tx):
                return None
            await drop_unused_invitations(tx, Role.ADMIN, self._clock.now())
        token, _ = await self.invite(Role.ADMIN, "", None)
        return token

    async def show_invitation(self, token: str) -> Invitation:
        """Return an invitation.

        Raises:
            NotFoundError: It is unknown, used or too old.
        """
        async with self._database.read() as tx:
            invitation = await find_invitation(tx, hash_token(token), self._clock.now())
        if invitation is None:
            raise NotFoundError("this link is not valid any more")
        return invitation

    async def join(self, token: str, *, login: str, name: str, password: str) -> SignedIn:
        """Use an invitation: make the account and sign in.

        Raises:
            NotFoundError: The link is unknown, used or too old.
            InvalidError: A field is too short.
            ConflictError: The login name is taken; the link can be used again.
        """
        invitation = await self.show_invitation(token)
        if len(password) < SHORTEST_PASSWORD:
            raise InvalidError("the password is too short", field="password", reason="password_short")
        if not login.strip() or not name.strip():
            raise InvalidError("login and name are needed", field="login" if not login.strip() else "name")
        password_hash = await asyncio.to_thread(self._hasher.hash, password)
        now = self._clock.now()
        # The first administrator of a small service also counsels: alone, nobody else could.
        roles = (Role.ADMIN, Role.SUPERVISOR) if invitation.role is Role.ADMIN else (invitation.role,)
        try:
            async with self._database.write() as tx:
                if not await use_invitation(tx, hash_token(token), now):
                    raise NotFoundError("this link is not valid any more")
                member = await add_staff(tx, login=login, name=name, password_hash=password_hash, roles=roles, now=now)
                await record(tx, AuditAction.ACCOUNT_CREATED, now, staff_id=member.id, target=member.id)
        except LoginTakenError as exc:
            raise ConflictError("this login name is taken", reason="login_taken", field="login") from exc
        return await self._open_session(member)

    async def sign_in(self, login: str, password: str) -> SignedIn:
        """Open a session.

        Raises:
            UnauthenticatedError: Login name or password is wrong.
            LockedError: Too many wrong tries; `retry_after_s` says how long.
        """
        now = self._clock.now()
        async with self._database.read() as tx:
            member = await find_staff_by_login(tx, login)
        _refuse_locked(member, now)
        known = member.password_hash if member else self._nobody
        if not await asyncio.to_thread(self._verify, known, password) or member is None:
            _refuse_locked(await self._count_failure(member, now), now)
            raise UnauthenticatedError("login name or password is wrong", reason="wrong_credentials")
        return await self._open_session(member)

    async def sign_out(self, token: str, staff_id: StaffId) -> None:
        """End a session."""
        async with self._database.write() as tx:
            await revoke_session(tx, hash_token(token), self._clock.now())
            await record(tx, AuditAction.SIGN_OUT, self._clock.now(), staff_id=staff_id)

    async def find_member(self, token: str) -> StaffMember | None:
        """Return whose session a token opens, or None."""
        if not token:
            return None
        async with self._database.read() as tx:
            return await find_staff_by_session(tx, hash_token(token), self._clock.now())

    async def _open_session(self, member: StaffMember) -> SignedIn:
        token, now = new_token(), self._clock.now()
        async with self._database.write() as tx:
            # Many guesses sent at once all began before the lock: a right one among them must not come in.
            _refuse_locked(await find_staff(tx, member.id), now)
            await add_session(tx, member.id, hash_token(token), now, now + SESSION)
            await record(tx, AuditAction.SIGN_IN, now, staff_id=member.id)
        return SignedIn(member, token)

    async def _count_failure(self, member: StaffMember | None, now: datetime) -> StaffMember | None:
        """Count a wrong password and return the account as it was just before."""
        async with self._database.write() as tx:
            before = await find_staff(tx, member.id) if member is not None else None
            if before is not None and not before.is_locked(now):
                failures = await note_failure(tx, before.id)
                if failures % FREE_TRIES == 0:
                    await lock_staff(tx, before.id, now + LOCK)
            await record(tx, AuditAction.SIGN_IN_FAILED, now, staff_id=member.id if member else None)
        return before

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _refuse_locked(member: StaffMember | None, now: datetime) -> None:
    if member is not None and member.locked_until is not None and member.is_locked(now):
        raise LockedError(retry_after_s=int((member.locked_until - now).total_seconds()) + 1)


def hash_token(token: str) -> str:
    """Return what the database keeps of a token; 32 random bytes need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
