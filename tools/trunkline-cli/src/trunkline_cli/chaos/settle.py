"""Waits until nothing will happen any more, and lets time pass that only separates two calls."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import asyncpg

from trunkline_cli.chaos.rig import Rig
from trunkline_cli.chaos.stage import Stage
from trunkline_cli.chaos.tables import NOTHING, Progress, progress
from trunkline_cli.chaos.until import until

POLL_SECONDS = 3.0

Watch = Callable[[Stage, Progress], None]


def nobody(stage: Stage, progress: Progress) -> None:
    """Nobody watches."""


class Settling:
    """What is still waited for."""

    def __init__(self, stages: Sequence[Stage], watch: Watch) -> None:
        self.waiting = list(stages)
        self._watch = watch

    async def over(self, rig: Rig) -> bool:
        """Look, and let time pass for one of those that only wait: not for all at once, which
        would ask for more calls than this machine can carry."""
        try:
            async with rig.database() as connection:
                await self._look(connection)
                for stage in self.waiting:
                    if await stage.pass_time(connection):
                        break
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False  # the database is away, or comes back
        return not self.waiting

    async def _look(self, connection: asyncpg.Connection) -> None:
        found = await progress(connection)
        for stage in list(self.waiting):
            now = found.get(stage.tenant, NOTHING)
            self._watch(stage, now)
            if now.settled:
                self.waiting.remove(stage)


async def settled(stages: Sequence[Stage], *, within: float, watch: Watch = nobody) -> list[Stage]:
    """Wait until all of them are settled; returns those that are not in time."""
    settling = Settling(stages, watch)
    if stages:
        with suppress(TimeoutError):
            await until(lambda: settling.over(stages[0].rig), within=within, every=POLL_SECONDS)
    return settling.waiting
