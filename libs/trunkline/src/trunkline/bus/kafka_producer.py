"""Publishing to Kafka: a deadline of our own, a short memory for topics, a rebuild when needed."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
)
from aiokafka.structs import RecordMetadata

from trunkline.bus import Position
from trunkline.bus.kafka_clients import producer_client, stop_producer
from trunkline.bus.kafka_metadata import CalmMetadata, RecentTopics
from trunkline.errors import Invalid, PublishFailed, Transient, TrunklineError
from trunkline.logs import get_logger

log = get_logger()

HandOver = Callable[[], Awaitable["asyncio.Future[RecordMetadata]"]]

RECENT_TOPICS = 2000  # live calls of one gateway; a refresh decodes them all: 20 ms, seldom
REFUSED_TOPICS = 10_000  # deleted names remembered: a day of calls, about 1 MB
START_SECONDS = 5.0  # an idempotent producer asks for its number until it gets one
LONGEST_SECONDS = 20.0  # that any sender may wait: as long as a turn of a call lasts
STOP_SECONDS = 2.0  # for what is still in flight at the end
RETIRE_SECONDS = 0.5  # what a producer that cannot send any more is given to say so


@dataclass(frozen=True, slots=True)
class ProducerSettings:
    """What sets one of our producers apart from the other."""

    bootstrap: str
    client_id: str
    deadline_seconds: float
    idempotent: bool


class _Queue:
    """Senders to one topic that nobody knows yet, in their order."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.senders = 0


class KafkaProducer:
    """One of the bus's producers. `open` it; `send` and `publish` are as in the Protocol."""

    def __init__(self, settings: ProducerSettings) -> None:
        self._settings = settings
        self._recent = RecentTopics(RECENT_TOPICS)
        self._refused: OrderedDict[str, None] = OrderedDict()
        self._queues: dict[str, _Queue] = {}
        self._rebuilding = asyncio.Lock()
        self._broken = False
        self._producer: AIOKafkaProducer
        self._metadata: CalmMetadata

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: ProducerSettings) -> AsyncIterator["KafkaProducer"]:
        """Connect; stop in bounded time. Raises `Transient` when no broker answers."""
        producer = cls(settings)
        producer._producer, producer._metadata = await _start(settings)
        try:
            yield producer
        finally:
            await stop_producer(producer._producer, STOP_SECONDS)

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
        if topic in self._refused:
            raise PublishFailed("the topic was deleted")
        seconds = self._settings.deadline_seconds if within is None else within
        expires_at = asyncio.get_running_loop().time() + seconds
        hand_over = partial(self._hand_over, topic, value, key, partition, headers or {})
        if self._recent.begin(topic):
            self._metadata.follow(self._recent.names)
        try:
            async with asyncio.timeout_at(expires_at):
                acknowledged = await self._queue(topic, hand_over)
        except BaseException as error:  # cancelled or failed: in any case it is not in flight
            self._recent.end(topic)
            if isinstance(error, KafkaError | TimeoutError):
                raise _meaning(error) from error
            raise
        return self._promise(topic, acknowledged, expires_at)

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
        if topic in self._refused:
            raise PublishFailed("the topic was deleted")
        if self._recent.begin(topic):
            self._metadata.follow(self._recent.names)
        try:
            async with asyncio.timeout(self._settings.deadline_seconds):
                await self._producer.partitions_for(topic)
        except (KafkaError, TimeoutError) as error:
            raise _meaning(error) from error
        finally:
            self._recent.end(topic)

    def forget(self, topic: str) -> None:
        """Refuse a topic that is about to be deleted: what is sent to it would cost a core."""
        self._refused[topic] = None
        if len(self._refused) > REFUSED_TOPICS:
            self._refused.popitem(last=False)
        if self._recent.forget(topic):
            self._metadata.follow(self._recent.names)

    def welcome(self, topic: str) -> None:
        """Take records for a topic that was created, again perhaps."""
        self._refused.pop(topic, None)

    async def _queue(self, topic: str, hand_over: HandOver) -> "asyncio.Future[RecordMetadata]":
        """Hand one record to aiokafka, in the order of the calls.

        Where the topic is known this takes no step of the event loop. Where it is not, aiokafka
        lets each sender look for it on its own and they overtake each other: so they queue.
        """
        if self._broken:
            await self._rebuild()
        if self._metadata.knows(topic) and topic not in self._queues:
            return await hand_over()
        queue = self._queues.setdefault(topic, _Queue())
        queue.senders += 1
        try:
            async with queue.turn:
                await self._metadata.leaders(topic)
                return await hand_over()
        finally:
            queue.senders -= 1
            if not queue.senders:
                del self._queues[topic]

    async def _hand_over(
        self,
        topic: str,
        value: bytes,
        key: str | None,
        partition: int | None,
        headers: Mapping[str, str],
    ) -> "asyncio.Future[RecordMetadata]":
        acknowledged: asyncio.Future[RecordMetadata] = await self._producer.send(
            topic,
            value,
            key=None if key is None else key.encode(),
            partition=partition,
            headers=[(name, text.encode()) for name, text in headers.items()],
        )
        return acknowledged

    def _promise(
        self, topic: str, acknowledged: "asyncio.Future[RecordMetadata]", expires_at: float
    ) -> "asyncio.Future[Position]":
        """What the sender may await: the acknowledgement, but no longer than the deadline."""
        loop = asyncio.get_running_loop()
        published: asyncio.Future[Position] = loop.create_future()
        expiry = loop.call_at(expires_at, _expire, published)
        published.add_done_callback(partial(_settled, expiry))
        acknowledged.add_done_callback(partial(self._acknowledge, topic, published))
        return published

    def _acknowledge(
        self,
        topic: str,
        published: "asyncio.Future[Position]",
        answer: "asyncio.Future[RecordMetadata]",
    ) -> None:
        self._recent.end(topic)
        error = None if answer.cancelled() else answer.exception()
        self._broken |= isinstance(error, OutOfOrderSequenceNumber | ProducerFenced)
        if published.done():
            return
        if error is not None or answer.cancelled():
            published.set_exception(_meaning(error))
        else:
            written = answer.result()
            published.set_result(Position(written.partition, written.offset, written.timestamp))

    async def _rebuild(self) -> None:
        """Replace a producer that answers OutOfOrderSequenceNumber: it does so for ever."""
        async with self._rebuilding:
            if self._broken:
                log.warning("producer_rebuilt", client_id=self._settings.client_id)
                await stop_producer(self._producer, RETIRE_SECONDS)
                self._producer, self._metadata = await _start(self._settings)
                self._metadata.follow(self._recent.names)
                self._broken = False


async def _start(settings: ProducerSettings) -> tuple[AIOKafkaProducer, CalmMetadata]:
    producer = producer_client(
        settings.bootstrap, settings.client_id, idempotent=settings.idempotent
    )
    if not settings.idempotent:
        # How long aiokafka tries a record anew. Its own setting for that is also how long it waits
        # for a broker that has fallen silent, which must be short.
        producer._message_accumulator._batch_ttl = LONGEST_SECONDS
    metadata = CalmMetadata(producer.client)
    try:
        async with asyncio.timeout(START_SECONDS):
            await producer.start()
    except BaseException as error:  # cancelled or failed: in any case the sockets are closed
        await stop_producer(producer, RETIRE_SECONDS)
        if isinstance(error, KafkaError | TimeoutError):
            raise Transient("no Kafka broker answers") from error
        raise
    return producer, metadata


def _meaning(error: BaseException | None) -> TrunklineError:
    if isinstance(error, MessageSizeTooLargeError):
        return Invalid("the record is larger than the cluster takes")
    return PublishFailed(f"not published: {type(error).__name__}")


def _expire(published: "asyncio.Future[Position]") -> None:
    if not published.done():
        published.set_exception(PublishFailed("no acknowledgement before the deadline"))


def _settled(expiry: asyncio.TimerHandle, published: "asyncio.Future[Position]") -> None:
    expiry.cancel()
    if not published.cancelled():
        published.exception()  # a caller need not await what it sent: no "never retrieved" then
