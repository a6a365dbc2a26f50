"""A clock that goes on while the process, or the whole machine, is stopped."""

import time


def boottime() -> float:
    """Seconds since the machine was started, time asleep included.

    `time.monotonic` stands still while a machine sleeps: a deadline measured by it would still
    hold when everybody else has long given up on us.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME)
