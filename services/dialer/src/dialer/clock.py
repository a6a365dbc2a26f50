"""The database's clock as this process knows it, and how wrong its own is."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from dialer.boottime import boottime

WORSE_SECONDS = 60.0  # a measurement ages: after this a slower answer is better than an old one


class DatabaseClock:
    """Tells the database's time between two looks at it.

    Counted from the boot of this machine, so that somebody who sets our clock moves nothing.
    """

    def __init__(
        self,
        clock: Callable[[], float] = boottime,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._wall = wall
        self._offset = wall() - clock()
        self._round_trip = float("inf")
        self._measured_at = clock()

    def note(self, told: datetime, asked_at: float) -> None:
        """Take a look into account: it was asked for at `asked_at`, by `boottime`."""
        now = self._clock()
        round_trip, age = now - asked_at, now - self._measured_at
        if round_trip <= self._round_trip or age > WORSE_SECONDS:
            self._offset = told.timestamp() - (asked_at + now) / 2
            self._round_trip, self._measured_at = round_trip, now

    def unix(self) -> float:
        """Unix time by the database's clock."""
        return self._clock() + self._offset

    def now(self) -> datetime:
        """The same as a moment."""
        return datetime.fromtimestamp(self.unix(), UTC)

    def skew_seconds(self) -> float:
        """How far this machine's clock is ahead of the database's."""
        return self._wall() - self.unix()
