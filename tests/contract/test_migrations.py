"""The migrations lead to exactly the tables that the code knows, on both engines."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from core.crypto import KeyRing
from core.db import Database
from core.db.migrate import alembic_config
from core.db.tables import metadata
from core.db.types import Encrypted, UtcDateTime
from core.errors import SettingsError
from tests.databases import Engine


async def test_migrations_equal_the_tables(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": False}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    async with database.write() as tx:
        assert await tx.run_sync(differences) == []


async def test_partial_indexes_are_there(database: Database) -> None:
    """What Alembic does not compare: the conditions that make "one open case" and "one open due row" true."""

    def conditions(connection: Connection) -> dict[str, str]:
        found = {}
        for table in metadata.sorted_tables:
            for index in inspect(connection).get_indexes(table.name):
                options = index.get("dialect_options", {})
                where = options.get("sqlite_where") if connection.dialect.name == "sqlite" else None
                where = where if where is not None else options.get("postgresql_where")
                if where is not None:
                    found[str(index["name"])] = str(where)
        return found

    async with database.read() as tx:
        found = await tx.run_sync(conditions)
    assert set(found) == {"ix_messages_inbox", "ix_outbox_due", "uq_cases_open", "uq_due_open"}
    assert "closed" in found["uq_cases_open"]
    assert "due" in found["uq_due_open"]


async def test_migrating_again_changes_nothing(engine: Engine) -> None:
    first, second = await engine.connect(), await engine.connect()
    for database in (first, second):
        await database.open()


def test_there_is_one_head() -> None:
    def heads(connection: object) -> list[str]:
        return list(ScriptDirectory.from_config(alembic_config(connection)).get_heads())  # type: ignore[arg-type]

    assert len(heads(None)) == 1


def test_everything_that_people_say_is_encrypted() -> None:
    encrypted = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Encrypted)
    }
    assert encrypted == {
        "meta.value",
        "conversations.address",
        "conversations.state",
        "conversations.profile",
        "messages.text",
        "messages.details",
        "messages.evidence",
        "outbox.provider_ref",
        "cases.quote",
        "case_events.quote",
        "case_events.text",
        "assessment_results.result",
    }


def test_every_time_has_a_zone() -> None:
    for table in metadata.sorted_tables:
        for column in table.columns:
            if column.name == "at" or column.name.endswith(("_at", "_until", "_since")):
                assert isinstance(column.type, UtcDateTime), f"{table.name}.{column.name}"


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://localhost/x", "sqlite:///x.db", "postgresql://localhost/x"])
def test_unknown_database_is_refused_by_name(url: str) -> None:
    with pytest.raises(SettingsError, match="XINQIAO_DATABASE"):
        Database(url, KeyRing.generate())
