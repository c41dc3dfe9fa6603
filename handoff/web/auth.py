"""Every staff route declares what it needs; a route without a declaration cannot be registered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

from core.db.staff import StaffMember
from core.errors import DeniedError, UnauthenticatedError
from core.permissions import Permission
from handoff.accounts import Accounts

COOKIE = "xq_staff"
StaffHandler = Callable[[web.Request, StaffMember], Awaitable[web.StreamResponse]]
OpenHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate(StrEnum):
    """What a route asks for besides a permission."""

    NOBODY = "nobody"
    """Anybody may call it: it signs in, or shows the page."""
    SIGNED_IN = "signed_in"


@dataclass(frozen=True, slots=True)
class Declared:
    """A registered route and its need, for the test that walks them all."""

    method: str
    path: str
    need: Permission | Gate


class StaffRoutes:
    """Registers routes with their needs and checks them on every request."""

    def __init__(self, app: web.Application, accounts: Accounts) -> None:
        """Begin with no route."""
        self._app = app
        self._accounts = accounts
        self.declared: list[Declared] = []

    def open(self, method: str, path: str, handler: OpenHandler) -> None:
        """Register a route that anybody may call."""
        self.declared.append(Declared(method, path, Gate.NOBODY))
        self._app.router.add_route(method, path, handler)

    def add(self, method: str, path: str, need: Permission | Gate, handler: StaffHandler) -> None:
        """Register a route for people with a permission, or for everybody who is signed in."""
        self.declared.append(Declared(method, path, need))

        async def checked(request: web.Request) -> web.StreamResponse:
            return await handler(request, await self.allowed(request, need))

        self._app.router.add_route(method, path, checked)

    async def allowed(self, request: web.Request, need: Permission | Gate) -> StaffMember:
        """Return who is signed in.

        Raises:
            UnauthenticatedError: Nobody is.
            DeniedError: This person lacks the permission.
        """
        member = await self._accounts.find_member(request.cookies.get(COOKIE, ""))
        if member is None:
            raise UnauthenticatedError("sign in first")
        if isinstance(need, Permission) and need not in member.permissions:
            raise DeniedError("this account may not do that", needs=need)
        return member
