"""What the console is told, as docs/api.md gives it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.conversation import AssessmentRecord, TimelineMessage
from core.db import Tx
from core.db.cases import CaseEvent, QueueEntry, queue
from core.db.outbox import count_undelivered
from core.db.staff import StaffMember, all_staff, on_duty_now
from core.deadlines import TARGET
from core.dialogue import DialogueState
from core.messages import MessageKind
from core.risk import Evidence
from core.routing import NluState


@dataclass(frozen=True, slots=True)
class Health:
    """How the parts around the queue are."""

    nlu: NluState
    content_errors: tuple[str, ...]


def me_view(member: StaffMember) -> dict[str, Any]:
    """Return the signed-in person."""
    return {
        "id": member.id,
        "login": member.login,
        "name": member.name,
        "roles": list(member.roles),
        "permissions": sorted(member.permissions),
        "on_duty": member.on_duty,
    }


async def overview_view(tx: Tx, now: datetime, health: Health) -> dict[str, Any]:
    """Return the queue and who is there."""
    names = await names_of_staff(tx)
    return {
        "cases": [case_view(entry, names) for entry in await queue(tx)],
        "on_duty": [{"id": member.id, "name": member.name} for member in await on_duty_now(tx, now)],
        "nlu": health.nlu,
        "content_errors": list(health.content_errors),
        "undelivered": await count_undelivered(tx),
        "server_time": now.isoformat(),
    }


async def names_of_staff(tx: Tx) -> dict[str, str]:
    """Return everybody's name by id."""
    return {member.id: member.name for member in await all_staff(tx)}


def case_view(entry: QueueEntry, names: Mapping[str, str]) -> dict[str, Any]:
    """Return one case as the queue shows it."""
    case = entry.case
    return {
        "id": case.id,
        "number": case.number,
        "version": case.version,
        "status": case.status,
        "level": case.level.name,
        "domains": list(case.domains),
        "subject": case.subject,
        "reason": case.reason,
        "language": entry.language or "zh",
        "channel": entry.channel,
        "quote": case.quote,
        "opened_at": case.opened_at.isoformat(),
        "waiting_since": case.waiting_since.isoformat(),
        "claimed_at": _time(case.claimed_at),
        "closed_at": _time(case.closed_at),
        "owner": person_view(case.owner_id, names),
        "outcome": case.outcome,
        "conversation": case.conversation_id,
        "unanswered_since": _time(case.unanswered_since),
        "last_message_at": _time(entry.last_message_at),
        "target_s": int(TARGET[case.level].total_seconds()) if case.level in TARGET else None,
    }


def person_view(staff_id: str | None, names: Mapping[str, str]) -> dict[str, str] | None:
    """Return somebody by id and name."""
    return {"id": staff_id, "name": names.get(staff_id, "?")} if staff_id else None


def messages_view(messages: Iterable[TimelineMessage], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return messages as the console shows them: an edit stands with the message that it changed."""
    shown = list(messages)
    known = {message.id for message in shown}
    edits: dict[str, list[TimelineMessage]] = defaultdict(list)
    for message in shown:
        if message.kind is MessageKind.EDIT and message.edit_of in known:
            edits[str(message.edit_of)].append(message)
    folded = {edit.id for later in edits.values() for edit in later}
    return [_message(message, names, edits[message.id]) for message in shown if message.id not in folded]


def event_view(event: CaseEvent, names: Mapping[str, str]) -> dict[str, Any]:
    """Return one event of a case's history."""
    return {
        "id": event.id,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "staff": person_view(event.staff_id, names),
        "level": event.level.name if event.level is not None else None,
        "rule": event.rule,
        "quote": event.quote,
        "text": event.text,
    }


def record_view(record: AssessmentRecord) -> dict[str, Any]:
    """Return a questionnaire's answers."""
    return {
        "instrument": record.instrument,
        "total": record.total,
        "band": record.band,
        "items": [{"text": text, "answer": answer, "value": value} for text, answer, value in record.items],
        "at": record.at.isoformat(),
        "completed": record.completed,
    }


def answers_view(state: DialogueState) -> list[dict[str, str]]:
    """Return what was answered to the safety questions."""
    return [{"question": question, "answer": answer} for question, answer in state.guide.answers.items()]


def _message(message: TimelineMessage, names: Mapping[str, str], edits: list[TimelineMessage]) -> dict[str, Any]:
    view: dict[str, Any] = {
        "position": message.position,
        "id": message.id,
        "client_id": message.client_id,
        "author": message.author,
        "name": names.get(message.staff_id) if message.staff_id else None,
        "kind": message.kind,
        "text": message.text,
        "buttons": [{"label": button.label, "payload": button.payload} for button in message.buttons],
        "pinned": message.pinned,
        "exercise": message.exercise,
        "at": message.at.isoformat(),
        "level": message.level.name if message.level is not None else None,
        "evidence": [_evidence(piece) for piece in message.evidence],
        "edited": [
            {"text": edit.text, "at": edit.at.isoformat(), "evidence": [_evidence(p) for p in edit.evidence]}
            for edit in edits
        ],
        "delivery": message.delivery,
    }
    if message.location is not None:
        view["location"] = {"latitude": message.location.latitude, "longitude": message.location.longitude}
    return view


def _evidence(piece: Evidence) -> dict[str, Any]:
    return {
        "quote": piece.quote,
        "rule": piece.rule,
        "start": piece.start,
        "end": piece.end,
        "level": piece.level.name,
    }


def _time(when: datetime | None) -> str | None:
    return when.isoformat() if when else None
