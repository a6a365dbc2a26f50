"""Waits until nothing will happen any more, and lets time pass that only separates two calls."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import asyncpg

from trunkline_cli.chaos.stage import Stage
from trunkline_cli.chaos.tables import Progress
from trunkline_cli.chaos.until import until

POLL_SECONDS = 1.0

Watch = Callable[[Stage, Progress], None]


def nobody(stage: Stage, progress: Progress) -> None:
    """Nobody watches."""


async def settled(stages: Sequence[Stage], *, within: float, watch: Watch = nobody) -> list[Stage]:
    """Wait until all of them are settled; returns those that are not in time."""
    waiting = list(stages)

    async def are_settled() -> bool:
        waiting[:] = [stage for stage in waiting if not await _is_settled(stage, watch)]
        return not waiting

    with suppress(TimeoutError):
        await until(are_settled, within=within, every=POLL_SECONDS)
    return waiting


async def _is_settled(stage: Stage, watch: Watch) -> bool:
    try:
        now = await stage.progress()
        watch(stage, now)
        if not now.settled:
            await stage.pass_time()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False  # the database is being broken, or comes back
    return now.settled
