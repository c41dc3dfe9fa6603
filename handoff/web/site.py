"""The console's routes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from actions.records import open_record
from core.bus import Bus, Signal, Topic
from core.cases import Outcome
from core.clock import Clock
from core.db import Database
from core.db.audit import AuditAction, record
from core.db.cases import case_events_of, closed_cases, earlier_cases, get_case, get_entry, records_of
from core.db.conversations import get_conversation, staff_timeline
from core.db.staff import StaffMember, all_staff, find_staff, set_duty
from core.errors import ConflictError, InvalidError, NotFoundError
from core.ids import CaseId, MessageId, is_id
from core.language import Language
from core.permissions import Permission, Role
from core.settings import Settings
from core.web import StrictBody, as_json, read_body
from handoff.accounts import SESSION, Accounts, SignedIn
from handoff.desk import ContentHolder, Desk
from handoff.web.auth import COOKIE, Gate, StaffRoutes
from handoff.web.live import StaffLive
from handoff.web.view import (
    answers_view,
    case_view,
    event_view,
    me_view,
    messages_view,
    names_of_staff,
    overview_view,
    person_view,
    record_view,
)

DIST = Path(__file__).parent.parent / "console" / "dist"
PAGE = 100
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
ClientId = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{8,64}$")]
Word = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""A login or a name; PostgreSQL cannot keep a NUL in plain text."""


class SignInBody(StrictBody):
    """Opens a session."""

    login: Word
    password: Annotated[str, Field(max_length=1024)]


class JoinBody(SignInBody):
    """Uses an invitation."""

    token: Annotated[str, Field(max_length=128)]
    name: Word


class InviteBody(StrictBody):
    """Makes an invitation."""

    role: Role
    name: Word = ""


class DutyBody(StrictBody):
    """Begins or ends duty."""

    on: bool


class SayBody(StrictBody):
    """A counsellor's words to a citizen."""

    client_id: ClientId
    text: Text
    seen: Annotated[int, Field(ge=0)]


class NoteBody(StrictBody):
    """An internal note."""

    client_id: ClientId
    text: Text


class CloseBody(StrictBody):
    """How a case ends."""

    outcome: Outcome
    note: Annotated[str, Field(max_length=20_000)] = ""
    resume_assessment: bool = False


class StaffSite:
    """The staff's side of the web server."""

    def __init__(
        self,
        *,
        database: Database,
        accounts: Accounts,
        desk: Desk,
        live: StaffLive,
        knowledge: ContentHolder,
        bus: Bus,
        clock: Clock,
        settings: Settings,
    ) -> None:
        """Keep what the routes need."""
        self._database = database
        self._accounts = accounts
        self._desk = desk
        self._live = live
        self._knowledge = knowledge
        self._bus = bus
        self._clock = clock
        self._settings = settings

    def add_routes(self, app: web.Application) -> StaffRoutes:
        """Register every route of the staff's side, each with what it needs."""
        routes = StaffRoutes(app, self._accounts)
        self._add_page(app, routes)
        routes.open("GET", "/staff/api/invitation", self.show_invitation)
        routes.open("POST", "/staff/api/invitation", self.join)
        routes.open("POST", "/staff/api/session", self.sign_in)
        routes.add("GET", "/staff/api/session", Gate.SIGNED_IN, self.show_session)
        routes.add("DELETE", "/staff/api/session", Gate.SIGNED_IN, self.sign_out)
        routes.add("POST", "/staff/api/invitations", Permission.STAFF_INVITE, self.invite)
        routes.add("GET", "/staff/api/staff", Permission.STAFF_READ, self.show_staff)
        routes.add("PUT", "/staff/api/duty", Permission.CASE_CLAIM, self.change_duty)
        routes.add("GET", "/staff/api/overview", Permission.CASE_LIST, self.show_overview)
        routes.add("GET", "/staff/api/cases", Permission.CASE_LIST, self.show_closed)
        routes.add("GET", "/staff/api/cases/{case}", Permission.CASE_READ, self.show_case)
        routes.add("GET", "/staff/api/cases/{case}/messages", Permission.CASE_READ, self.show_messages)
        routes.add("POST", "/staff/api/cases/{case}/claim", Permission.CASE_CLAIM, self.claim)
        routes.add("POST", "/staff/api/cases/{case}/release", Permission.CASE_CLAIM, self.release)
        routes.add("POST", "/staff/api/cases/{case}/messages", Permission.CASE_CLAIM, self.say)
        routes.add("POST", "/staff/api/cases/{case}/notes", Permission.CASE_READ, self.add_note)
        routes.add("POST", "/staff/api/cases/{case}/close", Permission.CASE_CLAIM, self.close)
        routes.add("POST", "/staff/api/messages/{message}/retry", Permission.CASE_CLAIM, self.retry)
        routes.add("GET", "/staff/api/live", Permission.CASE_LIST, self._live.listen)
        return routes

    def _add_page(self, app: web.Application, routes: StaffRoutes) -> None:
        async def show_page(_request: web.Request) -> web.StreamResponse:
            page = DIST / "index.html"
            if not page.exists():
                raise NotFoundError("the console is not built; run: make console")
            return web.FileResponse(page, headers={"Cache-Control": "no-cache"})

        async def to_page(_request: web.Request) -> web.StreamResponse:
            raise web.HTTPFound("/staff/")

        routes.open("GET", "/staff", to_page)
        routes.open("GET", "/staff/", show_page)
        if (DIST / "assets").is_dir():
            app.router.add_static("/staff/assets", DIST / "assets")
        for extra in sorted(DIST.glob("*.svg")):
            app.router.add_get(f"/staff/{extra.name}", _file(extra))

    async def show_invitation(self, request: web.Request) -> web.Response:
        """Show what a one-time link is for."""
        invitation = await self._accounts.show_invitation(request.query.get("token", ""))
        return as_json(
            {"role": invitation.role, "name": invitation.name, "expires_at": invitation.expires_at.isoformat()}
        )

    async def join(self, request: web.Request) -> web.Response:
        """Make an account with a one-time link and sign in."""
        body = await read_body(request, JoinBody)
        signed_in = await self._accounts.join(body.token, login=body.login, name=body.name, password=body.password)
        return self._welcome(signed_in, status=201)

    async def sign_in(self, request: web.Request) -> web.Response:
        """Open a session."""
        body = await read_body(request, SignInBody)
        return self._welcome(await self._accounts.sign_in(body.login, body.password), status=200)

    async def show_session(self, _request: web.Request, member: StaffMember) -> web.Response:
        """Show who is signed in."""
        return as_json(me_view(member))

    async def sign_out(self, request: web.Request, member: StaffMember) -> web.Response:
        """End the session."""
        await self._accounts.sign_out(request.cookies[COOKIE], member.id)
        response = web.Response(status=204)
        response.del_cookie(COOKIE, path="/staff")
        return response

    async def invite(self, request: web.Request, member: StaffMember) -> web.Response:
        """Make a one-time link."""
        body = await read_body(request, InviteBody)
        token, expires_at = await self._accounts.invite(body.role, body.name, member.id)
        return as_json({"link": f"/staff/#/join/{token}", "expires_at": expires_at.isoformat()}, status=201)

    async def show_staff(self, _request: web.Request, _member: StaffMember) -> web.Response:
        """List the accounts."""
        async with self._database.read() as tx:
            members = await all_staff(tx)
        shown = [me_view(member) for member in members]
        for view in shown:
            del view["permissions"]
        return as_json({"staff": shown})

    async def change_duty(self, request: web.Request, member: StaffMember) -> web.Response:
        """Begin or end the caller's duty."""
        body = await read_body(request, DutyBody)
        now = self._clock.now()
        async with self._database.write() as tx:
            await set_duty(tx, member.id, on=body.on, now=now)
            await record(tx, AuditAction.DUTY, now, staff_id=member.id, on=body.on)
            changed = await find_staff(tx, member.id)
        self._bus.publish(Signal(Topic.QUEUE))
        return as_json(me_view(changed or member))

    async def show_overview(self, _request: web.Request, member: StaffMember) -> web.Response:
        """Show the queue; its quotes are a read."""
        await self._note_queue_read(member)
        async with self._database.read() as tx:
            return as_json(await overview_view(tx, self._clock.now(), self._live.health()))

    async def show_closed(self, request: web.Request, member: StaffMember) -> web.Response:
        """List closed cases, the latest first; their quotes are a read."""
        if request.query.get("status", "closed") != "closed":
            raise InvalidError("open cases are in the overview", field="status")
        await self._note_queue_read(member)
        async with self._database.read() as tx:
            names = await names_of_staff(tx)
            entries = await closed_cases(tx, _time_of(request, "before"))
        return as_json({"cases": [case_view(entry, names) for entry in entries]})

    async def show_case(self, request: web.Request, member: StaffMember) -> web.Response:
        """Show a case with its conversation; the read is audited before it is answered."""
        case_id = _case(request)
        async with self._database.write() as tx:
            await get_case(tx, case_id)
            await record(tx, AuditAction.CASE_READ, self._clock.now(), staff_id=member.id, target=case_id)
        async with self._database.read() as tx:
            return as_json(await self._case_view(case_id, tx))

    async def _case_view(self, case_id: CaseId, tx: Any) -> dict[str, Any]:
        entry = await get_entry(tx, case_id)
        names = await names_of_staff(tx)
        conversation = await get_conversation(tx, entry.case.conversation_id)
        messages = await staff_timeline(tx, conversation.id, limit=PAGE)
        language = conversation.language or Language.ZH
        return {
            "case": case_view(entry, names),
            "messages": messages_view(messages, names),
            "more": bool(messages) and messages[0].position > 1,
            "position": conversation.last_position,
            "events": [event_view(event, names) for event in await case_events_of(tx, case_id)],
            "profile": asdict(conversation.profile),
            "assessments": [
                record_view(record)
                for record in (
                    *await records_of(tx, conversation.id),
                    open_record(conversation.state.assessment, self._knowledge.content, language, self._clock.now()),
                )
                if record is not None
            ],
            "assessment_paused": conversation.state.assessment is not None,
            "safety_answers": answers_view(conversation.state),
            "history": [case_view(earlier, names) for earlier in await earlier_cases(tx, entry.case)],
        }

    async def show_messages(self, request: web.Request, member: StaffMember) -> web.Response:
        """Show older messages; the read is audited."""
        before = request.query.get("before", "")
        if not before.isdecimal():
            raise InvalidError("before must be a position", field="before")
        case_id = _case(request)
        async with self._database.write() as tx:
            case = await get_case(tx, case_id)
            await record(tx, AuditAction.CASE_READ, self._clock.now(), staff_id=member.id, target=case_id)
        async with self._database.read() as tx:
            messages = await staff_timeline(tx, case.conversation_id, before=int(before), limit=PAGE)
            names = await names_of_staff(tx)
        more = bool(messages) and messages[0].position > 1
        return as_json({"messages": messages_view(messages, names), "more": more})

    async def claim(self, request: web.Request, member: StaffMember) -> web.Response:
        """Take a case; a conflict names who has it."""
        try:
            await self._desk.claim(_case(request), member)
        except ConflictError as conflict:
            raise await self._naming_owner(conflict) from None
        return await self._one(request)

    async def release(self, request: web.Request, member: StaffMember) -> web.Response:
        """Put a case back into the queue."""
        await self._desk.release(_case(request), member)
        return await self._one(request)

    async def say(self, request: web.Request, member: StaffMember) -> web.Response:
        """Send the owner's words."""
        body = await read_body(request, SayBody)
        case_id = _case(request)
        position = await self._desk.say(case_id, member, text=body.text, client_id=body.client_id, seen=body.seen)
        async with self._database.read() as tx:
            case = await get_case(tx, case_id)
            messages = await staff_timeline(tx, case.conversation_id, before=position + 1, limit=1)
            return as_json(messages_view(messages, await names_of_staff(tx))[0], status=201)

    async def add_note(self, request: web.Request, member: StaffMember) -> web.Response:
        """Add an internal note."""
        body = await read_body(request, NoteBody)
        event = await self._desk.note(_case(request), member, text=body.text, client_id=body.client_id)
        return as_json(event_view(event, {member.id: member.name}), status=201)

    async def close(self, request: web.Request, member: StaffMember) -> web.Response:
        """Close a case with its outcome."""
        body = await read_body(request, CloseBody)
        await self._desk.close(
            _case(request),
            member,
            outcome=body.outcome,
            note=body.note,
            resume_assessment=body.resume_assessment,
        )
        return await self._one(request)

    async def retry(self, request: web.Request, member: StaffMember) -> web.Response:
        """Send a failed message again."""
        await self._desk.retry(MessageId(_id(request, "message")), member)
        return web.Response(status=204)

    async def _note_queue_read(self, member: StaffMember) -> None:
        async with self._database.write() as tx:
            await record(tx, AuditAction.QUEUE_READ, self._clock.now(), staff_id=member.id)

    async def _one(self, request: web.Request) -> web.Response:
        async with self._database.read() as tx:
            return as_json(case_view(await get_entry(tx, _case(request)), await names_of_staff(tx)))

    async def _naming_owner(self, conflict: ConflictError) -> ConflictError:
        async with self._database.read() as tx:
            names = await names_of_staff(tx)
        owner_id = conflict.data.pop("owner_id", None)
        conflict.data["owner"] = person_view(str(owner_id) if owner_id else None, names)
        return conflict

    def _welcome(self, signed_in: SignedIn, status: int) -> web.Response:
        response = as_json(me_view(signed_in.member), status=status)
        response.set_cookie(
            COOKIE,
            signed_in.token,
            max_age=int(SESSION.total_seconds()),
            httponly=True,
            samesite="Strict",
            secure=self._settings.behind_tls,
            path="/staff",
        )
        return response


def _case(request: web.Request) -> CaseId:
    return CaseId(_id(request, "case"))


def _id(request: web.Request, name: str) -> str:
    text = request.match_info[name]
    if not is_id(text):
        raise NotFoundError(f"no such {name}")
    return text


def _time_of(request: web.Request, name: str) -> datetime | None:
    text = request.query.get(name, "")
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError as exc:
        raise InvalidError(f"{name} must be an ISO 8601 time", field=name) from exc
    if when.tzinfo is None:
        raise InvalidError(f"{name} must have a time zone", field=name)
    return when


def _file(path: Path) -> Any:
    async def show(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(path)

    return show
