"""Identifiers: opaque, random, safe in a URL; one type for each kind of thing."""

from __future__ import annotations

import re
import secrets
import uuid
from typing import NewType

ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
CaseId = NewType("CaseId", str)
StaffId = NewType("StaffId", str)
EpisodeId = NewType("EpisodeId", str)
_ID = re.compile("[0-9a-f]{32}")


def new_id() -> str:
    """Return 32 hexadecimal characters that occur once."""
    return uuid.uuid4().hex


def is_id(text: str) -> bool:
    """Return whether this can be an id that `new_id` made."""
    return _ID.fullmatch(text) is not None


def new_token() -> str:
    """Return a secret of 32 random bytes for a session or an invitation, safe in a URL."""
    return secrets.token_urlsafe(32)
