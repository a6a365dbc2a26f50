"""Reads topics in batches: what records do and how far they were read is one transaction.

`trunkline.bus.consume` is for effects that bear to happen twice. Here the offsets are the
database's: a batch whose offset is passed has had its effects, whoever brought it. A failure of one
record is that record's end (a dead letter), a failure of the database is everybody's pause.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intelligence_ingest.halts import Gap, TopicRecreated, check_not_recreated
from intelligence_ingest.marks import Mark, load_marks, store_mark
from intelligence_ingest.metrics import IngestMetrics, RecordOutcome
from intelligence_ingest.migrate import SCHEMA
from trunkline.bus import Bus, GroupConsumer, Record, TopicPartition
from trunkline.bus.dead_letters import DeadLetters, Reason, TooManyDeadLetters
from trunkline.bus.offsets import next_offsets
from trunkline.bus.patience import Patience, patiently
from trunkline.database.offsets import AlreadyConsumed, ConsumerOffsets
from trunkline.database.transaction import Repeatable, in_transaction, transaction
from trunkline.errors import Invalid, Transient
from trunkline.logs import get_logger

log = get_logger()

BATCH = 200  # records in one transaction
BURY = Patience()
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 15.0  # between two tries while the database is away

Write = Callable[[AsyncConnection], Awaitable[None]]
"""Stores what a batch has told; touches nothing but its transaction, and may be run again."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch that was read."""

    write: Write
    aside: int = 0
    """How many of its records are on another topic now, and were counted by who put them there."""


Prepare = Callable[[Sequence[Record]], Awaitable[Prepared]]
"""Reads a batch, and fetches what it needs. Raises `Invalid` if one of its records is to blame."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who reads what. The name stands for the offsets, which all replicas share."""

    consumer: str
    topic: str
    prepare: Prepare
    batch: int = BATCH


class BatchReader:
    """One member of the group that reads a topic."""

    def __init__(
        self,
        bus: Bus,
        engine: AsyncEngine,
        subscription: Subscription,
        letters: DeadLetters,
        metrics: IngestMetrics,
    ) -> None:
        self._bus = bus
        self._engine = engine
        self._subscription = subscription
        self._offsets = ConsumerOffsets(SCHEMA, subscription.consumer)
        self._letters = letters
        self._metrics = metrics
        self._expected: dict[TopicPartition, int] = {}
        self._marks: dict[TopicPartition, Mark] = {}

    async def run(self) -> NoReturn:
        """Read until cancelled.

        Raises `TopicRecreated` when the topic is not the one it was, `Transient` when the group or
        the database cannot be reached, and `TooManyDeadLetters`, in a group, when more is wrong
        than bad data explains.
        """
        topic = self._subscription.topic
        async with self._bus.join(
            f"ingest-{self._subscription.consumer}", [topic], positions=self._positions
        ) as consumer:
            while True:
                await self._read(consumer)

    async def _positions(
        self, partitions: frozenset[TopicPartition]
    ) -> Mapping[TopicPartition, int]:
        """The database knows where reading goes on; the group's own offsets mean nothing.

        It goes on with the last record that was read: if that is another one now, so is the topic.
        """
        async with transaction(self._engine) as connection:
            stored = await self._offsets.load(connection)
            marks = await load_marks(connection, self._subscription.consumer)
        mine = {where: stored.get(where, 0) for where in partitions}
        check_not_recreated(mine, await self._bus.end_offsets(self._subscription.topic))
        self._expected = dict(mine)
        self._marks = {where: mark for where, mark in marks.items() if where in mine}
        return mine | {where: mark.offset for where, mark in self._marks.items()}

    async def _read(self, consumer: GroupConsumer) -> None:
        records = await consumer.fetch()
        partitions = by_partition(records)
        await self._check_order(partitions)
        news = {where: await self._behind_mark(some) for where, some in partitions.items()}
        async with asyncio.TaskGroup() as tasks:
            for where, some in news.items():
                tasks.create_task(self._take(some), name=f"{where.topic} {where.partition}")
        await consumer.commit(next_offsets(records))  # for those who watch the lag of groups

    async def _behind_mark(self, records: Sequence[Record]) -> Sequence[Record]:
        """Those that are new. Raises `TopicRecreated` if the last one that was read is another."""
        first = records[0]
        mark = self._marks.pop(first.where, None)
        if mark is None or mark.offset != first.offset:  # nothing was read, or it has expired
            return records
        if not mark.is_of(first):
            ends = await self._bus.end_offsets(first.topic)
            raise TopicRecreated([Gap(first.where, mark.offset + 1, ends[first.where])])
        return records[1:]

    async def _check_order(self, partitions: Mapping[TopicPartition, Sequence[Record]]) -> None:
        """What comes from before where we are, of a topic that ends there, is another topic."""
        back = {}
        for where, records in partitions.items():
            first, expected = records[0].offset, self._expected.get(where, 0)
            if first < expected:
                back[where] = expected
            if first > expected > 0:
                self._metrics.missed(where.topic, first - expected)
        if back:
            check_not_recreated(back, await self._bus.end_offsets(self._subscription.topic))
        self._expected |= next_offsets(each[-1] for each in partitions.values())

    async def _take(self, records: Sequence[Record]) -> None:
        for batch in batches(records, self._subscription.batch):
            await self._settle(batch)

    async def _settle(self, records: Sequence[Record]) -> None:
        """All at once; where one of them is to blame, halves, down to that one."""
        try:
            await until_done(partial(self._persist, records), records[0].topic)
        except TooManyDeadLetters:
            raise
        except Exception as error:  # the boundary of one record: a bug ends this one only
            if len(records) > 1:
                middle = len(records) // 2
                await self._settle(records[:middle])
                await self._settle(records[middle:])
            else:
                await self._bury(records[0], error)

    async def _persist(self, records: Sequence[Record]) -> None:
        prepared = await self._subscription.prepare(records)
        await self._commit(prepared.write, records[-1])
        self._note_stored(records[0].topic, len(records) - prepared.aside)

    async def _commit(self, write: Write, last: Record) -> None:
        @Repeatable
        async def work(connection: AsyncConnection) -> None:
            await self._offsets.store(connection, last.where, last.offset + 1)
            await store_mark(connection, self._subscription.consumer, last)
            await write(connection)

        try:
            await in_transaction(self._engine, work)
        except AlreadyConsumed:  # another member was faster; its effects are ours
            return

    async def _bury(self, record: Record, error: Exception) -> None:
        reason = Reason.INVALID if isinstance(error, Invalid) else Reason.BUG
        await patiently(partial(self._letters.bury, record, reason, error), BURY)
        self._metrics.records(record.topic, RecordOutcome.DEAD)
        await until_done(partial(self._commit, _nothing, record), record.topic)

    def _note_stored(self, topic: str, records: int) -> None:
        for _ in range(records):
            self._letters.spare()
            self._metrics.records(topic, RecordOutcome.STORED)


async def _nothing(connection: AsyncConnection) -> None:
    """What a dead letter stores."""


async def until_done(work: Callable[[], Awaitable[None]], topic: str) -> None:
    """Do it, however long the database or the bus is away: nothing is passed over."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return await work()
        except Transient as error:
            log.warning("reading_waits", topic=topic, reason=type(error).__name__)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def by_partition(records: Sequence[Record]) -> dict[TopicPartition, list[Record]]:
    """The records of each partition, in their order."""
    found: dict[TopicPartition, list[Record]] = {}
    for record in records:
        found.setdefault(record.where, []).append(record)
    return found


def batches(records: Sequence[Record], size: int) -> Iterator[Sequence[Record]]:
    """Parts of at most this size, in order."""
    for begin in range(0, len(records), size):
        yield records[begin : begin + size]
