"""The bus contract: reading without a group."""

import asyncio

import pytest

from trunkline.bus import (
    Bus,
    NewTopic,
    Start,
    TopicPartition,
)
from trunkline.errors import Transient
from trunkline.testing.contract.base import (
    ContractPart,
    read_values,
    unique,
)


class ReadingContract(ContractPart):
    """What `read` promises."""

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
