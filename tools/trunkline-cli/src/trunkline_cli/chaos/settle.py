"""Waits until nothing will happen any more, and lets time pass that only separates two calls."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import asyncpg

from trunkline_cli.chaos.rig import Rig
from trunkline_cli.chaos.stage import Stage
from trunkline_cli.chaos.tables import NOTHING, Progress, progress
from trunkline_cli.chaos.until import until

POLL_SECONDS = 2.0
AT_ONCE = 3  # scenarios for which time passes: all of them would ask for too many calls at once

Watch = Callable[[Stage, Progress], None]


class Settling:
    """The scenarios that have done what they wanted to, and are not settled yet."""

    def __init__(self, rig: Rig, watch: Watch) -> None:
        self._rig = rig
        self.waiting: list[Stage] = []
        self._watch = watch

    def add(self, stage: Stage) -> None:
        """Wait for this one, too."""
        self.waiting.append(stage)

    async def run(self) -> NoReturn:
        """Look after them, until cancelled; the database may be away for a while."""
        away = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
        while True:
            with suppress(*away):
                async with self._rig.database() as connection:
                    await self._look(connection)
                    await self._pass_time(connection)
            await asyncio.sleep(POLL_SECONDS)

    async def over(self, within: float) -> None:
        """Return when all of them are settled, or it has taken too long."""

        async def are_settled() -> bool:
            return not self.waiting

        with suppress(TimeoutError):
            await until(are_settled, within=within)

    async def _look(self, connection: asyncpg.Connection) -> None:
        found = await progress(connection)
        for stage in list(self.waiting):
            now = found.get(stage.tenant, NOTHING)
            self._watch(stage, now)
            if now.settled:
                self.waiting.remove(stage)

    async def _pass_time(self, connection: asyncpg.Connection) -> None:
        """Let time pass for some of those that only wait."""
        passed = 0
        for stage in self.waiting:
            passed += await stage.pass_time(connection)
            if passed == AT_ONCE:
                return


async def settled(stage: Stage, within: float) -> bool:
    """Whether a scenario settles in time."""
    settling = Settling(stage.rig, lambda *_: None)
    settling.add(stage)
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(settling.run(), name="settle")
        await settling.over(within)
        looking.cancel()
    return not settling.waiting
