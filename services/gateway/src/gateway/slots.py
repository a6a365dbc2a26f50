"""How many calls this process holds: exact, whatever way a call ends."""

import asyncio


class Slot:
    """One call's place. Releasing it twice gives back one."""

    def __init__(self, slots: "Slots") -> None:
        self._slots = slots
        self._is_held = True

    def release(self) -> None:
        """Give the place back."""
        if self._is_held:
            self._is_held = False
            self._slots.give_back()


class Slots:
    """A fixed number of places, and none while draining."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.used = 0
        self.is_draining = False
        self._freed = asyncio.Event()

    def take(self) -> Slot | None:
        """A place, or none."""
        if self.is_draining or self.used >= self.total:
            return None
        self.used += 1
        return Slot(self)

    def give_back(self) -> None:
        """One place is free again."""
        self.used -= 1
        self._freed.set()

    async def wait_until_free(self) -> None:
        """Wait until all places are free."""
        while self.used:
            self._freed.clear()
            await self._freed.wait()
