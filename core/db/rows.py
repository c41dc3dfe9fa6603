"""Rows of the database as the domain's dataclasses, and their JSON columns."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TypeAlias

from sqlalchemy import Row

from core.cases import CaseReason, CaseStatus, Outcome
from core.conversation import Case, Conversation, PendingMessage, TimelineMessage
from core.dialogue import load_profile, load_state
from core.ids import CaseId, ConversationId, MessageId, StaffId
from core.language import Language
from core.messages import (
    Author,
    Button,
    ChannelName,
    DeliveryState,
    InboundMessage,
    Location,
    MessageKind,
    Reply,
)
from core.risk import Domain, Evidence, Level, Subject

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row of any query."""


def conversation_from(row: AnyRow) -> Conversation:
    """Return the conversation of a full row of `conversations`."""
    return Conversation(
        id=ConversationId(row.id),
        channel=ChannelName(row.channel),
        address=row.address,
        language=Language(row.language) if row.language else None,
        version=row.version,
        ownership=row.ownership,
        level=Level(row.level),
        episode=row.episode,
        state=load_state(row.state),
        profile=load_profile(row.profile),
        last_position=row.last_position,
        created_at=row.created_at,
    )


def case_from(row: AnyRow) -> Case:
    """Return the case of a full row of `cases`."""
    return Case(
        id=CaseId(row.id),
        number=row.number,
        conversation_id=ConversationId(row.conversation_id),
        episode=row.episode,
        status=CaseStatus(row.status),
        version=row.version,
        level=Level(row.level),
        domains=tuple(Domain(word) for word in row.domains.split()),
        subject=Subject(row.subject),
        reason=CaseReason(row.reason),
        quote=row.quote,
        opened_at=row.opened_at,
        waiting_since=row.waiting_since,
        claimed_at=row.claimed_at,
        closed_at=row.closed_at,
        owner_id=StaffId(row.owner_id) if row.owner_id else None,
        outcome=Outcome(row.outcome) if row.outcome else None,
        unanswered_since=row.unanswered_since,
    )


def inbound_details(message: InboundMessage) -> str:
    """Return everything of an inbound message but its words, as JSON."""
    details = {
        "provider_id": message.provider_id,
        "payload": message.payload,
        "edit_of": message.edit_of,
        "location": asdict(message.location) if message.location else None,
        "file_id": message.file_id,
        "language_hint": message.language_hint,
        "sent_at": message.sent_at.isoformat() if message.sent_at else None,
    }
    return json.dumps({key: value for key, value in details.items() if value})


def pending_from(row: AnyRow, channel: str, address: str) -> PendingMessage:
    """Return the unhandled message of a row of `messages`."""
    details = json.loads(row.details or "{}")
    location = details.get("location")
    hint = details.get("language_hint")
    message = InboundMessage(
        channel=ChannelName(channel),
        address=address,
        provider_id=details.get("provider_id", ""),
        kind=MessageKind(row.kind),
        text=row.text,
        payload=details.get("payload", ""),
        edit_of=details.get("edit_of", ""),
        location=Location(**location) if location else None,
        file_id=details.get("file_id", ""),
        language_hint=Language(hint) if hint else None,
    )
    return PendingMessage(MessageId(row.id), row.position, message, row.at, row.attempts)


def reply_details(reply: Reply) -> str | None:
    """Return everything of a reply but its words, as JSON; None when there is nothing."""
    details = {
        "template": reply.template,
        "buttons": [asdict(button) for button in reply.buttons],
        "pinned": reply.pinned,
        "exercise": reply.exercise,
    }
    kept = {key: value for key, value in details.items() if value}
    return json.dumps(kept, ensure_ascii=False) if kept else None


def evidence_json(evidence: tuple[Evidence, ...]) -> str | None:
    """Return evidence as JSON; None when there is none."""
    return json.dumps([asdict(piece) for piece in evidence], ensure_ascii=False) if evidence else None


def evidence_from(text: str | None) -> tuple[Evidence, ...]:
    """Return evidence from JSON."""
    pieces = json.loads(text) if text else []
    return tuple(Evidence(p["quote"], p["rule"], p["start"], p["end"], Level(p["level"])) for p in pieces)


def timeline_from(row: AnyRow) -> TimelineMessage:
    """Return the message of a row of `messages` joined with its outbox row's `state` as `delivery`."""
    details = json.loads(row.details or "{}")
    location = details.get("location")
    return TimelineMessage(
        id=MessageId(row.id),
        position=row.position,
        author=Author(row.author),
        kind=MessageKind(row.kind),
        text=row.text,
        at=row.at,
        staff_id=StaffId(row.staff_id) if row.staff_id else None,
        client_id=row.client_id,
        buttons=tuple(Button(**button) for button in details.get("buttons", ())),
        pinned=bool(details.get("pinned")),
        exercise=details.get("exercise"),
        location=Location(**location) if location else None,
        edit_of=MessageId(row.edit_of) if row.edit_of else None,
        level=Level(row.level) if row.level is not None else None,
        evidence=evidence_from(row.evidence),
        delivery=DeliveryState(row.delivery) if row.delivery else None,
    )
