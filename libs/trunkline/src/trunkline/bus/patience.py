"""Trying again what may work later."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from trunkline.errors import Transient

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and how long in between: pauses in seconds, doubled from try to try.

    With these figures it gives up after nine tries and about 50 seconds.
    """

    tries: int = 9
    first_pause: float = 0.2
    longest_pause: float = 30.0

    def pauses(self) -> Iterator[float]:
        for doubled in range(self.tries - 1):
            yield min(self.first_pause * 2.0**doubled, self.longest_pause)


async def patiently(work: Callable[[], Awaitable[T]], patience: Patience) -> T:
    """Do it, again after each `Transient`; the last one goes to the caller."""
    for pause in patience.pauses():
        try:
            return await work()
        except Transient:
            await asyncio.sleep(pause)
    return await work()
