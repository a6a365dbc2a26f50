"""Reads the bus into the inbox, from where the database says, and lets nothing through unread."""

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.clock import DatabaseClock
from dialer.crash import Point
from dialer.errands import Errands
from dialer.loops import MAX_PAUSE_SECONDS
from dialer.metrics import DialerMetrics
from dialer.news import News, of_callback, of_lifecycle
from dialer.store import fence
from dialer.store.inbox import Batch, Inbox, Rewound, Told, set_aside
from dialer.store.positions import positions
from dialer.surroundings import TOPICS, check_not_recreated
from trunkline.bus import Bus, GroupConsumer, Record, TopicPartition
from trunkline.bus.dead_letters import DeadLetters, DlqLimit, Reason
from trunkline.database.transaction import Repeatable, in_transaction, transaction
from trunkline.errors import Invalid, Transient
from trunkline.events.topics import CALLBACKS
from trunkline.events.wire import decode_callback, decode_lifecycle
from trunkline.logs import get_logger

log = get_logger()

GROUP = "dialer"
BATCH = 50  # records of all partitions in one transaction
AT_ONCE = 4  # transactions, where there is more than one can hold
FIRST_PAUSE_SECONDS = 0.1
WATCH_SECONDS = 2.0

Portion = Sequence[Sequence[Record]]
"""Records that are taken in together, by partition."""


class InboxReader:
    """One member of the group that reads callbacks and lifecycle."""

    def __init__(
        self,
        bus: Bus,
        engine: AsyncEngine,
        inbox: Inbox,
        errands: Errands,
        clock: DatabaseClock,
        metrics: DialerMetrics,
    ) -> None:
        self._bus = bus
        self._engine = engine
        self._inbox = inbox
        self._errands = errands
        self._clock = clock
        self._metrics = metrics
        self._letters = DeadLetters(bus.bulk, DlqLimit())
        self._passed: dict[TopicPartition, int] = {}
        """As far as the database is known to have been."""
        self._has_read = False

    async def run(self) -> bool:
        """Read until the database goes back behind what was read, which then is to be read again.

        Raises `TopicRecreated`, or `TooManyDeadLetters`.
        """
        failure: BaseException | None = None
        rewound = False
        try:
            async with (
                self._bus.join(GROUP, TOPICS, positions=self._positions) as consumer,
                asyncio.TaskGroup() as tasks,
            ):
                tasks.create_task(self._read_on(consumer), name="read")
                tasks.create_task(self._watch_database(), name="watch database")
        except* Rewound:
            rewound = True
        except* Transient as group:
            failure = group.exceptions[0]
        if failure is not None:
            raise failure  # out here, where no group wraps it
        if rewound:
            await self._begin_anew()
        return True

    async def _begin_anew(self) -> None:
        """The database has lost what was read, and perhaps what was posted."""
        log.warning("inbox_rewound")
        await in_transaction(self._engine, fence.note_rewound)
        self._passed.clear()

    async def _watch_database(self) -> NoReturn:
        """A failover may have lost what was read, and nothing new may come that would show it:
        nobody is called while the inbox is behind."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            with suppress(Transient):
                await self._look_at_database()

    async def _look_at_database(self) -> None:
        before = dict(self._passed)
        async with transaction(self._engine) as connection:
            passed = await positions(connection, TOPICS)
        if any(passed.get(where, 0) < offset for where, offset in before.items()):
            raise Rewound

    async def _positions(
        self, partitions: frozenset[TopicPartition]
    ) -> Mapping[TopicPartition, int]:
        """The database knows where reading goes on: what a failover has lost is read again.

        The group's offsets are committed after the database's: where they are ahead, this is an
        older database. A process that has just begun cannot say how much older.
        """
        committed = await self._bus.committed_offsets(GROUP)
        async with transaction(self._engine) as connection:
            passed = await positions(connection, TOPICS)
            if any(passed[where] < committed.get(where, 0) for where in passed):
                note = fence.note_rewound if self._has_read else fence.note_older_copy
                await note(connection)
        self._has_read = True
        ends: dict[TopicPartition, int] = {}
        for topic in TOPICS:
            ends |= await self._bus.end_offsets(topic)
        check_not_recreated(passed, ends)
        begun = {where: passed.get(where, 0) for where in partitions}
        self._passed |= begun
        return begun

    async def _read_on(self, consumer: GroupConsumer) -> NoReturn:
        while True:
            await self._read(consumer)

    async def _read(self, consumer: GroupConsumer) -> None:
        records = await consumer.fetch()
        by_partition: dict[TopicPartition, list[Record]] = {}
        for record in records:
            by_partition.setdefault(record.where, []).append(record)
        # What Twilio has said of a call goes before what its gateway has.
        runs = sorted(by_partition.values(), key=lambda run: TOPICS.index(run[0].topic))
        lanes = min(AT_ONCE, math.ceil(len(records) / BATCH))
        async with asyncio.TaskGroup() as tasks:
            for n in range(lanes):
                tasks.create_task(self._take(runs[n::lanes]), name=f"lane {n}")
        # For whoever watches the group's lag; reading goes on where the database says.
        await consumer.commit({where: some[-1].offset + 1 for where, some in by_partition.items()})

    async def _take(self, runs: Sequence[Sequence[Record]]) -> None:
        for portion in portions(runs, BATCH):
            await self._persist(portion)

    async def _persist(self, portion: Portion) -> None:
        """Take records in, however long the database is away: nothing is passed over."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return await self._take_in(portion)
            except Transient as error:
                log.warning("inbox_waits", reason=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, MAX_PAUSE_SECONDS)

    async def _take_in(self, portion: Portion) -> None:
        """All at once; where one of them is at fault, one by one."""
        try:
            batches = [_batch(run, self._passed.get(run[0].where, 0)) for run in portion]
            taken = await in_transaction(
                self._engine,
                Repeatable(lambda connection: self._inbox.take_in(connection, batches)),
            )
        except (Transient, Rewound):
            raise
        except Exception as error:  # the boundary of one record: a bug ends this one only
            records = [record for run in portion for record in run]
            if len(records) == 1:
                await self._bury(records[0], error)
                return
            for record in records:
                await self._take_in([[record]])
            return
        self._passed |= {batch.where: batch.next_offset for batch in batches}
        self._inbox.chances.crash(Point.AFTER_REDUCED)
        self._errands.put(taken.todo)
        self._metrics.inbox_unknown.inc(taken.unknown)
        self._metrics.inbox_misfits.inc(taken.misfits)
        for batch in batches:
            self._note(batch)

    def _note(self, batch: Batch) -> None:
        for told in batch.told:
            self._letters.spare()
            if told.news.opt_out is not None:
                took = self._clock.unix() - batch.record_at.timestamp()
                self._metrics.opt_out_seconds.observe(max(0.0, took))

    async def _bury(self, record: Record, error: Exception) -> None:
        """Set a record aside, in the inbox and on the bus."""
        reason = Reason.INVALID if isinstance(error, Invalid) else Reason.BUG
        async with transaction(self._engine) as connection:
            await set_aside(connection, record.where, record.offset, _unread(record), _at(record))
        self._metrics.inbox_dead.inc()
        await self._letters.bury(record, reason, error)


def portions(runs: Sequence[Sequence[Record]], most: int) -> Iterator[Portion]:
    """What is taken in together: so many records at the most, each partition's in their order."""
    left = [run for run in runs if run]
    while left:
        portion, room = [], most
        for run in left:
            portion.append(run[:room])
            room = max(0, room - len(run))
        taken = [run for run in portion if run]
        yield taken
        left = [run[len(part) :] for run, part in zip(left, portion, strict=True)]
        left = [run for run in left if run]


def _batch(records: Sequence[Record], passed: int) -> Batch:
    """Raises `Invalid` if one of the records cannot be read."""
    told = [Told(record.offset, _news(record)) for record in records]
    last = records[-1]
    return Batch(last.where, told, last.offset + 1, _at(last), passed)


def _news(record: Record) -> News:
    if record.topic == CALLBACKS.name:
        return of_callback(decode_callback(record.value))
    return of_lifecycle(decode_lifecycle(record.value))


def _unread(record: Record) -> News:
    """What is known of a record that could not be applied: its attempt, if it can be read."""
    try:
        return _news(record)
    except Invalid:
        return News("", "unreadable", record.key or "", "", None, -1, "unreadable")


def _at(record: Record) -> datetime:
    return datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
