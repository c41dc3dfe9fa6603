"""The tables. Text of people (messages, answers, contacts, notes) is `Encrypted`; ids are random."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.db.types import Encrypted, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
ID = String(32)
HASH = String(64)
WORD = String(32)

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Encrypted, nullable=False),
)
"""Facts of the database itself; `canary` shows whether the key file belongs to it."""

conversations = Table(
    "conversations",
    metadata,
    Column("id", ID, primary_key=True),
    Column("channel", WORD, nullable=False),
    Column("address_hash", HASH, nullable=False),
    Column("address", Encrypted, nullable=False),
    Column("language", WORD),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("last_position", Integer, nullable=False, server_default="0"),
    Column("ownership", Integer, nullable=False, server_default="0"),
    Column("level", SmallInteger, nullable=False, server_default="0"),
    Column("episode", ID),
    Column("state", Encrypted),
    Column("profile", Encrypted),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_inbound_at", UtcDateTime),
    UniqueConstraint("channel", "address_hash"),
)
"""`version` counts turns, `ownership` counts hand-overs (the outbox's fence), `last_position` counts messages."""

messages = Table(
    "messages",
    metadata,
    Column("id", ID, primary_key=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("author", WORD, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("text", Encrypted, nullable=False),
    Column("details", Encrypted),
    Column("staff_id", ID, ForeignKey("staff.id")),
    Column("update_hash", HASH, unique=True),
    Column("client_id", String(64)),
    Column("edit_of", ID, ForeignKey("messages.id")),
    Column("level", SmallInteger),
    Column("evidence", Encrypted),
    Column("at", UtcDateTime, nullable=False),
    Column("handled_at", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    UniqueConstraint("conversation_id", "position"),
    UniqueConstraint("conversation_id", "client_id"),
)
"""The timeline, both ways. A citizen's message with `handled_at` NULL is the inbox: no turn has answered it yet."""
Index(
    "ix_messages_inbox",
    messages.c.conversation_id,
    messages.c.position,
    sqlite_where=text("handled_at IS NULL AND author = 'citizen'"),
    postgresql_where=text("handled_at IS NULL AND author = 'citizen'"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("message_id", ID, ForeignKey("messages.id"), primary_key=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("author", WORD, nullable=False),
    Column("ownership", Integer, nullable=False),
    Column("unfenced", Boolean, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("state", WORD, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("provider_ref", Encrypted),
    Column("error", String(64)),
)
"""What is to be sent; `ownership` is the fence: an older row of bot or guide is dropped, not sent."""
Index(
    "ix_outbox_due",
    outbox.c.due_at,
    sqlite_where=text("state IN ('due', 'sending')"),
    postgresql_where=text("state IN ('due', 'sending')"),
)
Index("ix_outbox_conversation_id", outbox.c.conversation_id, outbox.c.position)

cases = Table(
    "cases",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", ID, nullable=False, unique=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False),
    Column("episode", ID, nullable=False),
    Column("status", WORD, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("level", SmallInteger, nullable=False),
    Column("domains", Text, nullable=False, server_default=""),
    Column("subject", WORD, nullable=False),
    Column("reason", WORD, nullable=False),
    Column("quote", Encrypted),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("waiting_since", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("owner_id", ID, ForeignKey("staff.id")),
    Column("outcome", WORD),
    Column("unanswered_since", UtcDateTime),
    sqlite_autoincrement=True,
)
Index(
    "uq_cases_open",
    cases.c.conversation_id,
    unique=True,
    sqlite_where=text("status <> 'closed'"),
    postgresql_where=text("status <> 'closed'"),
)
Index("ix_cases_queue", cases.c.status, cases.c.level, cases.c.waiting_since)

case_events = Table(
    "case_events",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", ID, nullable=False, unique=True),
    Column("case_id", ID, ForeignKey("cases.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("staff_id", ID, ForeignKey("staff.id")),
    Column("level", SmallInteger),
    Column("rule", String(128)),
    Column("quote", Encrypted),
    Column("text", Encrypted),
    Column("client_id", String(64)),
    UniqueConstraint("case_id", "client_id"),
    sqlite_autoincrement=True,
)

staff = Table(
    "staff",
    metadata,
    Column("id", ID, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("password_hash", String(256), nullable=False),
    Column("roles", String(128), nullable=False),
    Column("on_duty", Boolean, nullable=False, server_default=text("false")),
    Column("seen_at", UtcDateTime),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
)

"""On duty means: said so, and seen at an open console within `core.db.staff.PRESENT`."""

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("token_hash", HASH, primary_key=True),
    Column("staff_id", ID, ForeignKey("staff.id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", HASH, primary_key=True),
    Column("role", WORD, nullable=False),
    Column("name", String(64), nullable=False),
    Column("invited_by", ID, ForeignKey("staff.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("staff_id", ID),
    Column("action", String(64), nullable=False),
    Column("target", String(64), nullable=False),
    Column("facts", Text, nullable=False, server_default="{}"),
    sqlite_autoincrement=True,
)
"""What staff read and did: ids and counts, never content."""

due = Table(
    "due",
    metadata,
    Column("id", ID, primary_key=True),
    Column("kind", WORD, nullable=False),
    Column("target", ID, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", WORD, nullable=False),
    Column("step", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("taken_until", UtcDateTime),
)
"""Everything that falls due: the scheduler only ticks, a claim loop takes rows."""
Index(
    "uq_due_open",
    due.c.kind,
    due.c.target,
    unique=True,
    sqlite_where=text("state = 'due'"),
    postgresql_where=text("state = 'due'"),
)
Index("ix_due_due_at", due.c.state, due.c.due_at)

assessment_results = Table(
    "assessment_results",
    metadata,
    Column("id", ID, primary_key=True),
    Column("conversation_id", ID, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("instrument", WORD, nullable=False),
    Column("version", HASH, nullable=False),
    Column("completed", Boolean, nullable=False),
    Column("result", Encrypted, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

helpful_votes = Table(
    "helpful_votes",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("flow", String(64), nullable=False),
    Column("version", HASH, nullable=False),
    Column("helpful", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
"""Answers to "did this help", without who said it."""

content_versions = Table(
    "content_versions",
    metadata,
    Column("kind", WORD, primary_key=True),
    Column("slug", String(64), primary_key=True),
    Column("language", WORD, primary_key=True),
    Column("version", HASH, primary_key=True),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
"""Immutable versions of flows and questionnaires, so that a conversation stays on the one it began with."""
