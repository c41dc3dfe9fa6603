"""Accounts of staff: who they are, their sessions and invitations, and who is on duty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.db.engine import Tx
from core.db.tables import invitations, staff, staff_sessions
from core.errors import XinqiaoError
from core.ids import StaffId, new_id
from core.permissions import Permission, Role, permissions_of

PRESENT = timedelta(seconds=120)
"""On duty counts only with a console that was open this lately: a closed laptop answers nobody."""


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who works here."""

    id: StaffId
    login: str
    name: str
    roles: tuple[Role, ...]
    password_hash: str
    on_duty: bool
    seen_at: datetime | None
    failures: int
    locked_until: datetime | None

    @property
    def permissions(self) -> frozenset[Permission]:
        """Return everything that this person may do."""
        return permissions_of(self.roles)

    def is_locked(self, now: datetime) -> bool:
        """Return whether too many wrong passwords were tried."""
        return self.locked_until is not None and self.locked_until > now


class LoginTakenError(XinqiaoError):
    """Another account has this login name."""

    code = "login_taken"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time link that makes an account."""

    role: Role
    name: str
    expires_at: datetime


async def find_staff(tx: Tx, staff_id: str) -> StaffMember | None:
    """Return an account that is not disabled, or None."""
    return await _one(tx, staff.c.id == staff_id)


async def find_staff_by_login(tx: Tx, login: str) -> StaffMember | None:
    """Return the account with a login name, whatever its case, or None."""
    return await _one(tx, staff.c.login == login.strip().casefold())


async def find_staff_by_session(tx: Tx, token_hash: str, now: datetime) -> StaffMember | None:
    """Return whose session this is, or None when it has ended."""
    valid = (staff_sessions.c.expires_at > now) & staff_sessions.c.revoked_at.is_(None)
    ids = select(staff_sessions.c.staff_id).where(staff_sessions.c.token_hash == token_hash, valid)
    return await _one(tx, staff.c.id.in_(ids))


async def all_staff(tx: Tx) -> list[StaffMember]:
    """Return every account that is not disabled, by name."""
    rows = await tx.execute(select(staff).where(staff.c.disabled_at.is_(None)).order_by(staff.c.name))
    return [_member(row) for row in rows]


async def on_duty_now(tx: Tx, now: datetime) -> list[StaffMember]:
    """Return who is on duty: the one answer to that question."""
    rows = await tx.execute(
        select(staff)
        .where(staff.c.on_duty, staff.c.seen_at >= now - PRESENT, staff.c.disabled_at.is_(None))
        .order_by(staff.c.name)
    )
    return [member for member in map(_member, rows) if Permission.CASE_CLAIM in member.permissions]


async def count_on_duty(tx: Tx, now: datetime) -> int:
    """Return how many counsellors are on duty."""
    return len(await on_duty_now(tx, now))


async def set_duty(tx: Tx, staff_id: StaffId, *, on: bool, now: datetime) -> None:
    """Begin or end somebody's duty."""
    await tx.execute(update(staff).where(staff.c.id == staff_id).values(on_duty=on, seen_at=now))


async def seen(tx: Tx, staff_ids: list[StaffId], now: datetime) -> None:
    """Note that these people have a console open."""
    await tx.execute(update(staff).where(staff.c.id.in_(staff_ids)).values(seen_at=now))


async def add_staff(
    tx: Tx, *, login: str, name: str, password_hash: str, roles: tuple[Role, ...], now: datetime
) -> StaffMember:
    """Make an account.

    Raises:
        LoginTakenError: The login name is taken; the transaction cannot go on.
    """
    staff_id = StaffId(new_id())
    values = {
        "id": staff_id,
        "login": login.strip().casefold(),
        "name": name.strip(),
        "password_hash": password_hash,
        "roles": " ".join(roles),
        "on_duty": False,
        "created_at": now,
    }
    try:
        await tx.execute(insert(staff).values(**values))
    except IntegrityError as exc:
        raise LoginTakenError from exc
    member = await find_staff(tx, staff_id)
    assert member is not None
    return member


async def has_admin(tx: Tx) -> bool:
    """Return True when somebody can manage accounts."""
    return any(Role.ADMIN in member.roles for member in await all_staff(tx))


async def note_failure(tx: Tx, staff_id: StaffId) -> int:
    """Count a wrong password and return how many there have been since the last right one."""
    failures = await tx.scalar(
        update(staff).where(staff.c.id == staff_id).values(failures=staff.c.failures + 1).returning(staff.c.failures)
    )
    return int(failures or 0)


async def lock_staff(tx: Tx, staff_id: StaffId, until: datetime) -> None:
    """Refuse every password of an account for a while."""
    await tx.execute(update(staff).where(staff.c.id == staff_id).values(locked_until=until))


async def add_session(tx: Tx, staff_id: StaffId, token_hash: str, now: datetime, expires_at: datetime) -> None:
    """Sign somebody in and forget their wrong tries."""
    await tx.execute(
        insert(staff_sessions).values(token_hash=token_hash, staff_id=staff_id, created_at=now, expires_at=expires_at)
    )
    await tx.execute(update(staff).where(staff.c.id == staff_id).values(failures=0, locked_until=None))


async def revoke_session(tx: Tx, token_hash: str, now: datetime) -> None:
    """Sign somebody out."""
    await tx.execute(update(staff_sessions).where(staff_sessions.c.token_hash == token_hash).values(revoked_at=now))


async def add_invitation(
    tx: Tx, *, token_hash: str, role: Role, name: str, invited_by: StaffId | None, now: datetime, expires_at: datetime
) -> None:
    """Store a one-time link by the hash of its token."""
    await tx.execute(
        insert(invitations).values(
            token_hash=token_hash, role=role, name=name, invited_by=invited_by, created_at=now, expires_at=expires_at
        )
    )


async def find_invitation(tx: Tx, token_hash: str, now: datetime) -> Invitation | None:
    """Return an invitation that can still be used, or None."""
    row = (
        await tx.execute(
            select(invitations).where(
                invitations.c.token_hash == token_hash,
                invitations.c.used_at.is_(None),
                invitations.c.expires_at > now,
            )
        )
    ).first()
    return Invitation(Role(row.role), row.name, row.expires_at) if row else None


async def use_invitation(tx: Tx, token_hash: str, now: datetime) -> bool:
    """Use an invitation up; return False when somebody was faster."""
    result = await tx.execute(
        update(invitations)
        .where(invitations.c.token_hash == token_hash, invitations.c.used_at.is_(None))
        .values(used_at=now)
    )
    return bool(result.rowcount)


async def drop_unused_invitations(tx: Tx, role: Role, now: datetime) -> None:
    """Make earlier links for a role useless; a new one replaces them."""
    await tx.execute(
        update(invitations)
        .where(invitations.c.role == role, invitations.c.used_at.is_(None), invitations.c.invited_by.is_(None))
        .values(used_at=now)
    )


async def _one(tx: Tx, condition: ColumnElement[bool]) -> StaffMember | None:
    row = (await tx.execute(select(staff).where(condition, staff.c.disabled_at.is_(None)))).first()
    return _member(row) if row else None


def _member(row: Row[Any]) -> StaffMember:
    return StaffMember(
        id=StaffId(row.id),
        login=row.login,
        name=row.name,
        roles=tuple(Role(word) for word in row.roles.split()),
        password_hash=row.password_hash,
        on_duty=row.on_duty,
        seen_at=row.seen_at,
        failures=row.failures,
        locked_until=row.locked_until,
    )
