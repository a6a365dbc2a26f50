"""Waiting for a condition of processes and servers that announce nothing: one asks."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(
    holds: Callable[[], Awaitable[bool]], *, within: float, every: float = 0.25
) -> None:
    """Return once it holds; raises `TimeoutError`."""
    async with asyncio.timeout(within):
        while not await holds():  # noqa: ASYNC110  # nobody would set an event
            await asyncio.sleep(every)
