"""Doing one thing unless another happens first."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def unless(happens: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Run the body; raise `TimeoutError` in it as soon as the other thing has happened."""

    async def wait() -> None:
        await happens()
        limit.reschedule(0)

    async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(wait(), name="unless")
        yield
        waiting.cancel()
