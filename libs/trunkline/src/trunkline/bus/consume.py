"""Reading topics in a group: durable ones at least once, prompts at most once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from trunkline.bus import Bus, GroupConsumer, Record, TopicPartition
from trunkline.bus.dead_letters import DeadLetters, DlqLimit, Reason
from trunkline.bus.lanes import Lanes, lane_of
from trunkline.bus.offsets import OffsetTracker, next_offsets
from trunkline.bus.patience import Patience, patiently
from trunkline.errors import Invalid, Transient

Handle = Callable[[Record], Awaitable[None]]
PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once, how often, how long."""

    concurrency: int = 64  # records in hand
    patience: Patience = PATIENCE  # with a handler's `Transient`, and with the dead-letter topic
    commit_seconds: float = 0.5  # between commits: what is done again after a crash
    finish_seconds: float = 2.0  # for records in work when partitions go; a rebalance waits 5 s


LIMITS = Limits()


async def consume(
    bus: Bus,
    group: str,
    topics: Sequence[str],
    handle: Handle,
    stop: asyncio.Event,
    *,
    limits: Limits = LIMITS,
    dlq_limit: DlqLimit | None = None,
) -> None:
    """Run `handle` on every record of durable topics, at least once, until `stop` is set.

    Records of one key are handled in their order, others at the same time. A handler settles its
    record by returning; by `Invalid` (it can never work: a dead letter); by `Transient` (tried
    again, in the end a dead letter); or by any other error, which is a bug (a dead letter too). It
    must bear to see a record twice. The loop itself fails only by what no single record is to
    blame for, in an exception group: `TooManyDeadLetters`, or one that cannot be written.
    """
    async with asyncio.TaskGroup() as tasks:
        work = _Work(tasks, handle, DeadLetters(bus.bulk, dlq_limit or DlqLimit()), limits)
        async with bus.join(group, topics, on_revoked=work.give_back) as consumer:
            background = [
                tasks.create_task(work.read(consumer), name="read"),
                tasks.create_task(work.commit_regularly(consumer), name="commit"),
            ]
            await stop.wait()
            for task in background:
                task.cancel()


class _Work:
    """The records in hand: fetched, dispatched by key, settled, and committed behind the last."""

    def __init__(
        self, tasks: asyncio.TaskGroup, handle: Handle, letters: DeadLetters, limits: Limits
    ) -> None:
        self._handle = handle
        self._letters = letters
        self._limits = limits
        self._lanes = Lanes(tasks, self._finish, limits.concurrency, lane_of)
        self._offsets = OffsetTracker()
        self._leaving: frozenset[TopicPartition] = frozenset()
        self._consumer: GroupConsumer | None = None

    async def read(self, consumer: GroupConsumer) -> NoReturn:
        self._consumer = consumer
        while True:
            records = await consumer.fetch()
            self._offsets.start(records)
            for record in records:
                await self._lanes.put(record)

    async def _finish(self, record: Record) -> None:
        if record.where not in self._leaving and self._offsets.holds(record):
            await self._settle(record)
            self._offsets.finish(record)

    async def _settle(self, record: Record) -> None:
        try:
            await patiently(partial(self._handle, record), self._limits.patience)
        except Invalid as error:
            await self._bury(record, Reason.INVALID, error)
        except Transient as error:
            await self._bury(record, Reason.EXHAUSTED, error)
        except Exception as error:  # the boundary of one record: a bug ends this one only
            await self._bury(record, Reason.BUG, error)
        else:
            self._letters.spare()

    async def _bury(self, record: Record, reason: Reason, error: Exception) -> None:
        await patiently(partial(self._letters.bury, record, reason, error), self._limits.patience)

    async def commit_regularly(self, consumer: GroupConsumer) -> NoReturn:
        while True:
            await asyncio.sleep(self._limits.commit_seconds)
            await self._commit(consumer)

    async def give_back(self, partitions: frozenset[TopicPartition]) -> None:
        """Finish what is in work, begin nothing more, commit, and forget the partitions."""
        self._leaving = partitions
        try:
            async with asyncio.timeout(self._limits.finish_seconds):
                await self._lanes.settled()
        except TimeoutError:
            await self._lanes.abandon()  # the next member does it again, and in order
        if self._consumer is not None:
            await self._commit(self._consumer)
        self._offsets.drop(partitions)
        self._leaving = frozenset()

    async def _commit(self, consumer: GroupConsumer) -> None:
        if due := self._offsets.due():
            stored = await consumer.commit(due)
            self._offsets.store({where: due[where] for where in stored})


async def read_at_most_once(consumer: GroupConsumer, handle: Callable[[Record], None]) -> NoReturn:
    """Give each record to `handle` once its offset is stored, so that nobody ever reads it again.

    For what is worthless when late, as a caller's words to a model: a record fetched by a process
    that dies, or from a partition that was lost meanwhile, is handled by nobody. `handle` must not
    wait: while it runs, nothing is read.
    """
    while True:
        records = await consumer.fetch()
        stored = await consumer.commit(next_offsets(records))
        for record in records:
            if record.where in stored:
                handle(record)
