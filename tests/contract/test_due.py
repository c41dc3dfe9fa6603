"""Due rows: taken by one worker at a time, done once, never lost with a worker."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from app.worker import DueWorker
from core.clock import ManualClock
from core.db import Database
from core.db.due import TAKEN_FOR, DueKind, DueRow, finish_due, forget_done, open_due, take_due
from tests.databases import Engine

KEEP = timedelta(days=180)


async def open_row(database: Database, clock: ManualClock, target: str = "c1", *, seconds: float = 0) -> None:
    """Open a row that falls due in some seconds."""
    async with database.write() as tx:
        await open_due(tx, DueKind.COMPANY, target, clock.now() + timedelta(seconds=seconds))


async def take(database: Database, clock: ManualClock) -> list[DueRow]:
    """Take what is due now."""
    async with database.write() as tx:
        return await take_due(tx, clock.now())


async def test_row_is_taken_once_its_time_has_come(database: Database, clock: ManualClock) -> None:
    await open_row(database, clock, seconds=10)
    assert await take(database, clock) == []
    clock.advance(seconds=10)
    [row] = await take(database, clock)
    assert (row.kind, row.target, row.step) == (DueKind.COMPANY, "c1", 0)
    assert await take(database, clock) == []


async def test_two_workers_never_take_the_same_row(engine: Engine, clock: ManualClock) -> None:
    databases = [await engine.connect(), await engine.connect()]
    for number in range(60):
        await open_row(databases[0], clock, f"c{number}")
    taken: list[DueRow] = []
    for _ in range(3):
        for rows in await asyncio.gather(*(take(databases[number % 2], clock) for number in range(6))):
            taken += rows
    assert len(taken) == 60
    assert len({row.target for row in taken}) == 60


async def test_row_of_a_dead_worker_falls_due_again(database: Database, clock: ManualClock) -> None:
    await open_row(database, clock)
    [row] = await take(database, clock)
    clock.advance(seconds=TAKEN_FOR.total_seconds() - 1)
    assert await take(database, clock) == []
    clock.advance(seconds=1)
    assert await take(database, clock) == [row]


async def test_earlier_time_holds(database: Database, clock: ManualClock) -> None:
    await open_row(database, clock, seconds=60)
    await open_row(database, clock, seconds=5)
    await open_row(database, clock, seconds=90)
    clock.advance(seconds=5)
    [row] = await take(database, clock)
    assert row.due_at == clock.now()
    async with database.write() as tx:
        await finish_due(tx, row)
    clock.advance(seconds=200)
    assert await take(database, clock) == []  # it was one row all the time


async def test_same_row_opened_at_the_same_moment_is_one(engine: Engine, clock: ManualClock) -> None:
    databases = [await engine.connect(), await engine.connect()]
    await asyncio.gather(*(open_row(databases[number % 2], clock) for number in range(10)))
    assert len(await take(databases[0], clock)) == 1


async def test_done_row_can_be_opened_anew_and_repeated(database: Database, clock: ManualClock) -> None:
    await open_row(database, clock)
    [row] = await take(database, clock)
    async with database.write() as tx:
        await finish_due(tx, row, clock.now() + timedelta(seconds=30))
    clock.advance(seconds=30)
    [again] = await take(database, clock)
    assert (again.id, again.step) == (row.id, 1)
    async with database.write() as tx:
        await finish_due(tx, again)
    await open_row(database, clock)
    [new] = await take(database, clock)
    assert new.id != row.id


async def test_rows_that_were_done_long_ago_are_forgotten(database: Database, clock: ManualClock) -> None:
    await open_row(database, clock)
    [row] = await take(database, clock)
    async with database.write() as tx:
        await finish_due(tx, row)
        assert await forget_done(tx, clock.now()) == 0
    clock.advance(seconds=1)
    async with database.write() as tx:
        assert await forget_done(tx, clock.now()) == 1


async def test_worker_repeats_closes_and_survives_a_handler_that_fails(database: Database, clock: ManualClock) -> None:
    calls: list[tuple[str, int]] = []

    async def handle(row: DueRow) -> None:
        calls.append((row.target, row.step))
        if row.target == "broken" and len(calls) < 3:
            raise RuntimeError("not now")

    worker = DueWorker(database, clock, {DueKind.COMPANY: handle}, KEEP)
    await open_row(database, clock, "broken")
    await open_row(database, clock, "fine")
    assert await worker.tick() == 2
    assert await worker.tick() == 0
    clock.advance(seconds=TAKEN_FOR.total_seconds())
    assert await worker.tick() == 1
    clock.advance(seconds=TAKEN_FOR.total_seconds())
    assert await worker.tick() == 0
    assert sorted(calls) == [("broken", 0), ("broken", 0), ("fine", 0)]
    clock.advance(seconds=timedelta(days=2).total_seconds())
    await worker.forget()
    assert await worker.tick() == 0


async def test_two_workers_do_each_thing_once(engine: Engine, clock: ManualClock) -> None:
    done: list[str] = []

    async def handle(row: DueRow) -> None:
        await asyncio.sleep(0)
        done.append(row.target)

    handlers = {DueKind.COMPANY: handle}
    workers = [DueWorker(await engine.connect(), clock, handlers, KEEP) for _ in range(2)]
    opener = await engine.connect()
    for number in range(30):
        await open_row(opener, clock, f"c{number}")
    await asyncio.gather(*(worker.tick() for worker in workers for _ in range(2)))
    assert sorted(done) == sorted(f"c{number}" for number in range(30))
