"""The bus in memory: for unit tests, in real or virtual time, with faults on request.

It honours the same contract suite as Kafka does. It needs no opening: `MemoryBus()` is ready, and
its topics must be created as on a cluster.
"""

import asyncio
import time
import zlib
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Mapping,
    MutableMapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from itertools import count

from trunkline.bus import (
    Assigned,
    NewTopic,
    Position,
    Positions,
    Record,
    Revoked,
    Start,
    TopicPartition,
)
from trunkline.bus.memory_faults import Faults
from trunkline.bus.memory_groups import Group, Member
from trunkline.bus.memory_log import Log
from trunkline.errors import PublishFailed, Transient

LATENCY_SECONDS = 0.001  # not 0: an acknowledgement must never seem to come within `send`


class MemoryBus:
    """A cluster and its client in one. Give `virtual_time.unix_now` as clock in virtual time."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        calls_deadline_seconds: float = 2.0,
        bulk_deadline_seconds: float = 5.0,
        topic_deadline_seconds: float = 5.0,
    ) -> None:
        self._log = Log(clock)
        self.faults = Faults(on_release=self._write_pending)
        self._calls = MemoryProducer(self._log, self.faults, calls_deadline_seconds)
        self._bulk = MemoryProducer(self._log, self.faults, bulk_deadline_seconds)
        self._groups: dict[str, Group] = {}
        self._topic_deadline_seconds = topic_deadline_seconds

    @property
    def calls(self) -> "MemoryProducer":
        return self._calls

    @property
    def bulk(self) -> "MemoryProducer":
        return self._bulk

    def records(self, topic: str) -> Sequence[Record]:
        """All that was ever written to a topic, partition by partition: for assertions."""
        return [record for partition in self._log.topics[topic] for record in partition]

    @asynccontextmanager
    async def read(self, topic: str, start: Start) -> AsyncIterator["MemoryReader"]:
        await _known(self._log, topic, self._topic_deadline_seconds)
        origins = {
            TopicPartition(topic, number): 0 if start is Start.BEGINNING else len(partition)
            for number, partition in enumerate(self._log.topics[topic])
        }
        yield MemoryReader(self._log, origins)

    def join(
        self,
        group: str,
        topics: Sequence[str],
        *,
        start: Start = Start.BEGINNING,
        on_assigned: Assigned | None = None,
        on_revoked: Revoked | None = None,
        positions: Positions | None = None,
    ) -> AbstractAsyncContextManager[Member]:
        member = Member(self._log, topics, start, on_assigned, on_revoked, positions)
        return self._join(group, member)

    @asynccontextmanager
    async def _join(self, name: str, member: Member) -> AsyncIterator[Member]:
        for topic in member.topics:
            await _known(self._log, topic, self._topic_deadline_seconds)
        group = self._groups.setdefault(name, Group(self._log))
        await group.add(member)
        try:
            yield member
        finally:
            await group.remove(member)

    async def create_topics(self, topics: Sequence[NewTopic]) -> None:
        for topic in topics:
            self._log.create(topic.name, topic.partitions)
        self._write_pending()

    async def delete_topics(self, names: Sequence[str]) -> None:
        for name in names:
            self._log.delete(name)
        self._write_pending()

    async def topics(self) -> frozenset[str]:
        return frozenset(self._log.topics)

    async def partitions(self, topic: str) -> int:
        await _known(self._log, topic, self._topic_deadline_seconds)
        return len(self._log.topics[topic])

    async def end_offsets(self, topic: str) -> Mapping[TopicPartition, int]:
        await _known(self._log, topic, self._topic_deadline_seconds)
        return {
            TopicPartition(topic, number): len(partition)
            for number, partition in enumerate(self._log.topics[topic])
        }

    async def committed_offsets(self, group: str) -> Mapping[TopicPartition, int]:
        known = self._groups.get(group)
        return known.committed() if known is not None else {}

    async def first_timestamp_ms(self, topic: str) -> int | None:
        await _known(self._log, topic, self._topic_deadline_seconds)
        return min((record.timestamp_ms for record in self.records(topic)), default=None)

    def _write_pending(self) -> None:
        self._calls.write_all()
        self._bulk.write_all()


class MemoryReader:
    """Reads from the log at its own positions."""

    def __init__(self, log: Log, positions: MutableMapping[TopicPartition, int]) -> None:
        self._log = log
        self._positions = positions

    async def fetch(self) -> Sequence[Record]:
        while not (records := self._log.take(self._positions)):
            await self._log.changed()
        return records

    def positions(self) -> Mapping[TopicPartition, int]:
        return dict(self._positions)


class MemoryProducer:
    """Writes after a moment, in the order of `send`, unless a fault is in the way."""

    def __init__(self, log: Log, faults: Faults, deadline_seconds: float) -> None:
        self._log = log
        self._faults = faults
        self._deadline_seconds = deadline_seconds
        self._pending: dict[str, list[Callable[[], None]]] = {}
        self._turns = count()  # spreads records without a key

    async def send(
        self,
        topic: str,
        value: bytes,
        *,
        key: str | None = None,
        partition: int | None = None,
        headers: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> Awaitable[Position]:
        if topic in self._log.deleted or self._faults.fails(topic):
            raise PublishFailed("the record was refused")
        loop = asyncio.get_running_loop()
        published: asyncio.Future[Position] = loop.create_future()
        seconds = self._deadline_seconds if within is None else within
        deadline = loop.call_later(seconds, _expire, published)
        published.add_done_callback(partial(_settled, deadline))
        number = next(self._turns)

        def write() -> None:
            partitions = len(self._log.topics[topic])
            chosen = _partition(key, number, partitions) if partition is None else partition
            for _ in range(1 + self._faults.take_duplicates(topic)):
                written = self._log.append(topic, chosen, key, value, headers or {})
                if not published.done():
                    published.set_result(Position(chosen, written.offset, written.timestamp_ms))

        self._pending.setdefault(topic, []).append(write)
        loop.call_later(LATENCY_SECONDS, self._write, topic)
        return published

    async def publish(
        self,
        topic: str,
        value: bytes,
        *,
        key: str | None = None,
        partition: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Position:
        return await (await self.send(topic, value, key=key, partition=partition, headers=headers))

    async def warm(self, topic: str) -> None:
        await _known(self._log, topic, self._deadline_seconds)

    def write_all(self) -> None:
        """Write what waits for topics that did not exist or were stalled."""
        for topic in list(self._pending):
            self._write(topic)

    def _write(self, topic: str) -> None:
        if topic in self._log.deleted:
            self._pending.pop(topic, None)
        if topic in self._log.topics and not self._faults.stalls(topic):
            for write in self._pending.pop(topic, ()):
                write()


async def _known(log: Log, topic: str, seconds: float) -> None:
    """Wait until the topic exists; raises `Transient` if it does not in time."""
    try:
        async with asyncio.timeout(seconds):
            while topic not in log.topics:
                await log.changed()
    except TimeoutError:
        raise Transient("the topic is not known to the cluster") from None


def _expire(published: "asyncio.Future[Position]") -> None:
    if not published.done():
        published.set_exception(PublishFailed("no acknowledgement before the deadline"))


def _settled(deadline: asyncio.TimerHandle, published: "asyncio.Future[Position]") -> None:
    deadline.cancel()
    if not published.cancelled():
        published.exception()  # a caller need not await what it sent: no "never retrieved" then


def _partition(key: str | None, number: int, partitions: int) -> int:
    return (number if key is None else zlib.crc32(key.encode())) % partitions
