"""Roles and what each may do: the one table that every route and WebSocket message refers to."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here; a person may have several."""

    COUNSELLOR = "counsellor"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that may be done, as `resource:action`."""

    CASE_LIST = "case:list"
    CASE_READ = "case:read"
    CASE_CLAIM = "case:claim"
    STAFF_READ = "staff:read"
    STAFF_INVITE = "staff:invite"


GRANTS: dict[Role, frozenset[Permission]] = {
    Role.COUNSELLOR: frozenset({Permission.CASE_LIST, Permission.CASE_READ, Permission.CASE_CLAIM}),
    Role.SUPERVISOR: frozenset(
        {Permission.CASE_LIST, Permission.CASE_READ, Permission.CASE_CLAIM, Permission.STAFF_READ}
    ),
    Role.EDITOR: frozenset(),
    Role.ADMIN: frozenset({Permission.STAFF_READ, Permission.STAFF_INVITE}),
}
"""An administrator manages accounts and reads no conversation."""


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Return everything that somebody with these roles may do."""
    return frozenset().union(*(GRANTS[role] for role in roles))
