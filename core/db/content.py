"""Immutable versions of content, so that a conversation stays on the one it began with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.db.engine import Tx
from core.db.inbox import insert_once
from core.db.tables import content_versions


@dataclass(frozen=True, slots=True)
class ContentVersion:
    """One version of a flow or questionnaire; `version` is the checksum of `body`."""

    kind: str
    slug: str
    language: str
    version: str
    body: str


async def keep_versions(tx: Tx, versions: Iterable[ContentVersion], now: datetime) -> None:
    """Store versions that are not there yet."""
    for item in versions:
        await insert_once(
            tx,
            content_versions,
            kind=item.kind,
            slug=item.slug,
            language=item.language,
            version=item.version,
            body=item.body,
            created_at=now,
        )


async def all_versions(tx: Tx) -> list[ContentVersion]:
    """Return every version that was ever in force."""
    rows = await tx.execute(select(content_versions))
    return [ContentVersion(row.kind, row.slug, row.language, row.version, row.body) for row in rows]
