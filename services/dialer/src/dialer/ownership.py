"""This process as a worker: what it has reserved is its own as long as it can say so in time."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.boottime import boottime
from dialer.clock import DatabaseClock
from dialer.store import clock as database
from dialer.store import fence, workers
from dialer.store.fence import Memory, Recovery
from trunkline.database.transaction import transaction
from trunkline.errors import Transient
from trunkline.logs import get_logger

log = get_logger()

HEARTBEAT_SECONDS = 4.0
DEADLINE_SECONDS = 5.0  # of one heartbeat
# Others act when the lease is over; we stop 10 s before that, measured from before we asked for it.
SAFE_SECONDS = workers.LEASE_SECONDS - 10.0


class Ownership:
    """The worker's epoch, and whether it still holds.

    A heartbeat that fails for too long stops all sending. A lease that was lost is never renewed:
    the process goes on as another worker, and what the old one had in hand belongs to nobody.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        name: str,
        database_clock: DatabaseClock,
        clock: Callable[[], float] = boottime,
    ) -> None:
        self._engine = engine
        self._name = name
        self._database_clock = database_clock
        self._clock = clock
        self._safe_until = 0.0
        self._memory: Memory | None = None
        self.recovery = Recovery()

    @property
    def epoch(self) -> UUID | None:
        """Of the worker that this process is now; none while it is none."""
        return self._memory.epoch if self._memory is not None and self.is_safe else None

    @property
    def heartbeat_at(self) -> datetime | None:
        """The last heartbeat that is known to be written."""
        return self._memory.heartbeat_at if self._memory is not None else None

    @property
    def is_safe(self) -> bool:
        """Whether nobody can have taken over by now."""
        return self._memory is not None and self._clock() < self._safe_until

    def holds(self, epoch: UUID, account_sid: str) -> bool:
        """Whether what was reserved for an account under this epoch may still be sent."""
        return epoch == self.epoch and not self.recovery.holds(account_sid)

    async def run(self) -> NoReturn:
        """Say that we live, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(DEADLINE_SECONDS):
                    await self.beat()
            except (Transient, TimeoutError) as error:
                log.warning("heartbeat_failed", reason=type(error).__name__)
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def beat(self) -> None:
        """One heartbeat, and one look at which database this is and what time it has."""
        asked_at, before = self._clock(), self._memory
        async with transaction(self._engine) as connection:
            self.recovery = await fence.look(connection, before)
            memory = await self._live_on(connection, before)
            looked_at = self._clock()
            self._database_clock.note(await database.now(connection), looked_at)
        if before is None or memory.epoch != before.epoch:
            log.info("worker_registered", epoch=str(memory.epoch), again=before is not None)
        self._memory, self._safe_until = memory, asked_at + SAFE_SECONDS

    async def _live_on(self, connection: AsyncConnection, before: Memory | None) -> Memory:
        """As the same worker, or as another where its lease was lost."""
        if before is not None and (at := await workers.renew(connection, before.epoch)):
            return replace(before, heartbeat_at=at)
        epoch, at = await workers.register(connection, self._name)
        return Memory(epoch, at, at)

    async def end(self) -> None:
        """Say that we are gone; where that cannot be said, the lease will."""
        if self._memory is None:
            return
        with suppress(Transient, TimeoutError):
            async with asyncio.timeout(DEADLINE_SECONDS), transaction(self._engine) as connection:
                await workers.end(connection, self._memory.epoch)
