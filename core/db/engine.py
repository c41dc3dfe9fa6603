"""The database: connections, transactions, pragmas, and whether its key file is the right one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from core.crypto import KeyRing
from core.db import sqlite, tables
from core.db.migrate import upgrade
from core.errors import SettingsError

Tx = AsyncConnection
"""A transaction, as the stores take it; callers pass it on and look no further."""

_CANARY = "心桥"


class Database:
    """One database, with the keys that its encrypted columns need.

    Args:
        url: SQLAlchemy address, `sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`.
        keys: The key ring of the encrypted columns and the keyed look-ups.

    Raises:
        SettingsError: The address names no database that we support.
    """

    def __init__(self, url: str, keys: KeyRing) -> None:
        """Make the engine; nothing is connected yet."""
        try:
            parsed = make_url(url)
        except ArgumentError as exc:
            raise SettingsError("XINQIAO_DATABASE is no database address") from exc
        if parsed.drivername not in {"sqlite+aiosqlite", "postgresql+asyncpg"}:
            raise SettingsError("XINQIAO_DATABASE must begin with sqlite+aiosqlite:// or postgresql+asyncpg://")
        self.keys = keys
        self.is_sqlite = parsed.drivername.startswith("sqlite")
        if self.is_sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        options: dict[str, Any] = {"pool_size": 16, "pool_pre_ping": True}
        if self.is_sqlite:
            options = {"pool_size": 8, "connect_args": {"async_creator_fn": sqlite.connect}}
        self._engine = create_async_engine(parsed, hide_parameters=True, **options)
        self._engine.sync_engine.dialect.xinqiao_keys = keys  # type: ignore[attr-defined]
        # SQLite has one writer: waiting here is fair and cheap, waiting in SQLite is polling.
        self._writer = asyncio.Lock() if self.is_sqlite else None
        if self.is_sqlite:
            sqlite.prepare(self._engine)

    async def open(self) -> None:
        """Bring the schema up to date and check the keys.

        Raises:
            WrongKeyError: The key file belongs to another database.
        """
        async with self._engine.begin() as tx:
            await tx.run_sync(upgrade)
        async with self.write() as tx:
            stored = (await tx.execute(select(tables.meta.c.value).where(tables.meta.c.key == "canary"))).scalar()
            if stored is None:
                await tx.execute(insert(tables.meta).values(key="canary", value=_CANARY))

    async def close(self) -> None:
        """Give all connections back."""
        await self._engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """Yield a transaction that only reads and sees one state of the database."""
        async with self._engine.connect() as tx:
            if not self.is_sqlite:
                await tx.execution_options(isolation_level="REPEATABLE READ")
            async with tx.begin():
                yield tx

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """Yield a transaction that is committed at the end, or rolled back on any error."""
        if self._writer is None:
            async with self._engine.begin() as tx:
                yield tx
            return
        async with self._writer, self._engine.connect() as tx:
            await tx.execution_options(**{sqlite.WRITES: True})
            async with tx.begin():
                yield tx
