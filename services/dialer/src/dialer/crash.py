"""Deaths on purpose, for tests: `DIALER_CRASH_AT=after_write_ahead:0.01` kills at that point.

A process that dies by itself at a named line meets every gap between two effects; a signal from
outside hardly ever does. Without the setting every point is a function that does nothing.
"""

import os
import random
from collections.abc import Callable, Sequence
from enum import StrEnum

EXIT_CODE = 137  # as after SIGKILL: nothing is closed, flushed or given back


class Point(StrEnum):
    """A gap between two effects."""

    BEFORE_RESERVED = "before_reserved"
    AFTER_RESERVED = "after_reserved"
    AFTER_SLOT = "after_slot"
    AFTER_WRITE_AHEAD = "after_write_ahead"
    AFTER_SENT = "after_sent"
    AFTER_RESPONSE = "after_response"
    AFTER_RECORDED = "after_recorded"
    AFTER_INBOX = "after_inbox"
    AFTER_REDUCED = "after_reduced"
    WHILE_SETTLING = "while_settling"
    AFTER_LISTING = "after_listing"
    WHILE_PAUSING = "while_pausing"
    AFTER_RELAYED = "after_relayed"


Crash = Callable[[Point], None]


def never(_: Point) -> None:
    """Go on."""


def crash_points(settings: Sequence[str]) -> Crash:
    """What to call at every point; `settings` are names with probabilities, `name:0.01`.

    Raises `ValueError` for a name that there is not, or a probability that is none.
    """
    chances = dict(_parse(setting) for setting in settings)
    if not chances:
        return never

    def crash(point: Point) -> None:
        if random.random() < chances.get(point, 0.0):
            os._exit(EXIT_CODE)

    return crash


def _parse(setting: str) -> tuple[Point, float]:
    name, _, chance = setting.partition(":")
    probability = float(chance or "1")
    if not 0 <= probability <= 1:
        raise ValueError(f"the probability of {name} must be between 0 and 1")
    return Point(name), probability
