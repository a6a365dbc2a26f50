"""Effects that happen once although records come again, on a real PostgreSQL."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from trunkline.bus import TopicPartition
from trunkline.database.offsets import AlreadyConsumed, ConsumerOffsets, offset_table
from trunkline.database.transaction import in_transaction, transaction

TURNS = TopicPartition("calls.turns", 3)
OFFSETS = ConsumerOffsets("sample", "ingest")


@pytest.fixture(autouse=True)
async def tables(engine: AsyncEngine) -> None:
    """The offsets, and something that records have an effect on."""
    async with transaction(engine) as connection:
        for statement in (
            "CREATE SCHEMA sample",
            offset_table("sample"),
            "CREATE TABLE sample.effect (record bigint)",
        ):
            await connection.execute(text(statement))


async def handle(engine: AsyncEngine, offset: int, where: TopicPartition = TURNS) -> None:
    """What a consumer does with one record."""

    async def work(connection: AsyncConnection) -> None:
        await OFFSETS.store(connection, where, offset + 1)
        await connection.execute(text("INSERT INTO sample.effect VALUES (:n)"), {"n": offset})

    await in_transaction(engine, work)


async def effects(engine: AsyncEngine) -> list[int]:
    async with transaction(engine) as connection:
        rows = await connection.execute(text("SELECT record FROM sample.effect ORDER BY record"))
        return list(rows.scalars())


async def test_a_consumer_goes_on_where_its_effects_end(engine: AsyncEngine) -> None:
    other = TopicPartition("calls.lifecycle", 0)
    await handle(engine, 7)
    await handle(engine, 8)
    await handle(engine, 2, other)

    async with transaction(engine) as connection:
        assert await OFFSETS.load(connection) == {TURNS: 9, other: 3}
        assert await ConsumerOffsets("sample", "classifier").load(connection) == {}


@pytest.mark.parametrize("again", [7, 5])
async def test_a_record_that_comes_again_has_no_second_effect(
    engine: AsyncEngine, again: int
) -> None:
    await handle(engine, 7)

    with pytest.raises(AlreadyConsumed):
        await handle(engine, again)

    assert await effects(engine) == [7]


async def test_two_processes_with_one_record_have_one_effect(engine: AsyncEngine) -> None:
    refused = 0

    async def one_of_two() -> None:
        nonlocal refused
        try:
            await handle(engine, 7)
        except AlreadyConsumed:
            refused += 1

    async with asyncio.TaskGroup() as tasks:
        for n in range(2):
            tasks.create_task(one_of_two(), name=f"process-{n}")

    assert (await effects(engine), refused) == ([7], 1)


async def test_an_effect_that_fails_moves_no_offset(engine: AsyncEngine) -> None:
    async def work(connection: AsyncConnection) -> None:
        await OFFSETS.store(connection, TURNS, 8)
        raise LookupError

    with pytest.raises(LookupError):
        await in_transaction(engine, work)

    async with transaction(engine) as connection:
        assert await OFFSETS.load(connection) == {}
