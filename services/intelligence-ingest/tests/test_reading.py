"""Batches from the in-memory bus into a real PostgreSQL: each record has its effect once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from counting import rows
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from waiting import until, until_found

from intelligence_ingest.halts import TopicRecreated, accept_topic
from intelligence_ingest.keep_reading import Keeper
from intelligence_ingest.marks import Mark
from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.reading import BatchReader, Prepared, Subscription, batches
from trunkline.bus import NewTopic, Record
from trunkline.bus.dead_letters import DeadLetters, DlqLimit
from trunkline.bus.memory import MemoryBus
from trunkline.errors import Invalid
from trunkline.metrics import Registry

TOPIC = "news"


class Effects:
    """Counts every record in a table of the database, in the transaction of its offset."""

    def __init__(self) -> None:
        self.bad: set[bytes] = set()
        self.broken: set[bytes] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.prepared = 0

    async def prepare(self, records: Sequence[Record]) -> Prepared:
        self.prepared += 1
        await self.gate.wait()
        if any(record.value in self.bad for record in records):
            raise Invalid

        async def write(connection: AsyncConnection) -> None:
            for record in records:
                if record.value in self.broken:
                    raise ZeroDivisionError
                await connection.execute(
                    text("INSERT INTO effect VALUES (:value)"), {"value": record.value.decode()}
                )

        return Prepared(write)


@pytest.fixture
async def bus(engine: AsyncEngine) -> MemoryBus:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE effect (value text)"))
    bus = MemoryBus()
    await bus.create_topics([NewTopic(TOPIC, 3), NewTopic(f"{TOPIC}.dlq")])
    return bus


def reader(
    bus: MemoryBus, engine: AsyncEngine, effects: Effects, limit: DlqLimit | None = None
) -> BatchReader:
    return BatchReader(
        bus,
        engine,
        Subscription("test", TOPIC, effects.prepare, batch=4),
        DeadLetters(bus.bulk, limit or DlqLimit()),
        IngestMetrics(Registry()),
    )


@asynccontextmanager
async def reading(part: BatchReader | Keeper) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(part.run(), name="reading")
        yield
        task.cancel()


async def publish(bus: MemoryBus, *values: str) -> None:
    for value in values:
        await bus.bulk.publish(TOPIC, value.encode(), key=value)


async def seen(engine: AsyncEngine) -> list[str]:
    return [row["value"] for row in await rows(engine, "SELECT value FROM effect ORDER BY value")]


async def until_seen(engine: AsyncEngine, expected: Sequence[str]) -> None:
    async def all_there() -> bool:
        return sorted(expected) == await seen(engine)

    await until_found(all_there)


async def test_every_record_has_its_effect_and_the_offset_goes_with_it(
    bus: MemoryBus, engine: AsyncEngine
) -> None:
    values = [f"{n:02}" for n in range(30)]
    await publish(bus, *values)

    async with reading(reader(bus, engine, Effects())):
        await until_seen(engine, values)

    kept = await rows(engine, "SELECT sum(next_offset) AS read FROM intelligence.consumer_offset")
    assert kept[0]["read"] == 30


async def test_a_reader_goes_on_where_the_database_is_whatever_the_group_says(
    bus: MemoryBus, engine: AsyncEngine
) -> None:
    await publish(bus, "a", "b")
    async with reading(reader(bus, engine, Effects())):
        await until_seen(engine, ["a", "b"])
    await publish(bus, "c")

    async with reading(reader(bus, engine, Effects())):
        await until_seen(engine, ["a", "b", "c"])


async def test_two_members_that_read_the_same_partition_do_not_do_it_twice(
    bus: MemoryBus, engine: AsyncEngine
) -> None:
    """One is held up in the middle of a batch, loses its partitions, and wakes up afterwards."""
    slow, quick = Effects(), Effects()
    slow.gate.clear()
    values = [f"{n:02}" for n in range(20)]
    await publish(bus, *values)

    async with reading(reader(bus, engine, slow)):
        await until(lambda: slow.prepared)
        async with reading(reader(bus, engine, quick)):
            await until(lambda: quick.prepared)
            slow.gate.set()
            await until_seen(engine, values)

    assert await seen(engine) == values


@pytest.mark.parametrize("fault", ["bad", "broken"])
async def test_one_record_that_cannot_be_stored_is_a_dead_letter_and_no_others(
    bus: MemoryBus, engine: AsyncEngine, fault: str
) -> None:
    effects = Effects()
    getattr(effects, fault).add(b"05")
    values = [f"{n:02}" for n in range(20)]
    await publish(bus, *values)

    async with reading(reader(bus, engine, effects)):
        await until_seen(engine, [value for value in values if value != "05"])
        await until(lambda: bus.records(f"{TOPIC}.dlq"))

    (letter,) = bus.records(f"{TOPIC}.dlq")
    assert letter.value == b"05"
    assert letter.headers["dlq.reason"] == ("invalid" if fault == "bad" else "bug")


async def test_too_many_dead_letters_stop_the_reader(bus: MemoryBus, engine: AsyncEngine) -> None:
    effects = Effects()
    effects.bad = {f"{n:02}".encode() for n in range(20)}
    await publish(bus, *(value.decode() for value in effects.bad))

    with pytest.raises(ExceptionGroup):
        async with asyncio.timeout(20):
            await reader(bus, engine, effects, DlqLimit(floor=3)).run()


async def test_a_topic_that_was_made_anew_is_not_read_until_an_operator_says_so(
    bus: MemoryBus, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intelligence_ingest.keep_reading.LOOK_SECONDS", 0.01)
    values = [f"{n:02}" for n in range(9)]
    await publish(bus, *values)
    async with reading(reader(bus, engine, Effects())):
        await until_seen(engine, values)
    anew = MemoryBus()
    await anew.create_topics([NewTopic(TOPIC, 3), NewTopic(f"{TOPIC}.dlq")])
    await publish(anew, "new")

    effects = Effects()
    keeper = Keeper(engine, "test", reader(anew, engine, effects), IngestMetrics(Registry()))
    async with reading(keeper):
        await until(lambda: keeper.halted)
        assert effects.prepared == 0
        async with engine.begin() as connection:
            assert await accept_topic(connection, TOPIC, "command-line") == 3
        await until_seen(engine, [*values, "new"])
        assert not keeper.halted


@pytest.mark.parametrize("records", [9, 20])
async def test_a_topic_that_was_made_anew_and_filled_beyond_what_was_read_is_told_from_the_old_one(
    bus: MemoryBus, engine: AsyncEngine, records: int
) -> None:
    values = [f"{n:02}" for n in range(9)]
    await publish(bus, *values)
    async with reading(reader(bus, engine, Effects())):
        await until_seen(engine, values)
    anew = MemoryBus()
    await anew.create_topics([NewTopic(TOPIC, 3), NewTopic(f"{TOPIC}.dlq")])
    for n in range(records):
        for partition in range(3):
            await anew.bulk.publish(TOPIC, f"new {n}".encode(), partition=partition)

    keeper = Keeper(engine, "test", reader(anew, engine, Effects()), IngestMetrics(Registry()))
    async with reading(keeper):
        await until(lambda: keeper.halted)

    assert await seen(engine) == values


async def test_a_reader_whose_last_record_has_expired_goes_on_without_it(
    bus: MemoryBus, engine: AsyncEngine
) -> None:
    part = reader(bus, engine, Effects())
    where = Record(TOPIC, 0, 4, None, b"x").where
    part._marks[where] = Mark(3, b"another")

    assert len(await part._behind_mark([Record(TOPIC, 0, 4, None, b"x")])) == 1


async def test_records_from_before_where_we_are_mean_another_topic_if_it_ends_there(
    bus: MemoryBus, engine: AsyncEngine
) -> None:
    part = reader(bus, engine, Effects())
    record = Record(TOPIC, 0, 4, None, b"x")
    await part._check_order({record.where: [record]})

    with pytest.raises(TopicRecreated):
        await part._check_order({record.where: [record]})


async def test_records_that_are_read_again_after_a_rebalance_mean_nothing(
    bus: MemoryBus, engine: AsyncEngine
) -> None:
    part = reader(bus, engine, Effects())
    await bus.bulk.publish(TOPIC, b"x", partition=0)
    record = Record(TOPIC, 0, 0, None, b"x")

    for _ in range(2):
        await part._check_order({record.where: [record]})


def test_a_batch_is_never_larger_than_allowed() -> None:
    records = [Record(TOPIC, 0, n, None, b"") for n in range(9)]

    assert [len(batch) for batch in batches(records, 4)] == [4, 4, 1]
