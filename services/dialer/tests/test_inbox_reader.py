"""The bus is read from where the database says, and nothing of it is passed over."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from desk import ACCOUNT, CHANCES, TENANT, Desk, at_desk

from dialer.clock import DatabaseClock
from dialer.inbox_reader import GROUP, InboxReader, portions
from dialer.loops import repeat
from dialer.metrics import DialerMetrics
from dialer.ownership import Ownership
from dialer.store import fence
from dialer.store.claim import Reserved
from dialer.store.fence import Recovery
from dialer.store.inbox import Batch, Inbox, Rewound
from dialer.surroundings import TOPICS, Surroundings, TopicRecreated, check_not_recreated
from trunkline.bus import NewTopic, Record, TopicPartition
from trunkline.bus.memory import MemoryBus
from trunkline.database.transaction import transaction
from trunkline.events.lifecycle import OptOutRequested
from trunkline.events.topics import CALLBACKS, CAPACITY, LIFECYCLE
from trunkline.events.twilio import Callback, Capacity, StatusReported
from trunkline.events.wire import encode_callback, encode_capacity, encode_lifecycle
from trunkline.metrics import Registry

NUMBER = "+12125550101"
SID = "CA" + "a" * 32


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


@pytest.fixture
async def bus() -> MemoryBus:
    bus = MemoryBus()
    letters = [NewTopic(f"{topic}.dlq") for topic in TOPICS]
    await bus.create_topics([CALLBACKS.new(), LIFECYCLE.new(), CAPACITY.new(), *letters])
    return bus


@pytest.fixture
async def posted(desk: Desk) -> Reserved:
    return await desk.posted(await desk.campaign(), NUMBER)


class NoErrands:
    """Whoever is brought errands, and runs none."""

    def put(self, todo: object) -> None:
        self.todo = todo


def reader_of(desk: Desk, bus: MemoryBus, registry: Registry) -> InboxReader:
    return InboxReader(
        bus,
        desk.engine,
        Inbox(desk.vault, CHANCES),
        NoErrands(),  # type: ignore[arg-type]  # as good as one
        DatabaseClock(),
        DialerMetrics(registry),
    )


@asynccontextmanager
async def reading(
    desk: Desk, bus: MemoryBus, reader: InboxReader | None = None
) -> AsyncIterator[Registry]:
    """An inbox that reads, a new one unless it is given, and what a new one counts."""
    registry = Registry()
    reader = reader or reader_of(desk, bus, registry)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(repeat("inbox", 0.1, reader.run), name="reader")
        yield registry
        task.cancel()


def record(reserved: Reserved, status: str, sequence: int) -> bytes:
    told = StatusReported(status, sequence, {})
    who = (TENANT, str(reserved.attempt_id), ACCOUNT, SID)
    return encode_callback(Callback(*who, received_ms=1, event=told))


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.01)


async def offset(desk: Desk, where: TopicPartition) -> int:
    found = await desk.connection.fetchval(
        "SELECT next_offset FROM dialer.consumed_offset WHERE topic = $1 AND partition = $2",
        where.topic,
        where.partition,
    )
    return int(found or 0)


async def test_callbacks_reach_their_attempt(desk: Desk, bus: MemoryBus, posted: Reserved) -> None:
    async with reading(desk, bus):
        for n, status in enumerate(["initiated", "ringing", "busy"]):
            await bus.bulk.publish(CALLBACKS.name, record(posted, status, n), key=SID)

        async def is_busy() -> bool:
            row = await desk.row("attempt", posted.attempt_id)
            return bool(row["state"] == "busy")

        await until(is_busy)


async def test_reading_goes_on_where_the_database_says_whatever_the_group_has_committed(
    desk: Desk, bus: MemoryBus, posted: Reserved
) -> None:
    """A failover has lost what the group had committed as read."""
    place = TopicPartition(CALLBACKS.name, 0)
    await bus.bulk.publish(CALLBACKS.name, record(posted, "ringing", 1), partition=0)
    async with bus.join(GROUP, TOPICS) as member:
        await member.fetch()
        await member.commit({place: 1})
    async with reading(desk, bus):
        await until(lambda: _is(desk, place, 1))

    assert (await desk.row("attempt", posted.attempt_id))["state"] == "ringing"


async def _is(desk: Desk, place: TopicPartition, wanted: int) -> bool:
    return await offset(desk, place) == wanted


async def go_back(desk: Desk, place: TopicPartition) -> None:
    """A failover, as the inbox sees it: what was read is not there any more."""
    await desk.connection.execute("DELETE FROM dialer.inbox")
    await desk.connection.execute(
        "UPDATE dialer.consumed_offset SET next_offset = 0 WHERE topic = $1 AND partition = $2",
        *(place.topic, place.partition),
    )


async def test_what_a_failover_has_lost_is_read_again_even_if_nothing_new_comes(
    desk: Desk, bus: MemoryBus, posted: Reserved
) -> None:
    # Nothing is dialled while the inbox is behind, so nothing new may ever come.
    place = TopicPartition(CALLBACKS.name, 0)
    recovery = await recovery_of(desk)
    await bus.bulk.publish(CALLBACKS.name, record(posted, "ringing", 1), partition=0)
    async with reading(desk, bus):
        await until(lambda: _is(desk, place, 1))
        assert not (await recovery()).holds(ACCOUNT)
        await go_back(desk, place)
        await until(lambda: _is(desk, place, 1), seconds=30)

    assert await desk.connection.fetchval("SELECT count(*) FROM dialer.inbox") == 1
    assert (await recovery()).holds(ACCOUNT)
    assert not (await recovery()).waits_for_person


async def test_an_older_copy_is_known_by_what_the_bus_knows_also_where_nobody_is_left(
    desk: Desk, bus: MemoryBus, posted: Reserved
) -> None:
    """All replicas were restarted, and a snapshot of the disk, of the same system and timeline, is
    what they find: the attempts of since then are not in it."""
    place = TopicPartition(CALLBACKS.name, 0)
    recovery = await recovery_of(desk)
    await bus.bulk.publish(CALLBACKS.name, record(posted, "ringing", 1), partition=0)
    async with reading(desk, bus):
        await until(lambda: _is(desk, place, 1))
    async with reading(desk, bus):
        await until(lambda: _is(desk, place, 1))
    assert not (await recovery()).holds(ACCOUNT)
    await go_back(desk, place)
    async with reading(desk, bus):
        await until(lambda: _is(desk, place, 1))

    assert (await recovery()).waits_for_person


async def test_a_process_that_has_read_before_wants_no_persons_word(
    desk: Desk, bus: MemoryBus, posted: Reserved
) -> None:
    """Its heartbeats know how much is missing; it is given its partitions anew before they look."""
    place = TopicPartition(CALLBACKS.name, 0)
    recovery = await recovery_of(desk)
    reader = reader_of(desk, bus, Registry())
    await bus.bulk.publish(CALLBACKS.name, record(posted, "ringing", 1), partition=0)
    async with reading(desk, bus, reader):
        await until(lambda: _is(desk, place, 1))
    await go_back(desk, place)
    async with reading(desk, bus, reader):
        await until(lambda: _is(desk, place, 1))

    assert (await recovery()).holds(ACCOUNT)
    assert not (await recovery()).waits_for_person


async def recovery_of(desk: Desk) -> Callable[[], Awaitable[Recovery]]:
    """What a process without a memory of its own says of the database, after a first look."""

    async def look() -> Recovery:
        async with transaction(desk.engine) as connection:
            return await fence.look(connection)

    await look()
    return look


async def test_nothing_is_passed_over_where_the_database_has_gone_back(
    desk: Desk, posted: Reserved
) -> None:
    place = TopicPartition(CALLBACKS.name, 0)
    inbox = Inbox(desk.vault, CHANCES)
    batch = Batch(place, [], next_offset=8, record_at=datetime.now(UTC), passed=7)
    async with transaction(desk.engine) as connection:
        with pytest.raises(Rewound):
            await inbox.take_in(connection, [batch])

    assert await offset(desk, place) == 0


def test_what_is_taken_in_together_is_bounded_and_keeps_the_order_of_each_partition() -> None:
    runs = [
        [Record(topic, 0, n, None, b"") for n in range(count)]
        for topic, count in (("a", 3), ("b", 0), ("c", 2))
    ]
    taken = [
        [(run[0].topic, [record.offset for record in run]) for run in portion]
        for portion in portions(runs, 2)
    ]

    assert taken == [[("a", [0, 1])], [("a", [2]), ("c", [0])], [("c", [1])]]


async def test_a_record_that_cannot_be_read_keeps_none_of_another_partition_away(
    desk: Desk, bus: MemoryBus, posted: Reserved
) -> None:
    await bus.bulk.publish(LIFECYCLE.name, b"\xff")
    await bus.bulk.publish(CALLBACKS.name, record(posted, "ringing", 1), partition=0)
    async with reading(desk, bus) as registry:
        await until(lambda: _is(desk, TopicPartition(CALLBACKS.name, 0), 1))
        await until(lambda: b"inbox_dead_total 1.0" in registry.exposition())

    assert (await desk.row("attempt", posted.attempt_id))["state"] == "ringing"


async def test_a_record_that_cannot_be_read_is_set_aside_and_those_behind_it_are_read(
    desk: Desk, bus: MemoryBus, posted: Reserved
) -> None:
    place = TopicPartition(CALLBACKS.name, 0)
    await bus.bulk.publish(CALLBACKS.name, record(posted, "initiated", 0), partition=0)
    await bus.bulk.publish(CALLBACKS.name, b"\xff\xff", partition=0, key="CA9")
    await bus.bulk.publish(CALLBACKS.name, record(posted, "ringing", 1), partition=0)
    async with reading(desk, bus):
        await until(lambda: _is(desk, place, 3))
        await until(lambda: len(bus.records(f"{CALLBACKS.name}.dlq")) == 1)

    assert (await desk.row("attempt", posted.attempt_id))["state"] == "ringing"
    dead = await desk.connection.fetchval("SELECT call_sid FROM dialer.inbox WHERE state = 'dead'")
    assert dead == "CA9"


async def test_an_opt_out_is_committed_within_a_moment(
    desk: Desk, bus: MemoryBus, posted: Reserved
) -> None:
    async with reading(desk, bus) as registry:
        told = OptOutRequested(TENANT, SID, 1, NUMBER, "a", 1, str(posted.attempt_id))
        await bus.bulk.publish(LIFECYCLE.name, encode_lifecycle(told), key=SID)

        async def is_suppressed() -> bool:
            return bool(await desk.connection.fetchval("SELECT count(*) FROM dialer.suppression"))

        await until(is_suppressed)
        await until(
            lambda: b'opt_out_seconds_bucket{le="2.5"} 1.0' in registry.exposition(),
        )


async def test_a_topic_that_was_made_anew_stops_everything(desk: Desk, bus: MemoryBus) -> None:
    await desk.connection.execute(
        "INSERT INTO dialer.consumed_offset (topic, partition, next_offset) VALUES ($1, 0, 100)",
        CALLBACKS.name,
    )
    with pytest.raises(ExceptionGroup) as raised:
        async with reading(desk, bus):
            await asyncio.Event().wait()

    assert raised.group_contains(TopicRecreated)


def test_a_topic_that_has_grown_is_the_same_one() -> None:
    place = TopicPartition("t", 0)
    check_not_recreated({place: 5}, {place: 5})
    check_not_recreated({}, {place: 0})
    with pytest.raises(TopicRecreated):
        check_not_recreated({place: 6}, {place: 5})


async def surroundings(desk: Desk, bus: MemoryBus) -> Surroundings:
    clock = DatabaseClock()
    ownership = Ownership(desk.engine, "dialer-1", clock)
    await ownership.beat()
    return Surroundings(bus, desk.engine, clock, ownership)


async def test_nobody_is_dialled_before_the_bus_was_seen(desk: Desk, bus: MemoryBus) -> None:
    around = await surroundings(desk, bus)
    assert not around.may_dial()
    assert around.world().bus_lag is None

    await around.look_at_bus()
    assert around.may_dial()
    assert around.world().bus_lag is not None


async def test_callbacks_that_nobody_reads_stop_the_dialling(
    desk: Desk, bus: MemoryBus, posted: Reserved
) -> None:
    around = await surroundings(desk, bus)
    await around.look_at_bus()
    await bus.bulk.publish(CALLBACKS.name, record(posted, "ringing", 1))
    await desk.connection.execute(
        "UPDATE dialer.end_offset SET read_at = read_at - interval '11 s'"
    )
    await around.look_at_bus()

    lag = around.world().bus_lag
    assert lag is not None
    assert lag > timedelta(seconds=10)
    assert not around.may_dial()


async def test_gateways_tell_what_they_can_take_and_are_forgotten_soon(
    desk: Desk, bus: MemoryBus
) -> None:
    around = await surroundings(desk, bus)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(around.watch_gateways(), name="gateways")
        await asyncio.sleep(0)
        now_ms = round(datetime.now(UTC).timestamp() * 1000)
        for gateway, at_ms in (("one", now_ms), ("other", now_ms - 6000)):
            told = Capacity(gateway, 10, 3, 2, False, at_ms)
            await bus.bulk.publish(CAPACITY.name, encode_capacity(told), key=gateway)
        await bus.bulk.publish(CAPACITY.name, b"\xff")
        await until(lambda: around.free_slots == 5)
        watching.cancel()
