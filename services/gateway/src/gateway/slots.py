"""How many calls this process holds: exact, whatever way a call ends."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Tally:
    """How many of something there are, and a way to wait until there is none."""

    def __init__(self) -> None:
        self.count = 0
        self._fell = asyncio.Event()

    def up(self) -> None:
        """One more."""
        self.count += 1

    def down(self) -> None:
        """One less."""
        self.count -= 1
        self._fell.set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """One more for as long as the context lasts."""
        self.up()
        try:
            yield
        finally:
            self.down()

    async def none_left(self) -> None:
        """Wait until there is none."""
        while self.count:
            self._fell.clear()
            await self._fell.wait()


class Slot:
    """One call's place. Releasing it twice gives back one."""

    def __init__(self, used: Tally) -> None:
        self._used = used
        self._is_held = True
        used.up()

    def release(self) -> None:
        """Give the place back."""
        if self._is_held:
            self._is_held = False
            self._used.down()


class Slots:
    """A fixed number of places, and none while draining.

    The last `reserve` of them are for inbound calls.
    """

    def __init__(self, total: int, reserve: int = 0) -> None:
        self.total = total
        self.is_draining = False
        self._reserve = reserve
        self._used = Tally()

    @property
    def used(self) -> int:
        """Places that are taken."""
        return self._used.count

    @property
    def free(self) -> int:
        """Places that may be taken."""
        return 0 if self.is_draining else self.total - self.used

    @property
    def kept(self) -> int:
        """Of the free places, those that are kept for inbound calls."""
        return min(self._reserve, self.free)

    @property
    def has_lent(self) -> bool:
        """Whether a place that is kept for inbound calls is taken."""
        return self.total - self.used < self._reserve

    def take(self) -> Slot | None:
        """A place, or none."""
        return Slot(self._used) if self.free else None

    async def wait_until_free(self) -> None:
        """Wait until all places are free."""
        await self._used.none_left()
