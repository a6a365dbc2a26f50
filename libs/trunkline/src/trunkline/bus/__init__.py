"""The bus as the services see it: records, and the Protocols that Kafka and memory both honour.

`kafka.py` speaks to a cluster and `memory.py` stands in for it in unit tests; the contract suite in
`trunkline.testing.bus_contract` is run on both, so that neither promises what the other does not.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TopicPartition:
    """One partition of one topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read. `timestamp_ms` is Unix time, set by its producer, or by the broker where
    the topic's configuration says so.
    """

    topic: str
    partition: int
    offset: int
    key: str | None
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    timestamp_ms: int = 0

    @property
    def where(self) -> TopicPartition:
        """The partition it was read from."""
        return TopicPartition(self.topic, self.partition)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a published record came to lie. `timestamp_ms` is what readers see as the record's."""

    partition: int
    offset: int
    timestamp_ms: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class NewTopic:
    """A topic to create. `config` holds Kafka's own topic settings."""

    name: str
    partitions: int = 1
    config: Mapping[str, str] = field(default_factory=dict)


class Start(Enum):
    """Where a reader without a group begins."""

    BEGINNING = "beginning"
    END = "end"


class Producer(Protocol):
    """Writes records. All in-sync replicas have a record before it counts as published."""

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
        """Queue one record; records queued one after another for a partition keep their order.

        The awaitable it returns ends once the record is published, or raises `PublishFailed` at
        the producer's deadline, or after `within` seconds if they are given; it need not be
        awaited. `send` itself raises `PublishFailed` when the record cannot be queued: its topic
        was deleted, or stays unknown until that deadline.
        """

    async def publish(
        self,
        topic: str,
        value: bytes,
        *,
        key: str | None = None,
        partition: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Position:
        """Send one record and wait until it is published."""

    async def warm(self, topic: str) -> None:
        """Get to know a topic ahead of its first record, which then need not wait for that.

        Raises `Transient` when the topic does not become known before the producer's deadline.
        """


class Reader(Protocol):
    """Reads all partitions of one topic without a group: every reader sees every record."""

    async def fetch(self) -> Sequence[Record]:
        """Wait for the next records, never none, in offset order within each partition."""

    def positions(self) -> Mapping[TopicPartition, int]:
        """The next offset that `fetch` has to give per partition; compare with `end_offsets`."""


class GroupConsumer(Protocol):
    """A member of a consumer group: each partition is read by one member at a time."""

    async def fetch(self) -> Sequence[Record]:
        """Wait for the next records, never none, in offset order within each partition."""

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> frozenset[TopicPartition]:
        """Store the next offset to read per partition; partitions no longer ours are left out.

        Returns the partitions whose offset is known to be stored: what is not among them may by
        now be read by another member.
        """

    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions this member reads now."""


Revoked = Callable[[frozenset[TopicPartition]], Awaitable[None]]
Assigned = Callable[[frozenset[TopicPartition]], Awaitable[None]]
Positions = Callable[[frozenset[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]]
"""Where reading goes on, for a consumer that keeps its offsets itself; others are left out."""


class Bus(Protocol):
    """Everything a service does with Kafka."""

    @property
    def calls(self) -> Producer:
        """For prompts, interrupts and call topics: lowest latency, readers de-duplicate."""

    @property
    def bulk(self) -> Producer:
        """For everything else: idempotent, so that it never writes a record twice."""

    def read(self, topic: str, start: Start) -> AbstractAsyncContextManager[Reader]:
        """Open a reader of all the topic's partitions; it is closed when the context ends.

        With `Start.END` it sees every record published after the context was entered. Raises
        `Transient` when the topic does not become known in time.
        """

    def join(
        self,
        group: str,
        topics: Sequence[str],
        *,
        start: Start = Start.BEGINNING,
        on_assigned: Assigned | None = None,
        on_revoked: Revoked | None = None,
        positions: Positions | None = None,
    ) -> AbstractAsyncContextManager[GroupConsumer]:
        """Join a consumer group; leave it when the context ends.

        `start` is for partitions of which the group has not stored an offset yet, nor `positions`
        knows one: it is asked at each assignment, and goes before the group's. `on_revoked` is
        awaited before the partitions go to another member and before the group is left, so that it
        can still commit what is finished.
        """

    async def create_topics(self, topics: Sequence[NewTopic]) -> None:
        """Create what does not exist yet; a new topic may refuse writes for some milliseconds."""

    async def delete_topics(self, names: Sequence[str]) -> None:
        """Delete what exists. Nobody may hold a reader of it or write to it any more."""

    async def topics(self) -> frozenset[str]:
        """The names of all topics of the cluster, internal ones left out.

        What was created or deleted a moment ago may be missing or listed still.
        """

    async def partitions(self, topic: str) -> int:
        """How many partitions the topic has. Raises `Transient` when it is not known."""

    async def end_offsets(self, topic: str) -> Mapping[TopicPartition, int]:
        """The offset that the next record of each partition will get."""

    async def committed_offsets(self, group: str) -> Mapping[TopicPartition, int]:
        """The offsets that a group has stored, whoever its members are now.

        Whoever has just been given partitions of the group sees all of them.
        """

    async def first_timestamp_ms(self, topic: str) -> int | None:
        """Unix time of the topic's oldest record; none while it is empty."""
