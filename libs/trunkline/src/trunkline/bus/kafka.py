"""The bus over Apache Kafka, by aiokafka.

    async with KafkaBus.open("127.0.0.1:9092", client_id="gateway-1") as bus: ...

Every setting that differs from aiokafka's default stands with its reason where it is used.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Self

from trunkline.bus import Assigned, NewTopic, Positions, Revoked, Start, TopicPartition
from trunkline.bus.kafka_admin import KafkaAdmin
from trunkline.bus.kafka_logs import quiet_aiokafka
from trunkline.bus.kafka_member import KafkaMember, Membership
from trunkline.bus.kafka_producer import KafkaProducer, ProducerSettings
from trunkline.bus.kafka_reader import KafkaReader, looking_at


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the cluster is, who asks, and how long a topic may stay unknown."""

    bootstrap: str
    client_id: str
    topic_deadline_seconds: float

    def of(self, topic: str) -> tuple[str, str, str, float]:
        return self.bootstrap, self.client_id, topic, self.topic_deadline_seconds


class KafkaBus:
    """A connection to one cluster: two producers, an admin, and as many consumers as asked for."""

    def __init__(
        self, place: _Place, calls: KafkaProducer, bulk: KafkaProducer, admin: KafkaAdmin
    ) -> None:
        self._place = place
        self._calls = calls
        self._bulk = bulk
        self._admin = admin

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        bootstrap: str,
        *,
        client_id: str,
        calls_deadline_seconds: float = 2.0,
        bulk_deadline_seconds: float = 5.0,
        topic_deadline_seconds: float = 5.0,
    ) -> AsyncIterator[Self]:
        """Connect, and close in bounded time. Raises `Transient` when no broker answers.

        `topic_deadline_seconds` is how long `read` looks for a topic that is not known yet.
        """
        quiet_aiokafka()
        calls = ProducerSettings(
            bootstrap, f"{client_id}-calls", calls_deadline_seconds, idempotent=False
        )
        bulk = ProducerSettings(
            bootstrap, f"{client_id}-bulk", bulk_deadline_seconds, idempotent=True
        )
        async with AsyncExitStack() as stack:
            yield cls(
                _Place(bootstrap, client_id, topic_deadline_seconds),
                await stack.enter_async_context(KafkaProducer.open(calls)),
                await stack.enter_async_context(KafkaProducer.open(bulk)),
                await stack.enter_async_context(KafkaAdmin.open(bootstrap, f"{client_id}-admin")),
            )

    @property
    def calls(self) -> KafkaProducer:
        return self._calls

    @property
    def bulk(self) -> KafkaProducer:
        return self._bulk

    def read(self, topic: str, start: Start) -> AbstractAsyncContextManager[KafkaReader]:
        return KafkaReader(*self._place.of(topic)).open(start)

    def join(
        self,
        group: str,
        topics: Sequence[str],
        *,
        start: Start = Start.BEGINNING,
        on_assigned: Assigned | None = None,
        on_revoked: Revoked | None = None,
        positions: Positions | None = None,
    ) -> AbstractAsyncContextManager[KafkaMember]:
        place = self._place
        return KafkaMember(
            Membership(
                place.bootstrap,
                place.client_id,
                group,
                topics,
                start,
                on_assigned,
                on_revoked,
                positions,
            )
        ).open()

    async def create_topics(self, topics: Sequence[NewTopic]) -> None:
        await self._admin.create(topics)
        for topic in topics:
            self._calls.welcome(topic.name)
            self._bulk.welcome(topic.name)

    async def delete_topics(self, names: Sequence[str]) -> None:
        for name in names:
            self._calls.forget(name)
            self._bulk.forget(name)
        await self._admin.delete(names)

    async def topics(self) -> frozenset[str]:
        return await self._admin.topics()

    async def partitions(self, topic: str) -> int:
        async with looking_at(*self._place.of(topic)) as (_, partitions):
            return len(partitions)

    async def end_offsets(self, topic: str) -> Mapping[TopicPartition, int]:
        async with looking_at(*self._place.of(topic)) as (consumer, partitions):
            ends = await consumer.end_offsets(partitions)
        return {TopicPartition(*partition): end for partition, end in ends.items()}

    async def committed_offsets(self, group: str) -> Mapping[TopicPartition, int]:
        return await self._admin.committed(group)

    async def first_timestamp_ms(self, topic: str) -> int | None:
        async with looking_at(*self._place.of(topic)) as (consumer, partitions):
            found = await consumer.offsets_for_times(dict.fromkeys(partitions, 0))
        return min((first.timestamp for first in found.values() if first), default=None)
