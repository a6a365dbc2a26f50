"""What a session wants done, waiting for a socket or for the bus: bounded, and in order."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from trunkline.errors import TrunklineError

T = TypeVar("T")

LIMIT = 1024  # a reply has a few dozen frames: more waiting means that the other end has stopped


class Overflow(TrunklineError):
    """A call wants more done than its socket or the bus takes."""


class Outbox(Generic[T]):
    """A bounded queue that can be emptied, and that ends once it is closed and empty."""

    def __init__(self, limit: int | None = None) -> None:
        self._limit = limit or LIMIT
        self._waiting: deque[T] = deque()
        self._changed = asyncio.Event()
        self._is_closed = False

    def put(self, item: T) -> None:
        """Add one; raises `Overflow` if too many are waiting."""
        if len(self._waiting) >= self._limit:
            raise Overflow
        self._waiting.append(item)
        self._changed.set()

    def drop(self, unwanted: Callable[[T], bool]) -> None:
        """Throw away those waiting that are not wanted any more."""
        self._waiting = deque(item for item in self._waiting if not unwanted(item))

    def close(self) -> None:
        """Say that no more will come."""
        self._is_closed = True
        self._changed.set()

    async def take(self) -> T | None:
        """The next one, or none once the outbox is closed and empty."""
        while not self._waiting and not self._is_closed:
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft() if self._waiting else None
