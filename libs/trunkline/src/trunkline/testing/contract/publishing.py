"""The bus contract: publishing."""

import asyncio

import pytest

from trunkline.bus import (
    Bus,
    NewTopic,
    Position,
    Start,
)
from trunkline.errors import PublishFailed
from trunkline.testing.contract.base import (
    PATIENCE_SECONDS,
    ContractPart,
    read_values,
    unique,
)


class PublishingContract(ContractPart):
    """What `send` and `publish` promise."""

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

    @pytest.mark.parametrize("producer", ["calls", "bulk"])
    async def test_an_acknowledgement_tells_the_time_at_which_the_broker_has_stamped_the_record(
        self, bus: Bus, producer: str
    ) -> None:
        name = unique("contract")
        await bus.create_topics(
            [NewTopic(name, config={"message.timestamp.type": "LogAppendTime"})]
        )
        position = await getattr(bus, producer).publish(name, b"tick")
        async with bus.read(name, Start.BEGINNING) as reader:
            [record] = await asyncio.wait_for(reader.fetch(), PATIENCE_SECONDS)

        assert position.timestamp_ms == record.timestamp_ms > 1_500_000_000_000

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
