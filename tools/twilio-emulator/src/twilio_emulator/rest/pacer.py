"""How fast an account's calls are dialled: Twilio's calls per second. Pure."""

from __future__ import annotations

LONGEST_QUEUE_SECONDS = 86_400.0  # what would wait longer is refused with 22005

LATE_SECONDS = 0.1  # later than an event loop wakes up: nobody had been waiting


class Pacer:
    """Evenly spaced moments; `now` is any clock's seconds, always the same one's."""

    def __init__(self, cps: float) -> None:
        self.cps = cps
        self._next = 0.0

    def due(self, now: float) -> float:
        """When the next call may be dialled."""
        return max(now, self._next)

    def took(self, now: float) -> None:
        """A call was dialled. One that came a little late takes nothing from the mean rate."""
        late = now - self._next
        self._next = (self._next if late < LATE_SECONDS else now) + 1 / self.cps

    def hold(self, until: float) -> None:
        """Dial nothing before this moment."""
        self._next = max(self._next, until)

    def wait(self, now: float, waiting: int) -> float:
        """How many seconds a call waits that comes after so many others."""
        return self.due(now) - now + waiting / self.cps

    def full(self, waiting: int) -> bool:
        return waiting / self.cps > LONGEST_QUEUE_SECONDS
