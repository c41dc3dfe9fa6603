"""${message}

Rules of a migration: it adds; what an older process still reads is dropped one release later. On PostgreSQL an index
on a table with rows is made CONCURRENTLY in a migration of its own. Never rewrite `messages` in one transaction.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.db.types import Encrypted, UtcDateTime

${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    ${upgrades if upgrades else "pass"}
