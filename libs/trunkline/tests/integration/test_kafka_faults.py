"""What only a real broker can do to us: go away, come back, and lose topics behind our backs."""

import asyncio
import resource
import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from uuid import uuid4

import pytest

from trunkline.bus import (
    Bus,
    GroupConsumer,
    NewTopic,
    Producer,
    Reader,
    Record,
    Start,
    TopicPartition,
)
from trunkline.bus.consume import consume
from trunkline.bus.kafka import KafkaBus
from trunkline.bus.kafka_member import KafkaMember
from trunkline.bus.kafka_reader import KafkaReader
from trunkline.errors import Invalid, PublishFailed, Transient
from trunkline_cli.stack.kafka import KafkaServer

PARTITIONS = 12
OUTAGE_SECONDS = 8.0  # longer than a record is retried, and than a group's session
RECOVERY_SECONDS = 60.0  # for what takes a second or two on a quiet machine


@pytest.fixture
async def bus(kafka_bootstrap: str) -> AsyncIterator[Bus]:
    async with KafkaBus.open(kafka_bootstrap, client_id="faults") as bus:
        yield bus


@pytest.fixture
async def rival(kafka_bootstrap: str) -> AsyncIterator[Bus]:
    """Somebody else on the same cluster."""
    async with KafkaBus.open(kafka_bootstrap, client_id="rival") as rival:
        yield rival


def unique(prefix: str) -> str:
    return f"{prefix}.{uuid4().hex[:12]}"


class Stream:
    """Publishes numbered records without rest, and keeps those that were acknowledged."""

    def __init__(self, producer: Producer, topic: str, name: str) -> None:
        self._producer = producer
        self._topic = topic
        self._name = name
        self.acknowledged: set[str] = set()
        self.number = 0

    async def run(self) -> None:
        while True:
            with suppress(PublishFailed):
                await self.publish(self.number % PARTITIONS)
            await asyncio.sleep(0.02)

    async def publish(self, partition: int) -> None:
        self.number += 1
        value = f"{self._name}:{self.number}"
        await self._producer.publish(self._topic, value.encode(), key=value, partition=partition)
        self.acknowledged.add(value)

    async def reach_every_partition(self) -> None:
        """Publish to each partition, however often it takes."""
        for partition in range(PARTITIONS):
            while True:
                with suppress(PublishFailed):
                    await self.publish(partition)
                    break


async def test_after_an_outage_every_partition_accepts_and_nothing_acknowledged_is_lost(
    own_kafka: Callable[[], KafkaServer],
) -> None:
    kafka = own_kafka()
    await kafka.start()
    read: set[str] = set()
    consumed: set[str] = set()
    stop = asyncio.Event()
    async with KafkaBus.open(kafka.bootstrap, client_id="outage") as bus:
        await bus.create_topics([NewTopic("durable", PARTITIONS), NewTopic("durable.dlq")])
        streams = [Stream(bus.calls, "durable", "calls"), Stream(bus.bulk, "durable", "bulk")]

        async def read_all() -> None:
            async with bus.read("durable", Start.BEGINNING) as reader:
                while True:
                    read.update(record.value.decode() for record in await reader.fetch())

        async def handle(record: Record) -> None:
            consumed.add(record.value.decode())

        def everything_arrived() -> bool:
            acknowledged = streams[0].acknowledged | streams[1].acknowledged
            return acknowledged <= read and acknowledged <= consumed

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(consume(bus, "keepers", ["durable"], handle, stop), name="consume")
            reading = tasks.create_task(read_all(), name="read")
            writing = [tasks.create_task(stream.run(), name="write") for stream in streams]
            await until(lambda: all(len(stream.acknowledged) > 50 for stream in streams))

            await kafka.stop()
            await asyncio.sleep(OUTAGE_SECONDS)
            await kafka.start()

            async with asyncio.timeout(RECOVERY_SECONDS):
                for stream in streams:
                    await stream.reach_every_partition()
            for task in writing:
                task.cancel()
            await until(everything_arrived)
            reading.cancel()
            stop.set()


async def test_records_of_a_patient_sender_outlive_an_outage_in_their_order(
    own_kafka: Callable[[], KafkaServer],
) -> None:
    kafka = own_kafka()
    await kafka.start()
    async with KafkaBus.open(kafka.bootstrap, client_id="patient") as bus:
        await bus.create_topics([NewTopic("log")])
        await bus.calls.publish("log", b"before")
        await kafka.stop()
        sent = [await bus.calls.send("log", str(n).encode(), within=60.0) for n in range(5)]
        await kafka.start()
        offsets = [(await published).offset for published in sent]

    assert offsets == sorted(offsets)


@pytest.mark.parametrize("producer", ["calls", "bulk"])
async def test_writing_to_a_topic_deleted_behind_our_back_costs_no_core_and_holds_up_no_other(
    bus: Bus, rival: Bus, producer: str
) -> None:
    chosen = bus.calls if producer == "calls" else bus.bulk
    doomed, other = unique("doomed"), unique("other")
    await bus.create_topics([NewTopic(doomed), NewTopic(other)])
    for topic in (doomed, other):
        await chosen.publish(topic, b"x")
    await rival.delete_topics([doomed])
    waits: list[float] = []
    loop = asyncio.get_running_loop()

    async def lose() -> None:
        with pytest.raises(PublishFailed):
            await chosen.publish(doomed, b"lost")

    cpu_before = cpu_seconds()
    async with asyncio.TaskGroup() as tasks:
        losing = tasks.create_task(lose(), name="loses a record")
        while not losing.done():
            began = loop.time()
            await chosen.publish(other, b"y")
            waits.append(loop.time() - began)
            await asyncio.sleep(0.02)
    await rival.delete_topics([other])

    assert cpu_seconds() - cpu_before < 1.0, "2-5 s of asking for metadata in a loop"
    assert statistics.median(waits) < 0.1


async def test_a_reader_left_on_a_deleted_topic_costs_no_core(bus: Bus, rival: Bus) -> None:
    doomed = unique("doomed")
    await bus.create_topics([NewTopic(doomed)])
    await bus.calls.publish(doomed, b"x")
    async with bus.read(doomed, Start.BEGINNING) as reader:
        await reader.fetch()
        await rival.delete_topics([doomed])
        cpu_before = cpu_seconds()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await reader.fetch()

    assert cpu_seconds() - cpu_before < 0.5


async def test_a_reader_whose_consumer_has_died_goes_on_where_it_was(bus: Bus) -> None:
    topic = unique("call")
    await bus.create_topics([NewTopic(topic)])
    await bus.calls.publish(topic, b"1")
    async with bus.read(topic, Start.BEGINNING) as reader:
        first = await reader.fetch()
        await bus.calls.publish(topic, b"2")
        await end_fetching(reader)
        second = await asyncio.wait_for(reader.fetch(), RECOVERY_SECONDS)
    await bus.delete_topics([topic])

    assert [record.value for record in (*first, *second)] == [b"1", b"2"]


async def test_a_member_whose_consumer_has_died_gives_back_what_it_had_and_joins_again(
    bus: Bus,
) -> None:
    topic = unique("durable")
    lost: list[TopicPartition] = []

    async def revoked(partitions: frozenset[TopicPartition]) -> None:
        lost.extend(partitions)

    await bus.create_topics([NewTopic(topic)])
    await bus.bulk.publish(topic, b"1")
    async with bus.join(unique("group"), [topic], on_revoked=revoked) as member:
        [first] = await member.fetch()
        await member.commit({first.where: 1})
        await end_fetching(member)
        await bus.bulk.publish(topic, b"2")
        [second] = await asyncio.wait_for(member.fetch(), RECOVERY_SECONDS)
        lost_meanwhile = list(lost)
    await bus.delete_topics([topic])

    assert second.value == b"2"
    assert lost_meanwhile == [first.where]


async def test_what_goes_wrong_in_a_callback_is_raised_by_the_next_fetch(bus: Bus) -> None:
    topic = unique("durable")

    async def assigned(_: frozenset[TopicPartition]) -> None:
        raise ZeroDivisionError

    await bus.create_topics([NewTopic(topic)])
    async with bus.join(unique("group"), [topic], on_assigned=assigned) as member:
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(member.fetch(), RECOVERY_SECONDS)
    await bus.delete_topics([topic])


async def test_a_record_that_no_broker_would_take_is_invalid(bus: Bus) -> None:
    topic = unique("call")
    await bus.create_topics([NewTopic(topic)])
    with pytest.raises(Invalid):
        await bus.calls.publish(topic, b"x" * 2_000_000)
    await bus.delete_topics([topic])


async def test_a_call_topic_can_be_read_and_written_the_moment_it_was_created(bus: Bus) -> None:
    loop = asyncio.get_running_loop()
    waits: list[float] = []
    for _ in range(15):
        topic = unique("call")
        began = loop.time()
        await bus.create_topics([NewTopic(topic)])
        async with bus.read(topic, Start.BEGINNING) as reader:
            await bus.calls.publish(topic, b"attached")
            await reader.fetch()
            waits.append(loop.time() - began)
        await bus.delete_topics([topic])

    assert statistics.median(waits) < 0.1


async def test_a_cluster_that_does_not_answer_is_reported_and_does_not_hang(
    own_kafka: Callable[[], KafkaServer],
) -> None:
    never_started = own_kafka()

    with pytest.raises(Transient, match="no Kafka broker answers"):
        async with KafkaBus.open(never_started.bootstrap, client_id="nobody"):
            pass


async def end_fetching(consumer: Reader | GroupConsumer) -> None:
    """End aiokafka's background task, as an error that it does not expect would."""
    assert isinstance(consumer, KafkaReader | KafkaMember)
    fetching = consumer._consumer._fetcher.error_future
    fetching.cancel()
    await asyncio.wait([fetching])


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what other tasks bring about."""
    async with asyncio.timeout(RECOVERY_SECONDS):
        while not condition():  # noqa: ASYNC110  # several tasks bring it about, none announces it
            await asyncio.sleep(0.05)
