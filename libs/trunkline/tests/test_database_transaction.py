"""Transactions on a real PostgreSQL: all or nothing, run again or not, and what failures mean."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from trunkline.database.engine import Limits, open_engine
from trunkline.database.errors import DatabaseBusy, DatabaseUnavailable
from trunkline.database.transaction import TRIES, Repeatable, Work, in_transaction, transaction
from trunkline_cli.stack.ports import free_port
from trunkline_cli.stack.postgres import PostgresServer


@pytest.fixture(autouse=True)
async def counter(engine: AsyncEngine) -> None:
    """Two counters, at zero."""
    async with transaction(engine) as connection:
        await connection.execute(text("CREATE TABLE counter (id int PRIMARY KEY, n int NOT NULL)"))
        await connection.execute(text("INSERT INTO counter VALUES (1, 0), (2, 0)"))


ADD = text("UPDATE counter SET n = n + 1 WHERE id = :id")


async def counted(engine: AsyncEngine) -> list[int]:
    async with transaction(engine) as connection:
        return list((await connection.execute(text("SELECT n FROM counter ORDER BY id"))).scalars())


async def test_what_raises_leaves_nothing_behind(engine: AsyncEngine) -> None:
    async def work(connection: AsyncConnection) -> None:
        await connection.execute(ADD, {"id": 1})
        raise LookupError

    with pytest.raises(LookupError):
        await in_transaction(engine, work)

    assert await counted(engine) == [0, 0]


def in_opposite_order(rendezvous: asyncio.Barrier, first: int, second: int) -> Work[None]:
    """Lock two rows one after the other; the first time, both have their first row by then."""
    tries = 0

    async def work(connection: AsyncConnection) -> None:
        nonlocal tries
        tries += 1
        await connection.execute(ADD, {"id": first})
        if tries == 1:
            await rendezvous.wait()
        await connection.execute(ADD, {"id": second})

    return work


async def test_a_deadlock_ends_with_both_done_when_the_work_is_repeatable(
    engine: AsyncEngine,
) -> None:
    rendezvous = asyncio.Barrier(2)
    async with asyncio.TaskGroup() as tasks:
        for rows in ((1, 2), (2, 1)):
            work = Repeatable(in_opposite_order(rendezvous, *rows))
            tasks.create_task(in_transaction(engine, work), name=f"rows-{rows}")

    assert await counted(engine) == [2, 2]


async def test_work_that_is_not_repeatable_runs_once(engine: AsyncEngine) -> None:
    rendezvous = asyncio.Barrier(2)
    with pytest.raises(ExceptionGroup) as raised:
        async with asyncio.TaskGroup() as tasks:
            for rows in ((1, 2), (2, 1)):
                work = in_opposite_order(rendezvous, *rows)
                tasks.create_task(in_transaction(engine, work), name=f"rows-{rows}")

    assert [type(error) for error in raised.value.exceptions] == [DatabaseBusy]


async def collide(connection: AsyncConnection) -> None:
    await connection.execute(
        text("DO $$ BEGIN RAISE EXCEPTION 'collided' USING ERRCODE = '40001'; END $$")
    )


async def test_repeatable_work_is_given_up_in_the_end(engine: AsyncEngine) -> None:
    tries = 0

    @Repeatable
    async def work(connection: AsyncConnection) -> None:
        nonlocal tries
        tries += 1
        await collide(connection)

    with pytest.raises(DatabaseBusy):
        await in_transaction(engine, work)

    assert tries == TRIES


async def test_a_constraint_is_no_reason_to_try_again(engine: AsyncEngine) -> None:
    tries = 0

    @Repeatable
    async def work(connection: AsyncConnection) -> None:
        nonlocal tries
        tries += 1
        await connection.execute(text("INSERT INTO counter VALUES (1, 0)"))

    with pytest.raises(IntegrityError):
        await in_transaction(engine, work)

    assert tries == 1


async def test_a_statement_that_takes_too_long_is_ended(database_url: str) -> None:
    limits = Limits(statement_seconds=0.05)
    async with open_engine(database_url, "slow", limits) as engine:
        with pytest.raises(DatabaseBusy):
            async with transaction(engine) as connection:
                await connection.execute(text("SELECT pg_sleep(30)"))


async def test_a_lock_is_not_waited_for_for_ever(database_url: str, engine: AsyncEngine) -> None:
    async with (
        open_engine(database_url, "waits", Limits(lock_seconds=0.05)) as waiting,
        transaction(engine) as holder,
    ):
        await holder.execute(ADD, {"id": 1})
        with pytest.raises(DatabaseBusy):
            async with transaction(waiting) as connection:
                await connection.execute(ADD, {"id": 1})


async def test_a_connection_that_the_server_ended_makes_the_database_unavailable(
    database_url: str, engine: AsyncEngine
) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with transaction(engine) as connection:
            pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            other = await asyncpg.connect(database_url, timeout=10)
            await other.execute("SELECT pg_terminate_backend($1, 5000)", pid)
            await other.close()
            await connection.execute(ADD, {"id": 1})

    assert await counted(engine) == [0, 0]


async def test_a_database_that_is_not_there_is_unavailable() -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    async with open_engine(url, "tests") as engine:
        with pytest.raises(DatabaseUnavailable):
            async with transaction(engine):
                pass


async def test_a_restarted_server_is_used_again_without_an_error(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "own")
    await server.start()
    try:
        async with open_engine(server.url, "tests") as engine:
            async with transaction(engine) as connection:
                await connection.execute(text("CREATE TABLE counter (id int, n int)"))
            server.kill()
            await server.start()

            assert await counted(engine) == []
    finally:
        server.kill()
