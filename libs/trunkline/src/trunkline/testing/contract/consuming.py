"""The bus contract: durable topics at least once, with dead letters, and others at most once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from trunkline.bus import (
    Bus,
    NewTopic,
    Record,
)
from trunkline.bus.consume import Limits, consume, read_at_most_once
from trunkline.bus.dead_letters import DlqLimit, TooManyDeadLetters
from trunkline.bus.patience import Patience
from trunkline.errors import Invalid, Transient
from trunkline.testing.contract.base import (
    PATIENCE_SECONDS,
    ContractPart,
    unique,
)

PATIENCE = Patience(tries=3, first_pause=0.01)


class Seen:
    """What a handler was given."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def note(self, record: Record) -> None:
        self.values.append(record.value.decode())

    async def __call__(self, record: Record) -> None:
        self.note(record)


class ConsumingContract(ContractPart):
    """What the loops over a group promise."""

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
