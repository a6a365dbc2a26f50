"""What all parts of the contract use: topics of their own, and patience."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from trunkline.bus import (
    Bus,
    GroupConsumer,
    NewTopic,
    Reader,
    Record,
    Start,
)

PATIENCE_SECONDS = 20.0  # for what takes milliseconds on a quiet machine


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


class ContractPart:
    """Fixtures and helpers; a suite supplies the fixture `bus`."""

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
