"""Identifiers: opaque, random, safe in a URL; one type for each kind of thing."""

from __future__ import annotations

import secrets
import uuid
from typing import NewType

ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
CaseId = NewType("CaseId", str)
StaffId = NewType("StaffId", str)
EpisodeId = NewType("EpisodeId", str)


def new_id() -> str:
    """Return 32 hexadecimal characters that occur once."""
    return uuid.uuid4().hex


def new_token() -> str:
    """Return a secret of 32 random bytes for a session or an invitation, safe in a URL."""
    return secrets.token_urlsafe(32)
