"""Reading one topic without a group: a consumer of its own, assigned once, never again.

`assign()` on a live consumer forgets all positions and waits behind the fetch that is out.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Self

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError

from trunkline.bus import Record, Start, TopicPartition
from trunkline.bus.kafka_clients import reader_client, stop_consumer
from trunkline.bus.kafka_consumer import check_alive, pauses, records_of
from trunkline.bus.kafka_metadata import CalmMetadata
from trunkline.bus.offsets import next_offsets
from trunkline.errors import Transient
from trunkline.logs import get_logger

log = get_logger()

POLL_MS = 10_000  # how late a dead consumer may be noticed; data ends the wait at once


@asynccontextmanager
async def looking_at(
    bootstrap: str, client_id: str, topic: str, within_seconds: float
) -> AsyncIterator[tuple[AIOKafkaConsumer, list[KafkaPartition]]]:
    """A started consumer that knows the topic's leaders and reads nothing yet.

    Raises `Transient` when no broker answers or the topic stays unknown.
    """
    consumer = reader_client(bootstrap, client_id)
    metadata = CalmMetadata(consumer._client)
    try:
        async with asyncio.timeout(within_seconds):
            await consumer.start()
            metadata.follow([topic])
            partitions = await metadata.leaders(topic)
    except BaseException as error:  # cancelled or failed: in any case the sockets are closed
        await stop_consumer(consumer)
        if isinstance(error, KafkaError | TimeoutError):
            raise Transient("the topic is not known to the cluster") from error
        raise
    try:
        yield consumer, [KafkaPartition(topic, number) for number in partitions]
    finally:
        await stop_consumer(consumer)


class KafkaReader:
    """Reads from its own positions, also through the failures of the consumer beneath it."""

    def __init__(self, bootstrap: str, client_id: str, topic: str, within_seconds: float) -> None:
        self._place = (bootstrap, client_id, topic, within_seconds)
        self._positions: dict[TopicPartition, int] = {}
        self._connection = AsyncExitStack()

    @asynccontextmanager
    async def open(self, start: Start) -> AsyncIterator[Self]:
        """Connect, fix the first positions, and close when the context ends."""
        async with self._connection:
            await self._connect(start)
            yield self

    async def fetch(self) -> Sequence[Record]:
        while True:
            try:
                check_alive(self._consumer)
                records = records_of(await self._consumer.getmany(timeout_ms=POLL_MS))
            except KafkaError as error:
                log.warning("reader_failed", reason=type(error).__name__)
                await self._reconnect()
                continue
            if records:
                self._positions |= next_offsets(records)
                return records

    def positions(self) -> Mapping[TopicPartition, int]:
        return dict(self._positions)

    async def _connect(self, start: Start = Start.BEGINNING) -> None:
        """Assign and seek in one step of the event loop: nothing is fetched from elsewhere.

        The end is asked for before the assignment, since a fetch that waits for records would
        hold up every other question on its connection.
        """
        self._consumer, partitions = await self._connection.enter_async_context(
            looking_at(*self._place)
        )
        origins = dict.fromkeys(partitions, 0)
        if start is Start.END:
            origins = await self._consumer.end_offsets(partitions)
        self._consumer.assign(partitions)
        for partition, origin in origins.items():
            position = self._positions.setdefault(TopicPartition(*partition), origin)
            self._consumer.seek(partition, position)

    async def _reconnect(self) -> None:
        await self._connection.aclose()
        for pause in pauses():
            await asyncio.sleep(pause)
            with suppress(Transient, KafkaError):
                await self._connect()
                break
