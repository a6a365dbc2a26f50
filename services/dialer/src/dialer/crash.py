"""Deaths on purpose, for tests: `DIALER_CRASH_AT=after_write_ahead:0.01` kills at that point, and
`after_write_ahead:0.01:freeze` stops the process there, until somebody continues it.

A process that dies by itself at a named line meets every gap between two effects; a signal from
outside hardly ever does. Without the setting every point is a function that does nothing.
"""

import os
import random
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    """What to call at every point; `settings` are names with probabilities, `name:0.01`, and with
    what is to happen there, if it is not a death: `name:0.01:freeze`.

    Raises `ValueError` for a name that there is not, or a probability that is none.
    """
    accidents = dict(map(_parse, settings))
    if not accidents:
        return never

    def crash(point: Point) -> None:
        accident = accidents.get(point)
        if accident is not None and random.random() < accident.probability:
            accident.happen()

    return crash


@dataclass(frozen=True, slots=True)
class _Accident:
    probability: float
    happen: Callable[[], None]


def _die() -> None:
    os._exit(EXIT_CODE)


def _freeze() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


_KINDS = {"": _die, "die": _die, "freeze": _freeze}


def _parse(setting: str) -> tuple[Point, _Accident]:
    name, _, rest = setting.partition(":")
    chance, _, kind = rest.partition(":")
    probability = float(chance or "1")
    if not 0 <= probability <= 1:
        raise ValueError(f"the probability of {name} must be between 0 and 1")
    if kind not in _KINDS:
        raise ValueError(f"what happens at {name} must be die or freeze")
    return Point(name), _Accident(probability, _KINDS[kind])
