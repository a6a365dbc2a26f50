"""Many records in work at once, those of one key one after another."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from trunkline.bus import Record

T = TypeVar("T")


def lane_of(record: Record) -> Hashable:
    """Records of one lane keep their order; without a key there is no order to keep."""
    return record.where, record.offset if record.key is None else record.key


class Lanes(Generic[T]):
    """Runs `work` on each record: a task per lane that has any, `limit` records in hand at most."""

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        work: Callable[[T], Awaitable[None]],
        limit: int,
        lane: Callable[[T], Hashable],
    ) -> None:
        self._tasks = tasks
        self._work = work
        self._lane = lane
        self._room = asyncio.Semaphore(limit)
        self._lanes: dict[Hashable, deque[T]] = {}
        self._running: dict[Hashable, asyncio.Task[None]] = {}
        self._settled = asyncio.Event()
        self._settled.set()

    async def put(self, record: T) -> None:
        """Take a record in hand; waits while there are too many."""
        await self._room.acquire()
        lane = self._lane(record)
        if lane in self._lanes:
            self._lanes[lane].append(record)
            return
        self._settled.clear()
        records = self._lanes[lane] = deque([record])
        task = self._running[lane] = self._tasks.create_task(self._run(lane, records), name="lane")
        task.add_done_callback(lambda _: self._close(lane, records))  # cancelled before it began

    async def settled(self) -> None:
        """Wait until nothing is in hand."""
        await self._settled.wait()

    async def abandon(self) -> None:
        """Cancel what is in work and drop what waits behind it."""
        for running in self._running.values():
            running.cancel()
        await self.settled()

    async def _run(self, lane: Hashable, records: deque[T]) -> None:
        while records:
            await self._work(records[0])
            records.popleft()
            self._room.release()
        self._close(lane, records)  # in this step: a record that comes later opens a new lane

    def _close(self, lane: Hashable, records: deque[T]) -> None:
        if self._lanes.get(lane) is not records:
            return
        del self._lanes[lane], self._running[lane]
        for _ in records:
            self._room.release()
        if not self._lanes:
            self._settled.set()
