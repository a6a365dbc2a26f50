"""Waiting for a condition, bounded."""

import asyncio
from collections.abc import Awaitable, Callable

SECONDS = 30.0


async def until(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until it holds, looking now and then."""

    async def holds() -> object:
        return condition()

    await until_found(holds, seconds)


async def until_found(condition: Callable[[], Awaitable[object]], seconds: float = SECONDS) -> None:
    """The same for what must be asked for."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  # a database has no event to wait for
            await asyncio.sleep(0.01)
