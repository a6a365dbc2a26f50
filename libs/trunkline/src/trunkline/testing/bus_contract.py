"""What every bus must do: one suite, run on memory and on a real Kafka.

    class TestMemoryBus(BusContract):
        @pytest.fixture
        async def bus(self) -> AsyncIterator[Bus]: ...

The `calls` deadline of the bus under test should be short, since one test waits for it to pass.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from trunkline.bus import (
    Bus,
    GroupConsumer,
    NewTopic,
    Position,
    Reader,
    Record,
    Start,
    TopicPartition,
)
from trunkline.bus.consume import Limits, consume, read_at_most_once
from trunkline.bus.dead_letters import DlqLimit, TooManyDeadLetters
from trunkline.bus.patience import Patience
from trunkline.errors import Invalid, PublishFailed, Transient

PATIENCE_SECONDS = 20.0  # for what takes milliseconds on a quiet machine
PATIENCE = Patience(tries=3, first_pause=0.01)


def unique(prefix: str) -> str:
    """A name that no other test on the same cluster has."""
    return f"{prefix}.{uuid4().hex[:12]}"


async def read_values(source: Reader | GroupConsumer, count: int) -> list[str]:
    """The next records' values as text; stops at `count` or after."""
    values: list[str] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(values) < count:
            values += [record.value.decode() for record in await source.fetch()]
    return values


class Seen:
    """What a handler was given."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def note(self, record: Record) -> None:
        self.values.append(record.value.decode())

    async def __call__(self, record: Record) -> None:
        self.note(record)


class BusContract:
    """The promises of `Bus` and its parts, each a test."""

    @pytest.fixture
    async def topic(self, bus: Bus) -> AsyncIterator[str]:
        """A topic of one partition, ready to be written."""
        async with self.topic_of(bus, 1) as name:
            yield name

    @pytest.fixture
    async def wide(self, bus: Bus) -> AsyncIterator[str]:
        """A topic of six partitions, ready to be written."""
        async with self.topic_of(bus, 6) as name:
            yield name

    @asynccontextmanager
    async def topic_of(self, bus: Bus, partitions: int) -> AsyncIterator[str]:
        name = unique("contract")
        await bus.create_topics([NewTopic(name, partitions)])
        yield name
        await bus.delete_topics([name])

    # Publishing

    async def test_a_published_record_is_read_as_it_was_written(self, bus: Bus, topic: str) -> None:
        async with bus.read(topic, Start.BEGINNING) as reader:
            position = await bus.calls.publish(
                topic, b"\x00hello\xff", key="CA1", headers={"type": "greeting"}
            )
            [record] = await asyncio.wait_for(reader.fetch(), PATIENCE_SECONDS)

        assert position == Position(partition=0, offset=0)
        assert (record.topic, record.partition, record.offset) == (topic, 0, 0)
        assert (record.key, record.value) == ("CA1", b"\x00hello\xff")
        assert record.headers == {"type": "greeting"}
        assert record.timestamp_ms > 1_500_000_000_000

    async def test_a_record_without_key_and_headers_has_none(self, bus: Bus, topic: str) -> None:
        await bus.bulk.publish(topic, b"bare")
        async with bus.read(topic, Start.BEGINNING) as reader:
            [record] = await asyncio.wait_for(reader.fetch(), PATIENCE_SECONDS)

        assert record.key is None
        assert record.headers == {}

    @pytest.mark.parametrize("producer", ["calls", "bulk"])
    async def test_records_sent_one_after_another_keep_their_order(
        self, bus: Bus, topic: str, producer: str
    ) -> None:
        chosen = bus.calls if producer == "calls" else bus.bulk
        sent = [await chosen.send(topic, str(n).encode(), key="CA1") for n in range(200)]
        positions = [await published for published in sent]
        async with bus.read(topic, Start.BEGINNING) as reader:
            values = await read_values(reader, 200)

        assert [position.offset for position in positions] == list(range(200))
        assert values == [str(n) for n in range(200)]

    async def test_order_holds_for_a_topic_that_was_created_a_moment_ago(self, bus: Bus) -> None:
        names = [unique("contract") for _ in range(5)]
        await bus.create_topics([NewTopic(name) for name in names])
        sent = [await bus.calls.send(name, str(n).encode()) for n in range(20) for name in names]
        for published in sent:
            await published

        for name in names:
            async with bus.read(name, Start.BEGINNING) as reader:
                assert await read_values(reader, 20) == [str(n) for n in range(20)]

    async def test_concurrent_senders_each_keep_their_own_order(self, bus: Bus, topic: str) -> None:
        async def send_all(sender: int) -> None:
            for n in range(50):
                await bus.calls.publish(topic, f"{sender}:{n}".encode(), key=str(sender))

        async with asyncio.TaskGroup() as tasks:
            for sender in range(4):
                tasks.create_task(send_all(sender), name=f"sender {sender}")
        async with bus.read(topic, Start.BEGINNING) as reader:
            values = await read_values(reader, 200)

        for sender in range(4):
            own = [value for value in values if value.startswith(f"{sender}:")]
            assert own == [f"{sender}:{n}" for n in range(50)]

    async def test_one_key_goes_to_one_partition_and_keeps_its_order(
        self, bus: Bus, wide: str
    ) -> None:
        keys = [f"CA{n}" for n in range(30)]
        sent = [
            await bus.calls.send(wide, f"{key}:{n}".encode(), key=key)
            for n in range(5)
            for key in keys
        ]
        for published in sent:
            await published
        records = await self.read_all(bus, wide, 150)

        assert len({record.partition for record in records}) > 1
        for key in keys:
            own = [record for record in records if record.key == key]
            assert len({record.partition for record in own}) == 1
            assert [record.value.decode() for record in own] == [f"{key}:{n}" for n in range(5)]

    async def test_a_named_partition_is_used_whatever_the_key(self, bus: Bus, wide: str) -> None:
        positions = [
            await bus.calls.publish(wide, b"x", key=f"CA{n}", partition=4) for n in range(5)
        ]

        assert {position.partition for position in positions} == {4}

    async def test_a_record_for_an_unknown_topic_fails_at_the_deadline(self, bus: Bus) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()

        with pytest.raises(PublishFailed):
            await bus.calls.publish(unique("nowhere"), b"x")

        assert loop.time() - began < PATIENCE_SECONDS

    async def test_a_topic_that_does_not_exist_holds_up_no_other(
        self, bus: Bus, topic: str
    ) -> None:
        async def lose() -> None:
            with pytest.raises(PublishFailed):
                await bus.calls.publish(unique("nowhere"), b"x")

        async with asyncio.TaskGroup() as tasks:
            losing = tasks.create_task(lose(), name="loses a record")
            for _ in range(5):
                await bus.calls.publish(topic, b"y")

            assert not losing.done()

    # Reading without a group

    async def test_two_readers_both_see_every_record(self, bus: Bus, wide: str) -> None:
        async with bus.read(wide, Start.END) as one, bus.read(wide, Start.END) as other:
            for n in range(20):
                await bus.calls.publish(wide, str(n).encode(), key=str(n))
            seen = [await read_values(reader, 20) for reader in (one, other)]

        expected = sorted(str(n) for n in range(20))
        assert sorted(seen[0]) == sorted(seen[1]) == expected

    async def test_a_reader_from_the_end_sees_all_that_came_after_it_was_opened_and_no_more(
        self, bus: Bus, wide: str
    ) -> None:
        for partition in range(6):
            await bus.calls.publish(wide, b"before", partition=partition)
        async with bus.read(wide, Start.END) as reader:
            for partition in range(6):
                await bus.calls.publish(wide, f"after {partition}".encode(), partition=partition)
            values = await read_values(reader, 6)

        assert sorted(values) == [f"after {partition}" for partition in range(6)]

    async def test_every_call_topic_has_a_reader_of_its_own_from_the_beginning(
        self, bus: Bus
    ) -> None:
        async def call(name: str) -> list[str]:
            await bus.create_topics([NewTopic(name)])
            first = await bus.calls.send(name, b"attached")
            async with bus.read(name, Start.BEGINNING) as reader:
                await first
                await bus.calls.publish(name, b"spoken")
                values = await read_values(reader, 2)
            await bus.delete_topics([name])
            return values

        async with asyncio.TaskGroup() as tasks:
            calls = [tasks.create_task(call(unique("call")), name="call") for _ in range(8)]

        assert [task.result() for task in calls] == [["attached", "spoken"]] * 8

    async def test_a_reader_that_has_caught_up_stands_at_the_end_offsets(
        self, bus: Bus, topic: str
    ) -> None:
        for _ in range(3):
            await bus.calls.publish(topic, b"x")
        async with bus.read(topic, Start.BEGINNING) as reader:
            assert reader.positions() == {TopicPartition(topic, 0): 0}
            await read_values(reader, 3)

            assert reader.positions() == await bus.end_offsets(topic)

    async def test_reading_an_unknown_topic_is_transient(self, bus: Bus) -> None:
        with pytest.raises(Transient):
            async with bus.read(unique("nowhere"), Start.BEGINNING):
                pass

    # Groups

    async def test_the_members_of_a_group_share_the_partitions_and_read_each_record_once(
        self, bus: Bus, wide: str
    ) -> None:
        group = unique("group")
        async with bus.join(group, [wide]) as one, bus.join(group, [wide]) as other:
            await self.until(lambda: len(one.assignment()) == len(other.assignment()) == 3)
            for partition in range(6):
                await bus.bulk.publish(wide, str(partition).encode(), partition=partition)
            seen = [await read_values(one, 3), await read_values(other, 3)]

        assert not set(seen[0]) & set(seen[1])
        assert sorted(seen[0] + seen[1]) == [str(partition) for partition in range(6)]

    async def test_a_group_goes_on_where_it_has_committed(self, bus: Bus, topic: str) -> None:
        group = unique("group")
        for n in range(4):
            await bus.bulk.publish(topic, str(n).encode())
        where = TopicPartition(topic, 0)
        async with bus.join(group, [topic]) as member:
            assert await read_values(member, 4) == ["0", "1", "2", "3"]
            assert await member.commit({where: 2}) == {where}
        async with bus.join(group, [topic]) as member:
            again = await read_values(member, 2)

        assert again == ["2", "3"]

    async def test_a_new_group_that_starts_at_the_end_does_not_read_what_is_old(
        self, bus: Bus, topic: str
    ) -> None:
        await bus.bulk.publish(topic, b"old")
        async with bus.join(unique("group"), [topic], start=Start.END) as member:
            await self.until(lambda: bool(member.assignment()))
            await bus.bulk.publish(topic, b"new")
            values = await read_values(member, 1)

        assert values == ["new"]

    async def test_an_offset_of_a_partition_that_is_not_ours_is_left_out_of_a_commit(
        self, bus: Bus, topic: str
    ) -> None:
        elsewhere = TopicPartition(unique("nowhere"), 0)
        async with bus.join(unique("group"), [topic]) as member:
            await self.until(lambda: bool(member.assignment()))
            stored = await member.commit({elsewhere: 5, TopicPartition(topic, 0): 0})

        assert stored == {TopicPartition(topic, 0)}

    async def test_partitions_are_given_back_before_another_member_gets_them(
        self, bus: Bus, wide: str
    ) -> None:
        group, seen = unique("group"), list[str]()

        async def revoked(partitions: frozenset[TopicPartition]) -> None:
            seen.append(f"one lost {len(partitions)}")

        async def assigned(partitions: frozenset[TopicPartition]) -> None:
            seen.append(f"other got {len(partitions)}")

        async with bus.join(group, [wide], on_revoked=revoked) as one:
            await self.until(lambda: len(one.assignment()) == 6)
            async with bus.join(group, [wide], on_assigned=assigned):
                await self.until(lambda: "other got 3" in seen)

        assert seen.index("one lost 6") < seen.index("other got 3")

    async def test_what_is_committed_while_partitions_are_revoked_is_not_read_again(
        self, bus: Bus, topic: str
    ) -> None:
        group = unique("group")
        where = TopicPartition(topic, 0)

        async def revoked(_: frozenset[TopicPartition]) -> None:
            await leaver.commit({where: 1})

        await bus.bulk.publish(topic, b"done")
        await bus.bulk.publish(topic, b"not done")
        async with bus.join(group, [topic], on_revoked=revoked) as leaver:
            await read_values(leaver, 2)
        async with bus.join(group, [topic]) as heir:
            values = await read_values(heir, 1)

        assert values == ["not done"]

    # Topics

    async def test_topics_are_created_listed_and_deleted(self, bus: Bus) -> None:
        name = unique("contract")
        await bus.create_topics([NewTopic(name, 3, {"retention.ms": "3600000"})])
        await bus.create_topics([NewTopic(name, 3)])  # what exists is left as it is

        assert await bus.partitions(name) == 3
        assert name in await bus.topics()

        await bus.delete_topics([name])
        await bus.delete_topics([name])  # what is gone is no error

        async def gone() -> bool:
            return name not in await bus.topics()

        await self.until(gone)

    async def test_a_deleted_topic_refuses_records_until_it_is_created_again(
        self, bus: Bus, topic: str
    ) -> None:
        await bus.calls.publish(topic, b"x")
        await bus.delete_topics([topic])

        with pytest.raises(PublishFailed):
            await bus.calls.publish(topic, b"y")

    async def test_the_age_of_a_topic_is_that_of_its_oldest_record(
        self, bus: Bus, topic: str
    ) -> None:
        assert await bus.first_timestamp_ms(topic) is None

        await bus.calls.publish(topic, b"first")
        await bus.calls.publish(topic, b"second")
        async with bus.read(topic, Start.BEGINNING) as reader:
            [first, *_] = await reader.fetch()

        assert await bus.first_timestamp_ms(topic) == first.timestamp_ms

    # Consuming

    async def test_a_durable_topic_loses_nothing_while_members_come_and_go(
        self, bus: Bus, wide: str
    ) -> None:
        group, seen = unique("group"), Seen()
        values = [f"{key}:{n}" for n in range(20) for key in "abcdefgh"]

        async def slowly(record: Record) -> None:
            await asyncio.sleep(0.02)
            seen.note(record)

        async with self.consuming(bus, group, wide, slowly):
            for value in values[:80]:
                await bus.bulk.publish(wide, value.encode(), key=value[0])
            async with self.consuming(bus, group, wide, slowly):
                for value in values[80:]:
                    await bus.bulk.publish(wide, value.encode(), key=value[0])
            await self.until(lambda: set(values) <= set(seen.values))

        for key in "abcdefgh":
            own = [value for value in seen.values if value[0] == key]
            assert list(dict.fromkeys(own)) == [f"{key}:{n}" for n in range(20)]

    async def test_after_a_stop_nothing_that_was_handled_is_read_again(
        self, bus: Bus, topic: str
    ) -> None:
        group, first, second = unique("group"), Seen(), Seen()
        await bus.bulk.publish(topic, b"1")
        async with self.consuming(bus, group, topic, first):
            await self.until(lambda: first.values == ["1"])
        await bus.bulk.publish(topic, b"2")
        async with self.consuming(bus, group, topic, second):
            await self.until(lambda: bool(second.values))

        assert second.values == ["2"]

    async def test_records_that_cannot_be_handled_go_to_the_dead_letter_topic_and_no_others(
        self, bus: Bus, topic: str
    ) -> None:
        seen, tries = Seen(), Counter[str]()

        async def handle(record: Record) -> None:
            value = record.value.decode()
            tries[value] += 1
            if value == "invalid":
                raise Invalid
            if value == "bug":
                raise ZeroDivisionError
            if value == "transient" or (value == "recovers" and tries[value] < 2):
                raise Transient
            seen.note(record)

        await bus.create_topics([NewTopic(f"{topic}.dlq")])
        for value in ("invalid", "fine", "transient", "recovers", "bug"):
            await bus.bulk.publish(topic, value.encode(), key=value)
        async with self.consuming(bus, unique("group"), topic, handle):
            letters = await self.read_all(bus, f"{topic}.dlq", 3)
            await self.until(lambda: len(seen.values) == 2)
        await bus.delete_topics([f"{topic}.dlq"])

        assert {letter.value.decode(): letter.headers["dlq.reason"] for letter in letters} == {
            "invalid": "invalid",
            "transient": "exhausted",
            "bug": "bug",
        }
        assert sorted(seen.values) == ["fine", "recovers"]
        assert tries["transient"] == PATIENCE.tries

    async def test_too_many_dead_letters_end_the_loop(self, bus: Bus, topic: str) -> None:
        async def handle(record: Record) -> None:
            raise Invalid

        await bus.create_topics([NewTopic(f"{topic}.dlq")])
        for n in range(10):
            await bus.bulk.publish(topic, b"x", key=str(n))
        with pytest.raises(ExceptionGroup) as raised:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await consume(
                    bus,
                    unique("group"),
                    [topic],
                    handle,
                    asyncio.Event(),
                    dlq_limit=DlqLimit(floor=3),
                )
        await bus.delete_topics([f"{topic}.dlq"])

        assert raised.group_contains(TooManyDeadLetters)

    async def test_what_is_read_at_most_once_is_handled_by_one_member_and_by_no_later_one(
        self, bus: Bus, wide: str
    ) -> None:
        group, seen = unique("group"), Seen()
        for n in range(30):
            await bus.calls.publish(wide, str(n).encode(), key=str(n))
        async with self.reading_once(bus, group, wide, seen):
            await self.until(lambda: len(seen.values) == 30)
        async with self.reading_once(bus, group, wide, seen):
            await bus.calls.publish(wide, b"last")
            await self.until(lambda: "last" in seen.values)

        assert sorted(seen.values) == sorted([*(str(n) for n in range(30)), "last"])

    # Helpers

    @asynccontextmanager
    async def consuming(
        self, bus: Bus, group: str, topic: str, handle: Callable[[Record], Awaitable[None]]
    ) -> AsyncIterator[None]:
        """Consume a topic while the context lasts."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            limits = Limits(patience=PATIENCE)
            tasks.create_task(
                consume(bus, group, [topic], handle, stop, limits=limits), name="consume"
            )
            yield
            stop.set()

    @asynccontextmanager
    async def reading_once(
        self, bus: Bus, group: str, topic: str, seen: "Seen"
    ) -> AsyncIterator[None]:
        async with bus.join(group, [topic]) as consumer, asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(read_at_most_once(consumer, seen.note), name="read")
            yield
            reading.cancel()

    async def read_all(self, bus: Bus, topic: str, count: int) -> list[Record]:
        records: list[Record] = []
        async with bus.read(topic, Start.BEGINNING) as reader, asyncio.timeout(PATIENCE_SECONDS):
            while len(records) < count:
                records += await reader.fetch()
        return records

    async def until(self, condition: Callable[[], bool | Awaitable[bool]]) -> None:
        """Wait for what the bus shows but does not announce, as an assignment."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                holds = condition()
                if holds if isinstance(holds, bool) else await holds:
                    return
                await asyncio.sleep(0.01)
