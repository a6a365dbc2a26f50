"""A member of a consumer group: it outlives its consumer, and gives partitions back in order."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError

from trunkline.bus import Assigned, Positions, Record, Revoked, Start, TopicPartition
from trunkline.bus.kafka_clients import member_client, stop_consumer
from trunkline.bus.kafka_consumer import check_alive, pauses, records_of
from trunkline.bus.kafka_metadata import CalmMetadata
from trunkline.errors import Transient
from trunkline.logs import get_logger

log = get_logger()

JOIN_SECONDS = 20.0  # a rebalance waits up to 5 s for others; a first group creates its topic
COMMIT_SECONDS = 2.0  # aiokafka repeats a commit for ever; a prompt is useless long before that
REVOKE_SECONDS = 4.0  # below the rebalance timeout: who takes longer is thrown out of the group
POLL_MS = 500  # how late a failure of the group is noticed; data ends the wait at once


@dataclass(frozen=True, slots=True)
class Membership:
    """Who joins what, and what is told to it."""

    bootstrap: str
    client_id: str
    group: str
    topics: Sequence[str]
    start: Start
    on_assigned: Assigned | None
    on_revoked: Revoked | None
    positions: Positions | None


class KafkaMember:
    """One member; `open` it to join, and leave by ending the context."""

    def __init__(self, membership: Membership) -> None:
        self._membership = membership
        self._failure: BaseException | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Self]:
        self._consumer = await self._join()
        try:
            yield self
        finally:
            try:
                await self._give_back(self.assignment())
            finally:
                await stop_consumer(self._consumer)

    async def fetch(self) -> Sequence[Record]:
        while True:
            self._raise_failure()
            try:
                check_alive(self._consumer)
                records = records_of(await self._consumer.getmany(timeout_ms=POLL_MS))
            except KafkaError as error:
                log.warning("group_member_failed", reason=type(error).__name__)
                await self._rejoin()
                continue
            if records:
                return records

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> frozenset[TopicPartition]:
        ours = {where: offsets[where] for where in offsets.keys() & self.assignment()}
        if not ours:
            return frozenset()
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await self._consumer.commit(
                    {KafkaPartition(where.topic, where.partition): at for where, at in ours.items()}
                )
        except (KafkaError, TimeoutError) as error:
            # Partitions lost in the same moment (CommitFailedError, IllegalStateError) are normal
            # life; what else fails is tried again by a later commit, or read again.
            log.info("commit_not_stored", reason=type(error).__name__)
            return frozenset()
        return frozenset(ours)

    def assignment(self) -> frozenset[TopicPartition]:
        return _ours(self._consumer.assignment())

    async def _join(self) -> AIOKafkaConsumer:
        who = self._membership
        consumer = member_client(who.bootstrap, who.client_id, who.group, who.start)
        CalmMetadata(consumer._client)
        consumer.subscribe(list(who.topics), listener=_Listener(self, consumer))
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                await consumer.start()
                await self._find_positions(consumer, consumer.assignment())
        except BaseException as error:  # cancelled or failed: in any case the group is left
            await stop_consumer(consumer)
            if isinstance(error, KafkaError | TimeoutError):
                raise Transient("the group could not be joined") from error
            raise
        return consumer

    async def _find_positions(
        self, consumer: AIOKafkaConsumer, partitions: Iterable[KafkaPartition]
    ) -> None:
        """Fix where "the end" is now: aiokafka would look only when it fetches, and skip more."""
        if self._membership.start is Start.END:
            for partition in partitions:
                await consumer.position(partition)

    async def _seek(self, consumer: AIOKafkaConsumer, partitions: Sequence[KafkaPartition]) -> None:
        """Go on where the owner says; nothing is fetched before the assignment is over."""
        if self._membership.positions is not None:
            kept = await self._membership.positions(_ours(partitions))
            for where, offset in kept.items():
                consumer.seek(KafkaPartition(where.topic, where.partition), offset)

    async def _rejoin(self) -> None:
        """Come back as a new member; what was assigned before counts as lost."""
        await self._give_back(self.assignment())
        await stop_consumer(self._consumer)
        for pause in pauses():
            await asyncio.sleep(pause)
            try:
                self._consumer = await self._join()
            except Transient as error:
                log.warning("group_join_failed", reason=type(error.__cause__).__name__)
            else:
                return

    async def _give_back(self, partitions: frozenset[TopicPartition]) -> None:
        if partitions and self._membership.on_revoked is not None:
            try:
                async with asyncio.timeout(REVOKE_SECONDS):
                    await self._membership.on_revoked(partitions)
            except TimeoutError:
                log.warning("revocation_cut_short", group=self._membership.group)

    async def _receive(
        self, consumer: AIOKafkaConsumer, partitions: Sequence[KafkaPartition]
    ) -> None:
        await self._find_positions(consumer, partitions)
        await self._seek(consumer, partitions)
        if self._membership.on_assigned is not None:
            await self._membership.on_assigned(_ours(partitions))

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Passes rebalances on. aiokafka only logs what a listener raises: `fetch` raises it."""

    def __init__(self, member: KafkaMember, consumer: AIOKafkaConsumer) -> None:
        self._member = member
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Iterable[KafkaPartition]) -> None:
        try:
            await self._member._give_back(_ours(revoked))
        except Exception as error:  # a boundary: aiokafka's task must not end
            self._member._failure = error

    async def on_partitions_assigned(self, assigned: Iterable[KafkaPartition]) -> None:
        try:
            await self._member._receive(self._consumer, list(assigned))
        except Exception as error:  # a boundary: aiokafka's task must not end
            self._member._failure = error


def _ours(partitions: Iterable[KafkaPartition]) -> frozenset[TopicPartition]:
    return frozenset(TopicPartition(*partition) for partition in partitions)
