"""What goes wrong on demand: which faults are in force, and whether one strikes now. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

Kind = Literal[
    "error_placed",
    "error_not_placed",
    "timeout_placed",
    "reset_placed",
    "reset_not_placed",
    "refuse",
    "close_at_once",
    "truncated",
    "cut_off",
    "too_many_requests",
    "queue_full",
    "unauthorized",
    "suspended",
    "list_lags",
    "list_down",
    "foreign_calls",
    "long_queue",
    "cps_factor",
    "duplicate_sid",
    "slow",
    "callbacks_first",
    "reversed",
    "repeated",
    "lost",
    "completed_lost",
    "amd_after_completed",
    "contradictory",
    "forged",
    "unsigned",
    "unknown_call",
    "storm",
    "api_error",
    "transcript_late",
    "transcript_failed",
    "webhook_lost",
    "webhook_repeated",
    "webhook_late",
    "webhook_early",
    "webhook_forged",
    "webhook_unsigned",
]

REFUSED: tuple[Kind, ...] = ("unauthorized", "suspended", "too_many_requests")
"""Strike any request to the API, as `slow` does."""

NOT_PLACED: tuple[Kind, ...] = ("error_not_placed", "reset_not_placed", "queue_full")
PLACED: tuple[Kind, ...] = (
    *("error_placed", "reset_placed", "timeout_placed", "truncated", "cut_off"),
    *("duplicate_sid", "callbacks_first"),
)
CONNECTIONS: tuple[Kind, ...] = ("refuse", "close_at_once")
DISORDER: tuple[Kind, ...] = (
    *("reversed", "repeated", "completed_lost", "amd_after_completed", "contradictory"),
    *("forged", "unsigned", "unknown_call"),
)
"""Are drawn once for each call, and hold for all its callbacks."""

AMOUNTS: dict[Kind, float] = {
    "timeout_placed": 20.0,
    "slow": 25.0,
    "list_lags": 60.0,
    "long_queue": 600.0,
    "cps_factor": 0.5,
    "callbacks_first": 20.0,
    "storm": 1000.0,
    "transcript_late": 60.0,
    "webhook_late": 60.0,
}


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong, until it did `count` times or for `for_seconds`.

    `amount` is in seconds (`timeout_placed`, `slow`, `list_lags`, `long_queue`, `callbacks_first`,
    `transcript_late`, `webhook_late`, and what `too_many_requests` of Intelligence asks a client to
    wait), a factor (`cps_factor`) or callbacks a second (`storm`). Seconds are real ones, whatever
    `speed` is: they meet deadlines of the client.
    """

    kind: Kind
    count: int | None = None
    probability: float = 1.0
    for_seconds: float | None = None
    amount: float | None = None
    to: str | None = None
    """Only calls to numbers that begin so: to one number, or to all of a range."""

    url: str | None = None
    """Where `unknown_call` reports; without it, the call's own callback URL."""

    @property
    def size(self) -> float:
        return self.amount if self.amount is not None else AMOUNTS.get(self.kind, 0.0)

    def only_to(self, to: str) -> Fault:
        """The same, for calls to numbers that begin so."""
        return msgspec.structs.replace(self, to=to)


@dataclass(slots=True)
class _InForce:
    fault: Fault
    until: float | None
    left: int | None


class Faults:
    """The faults in force. `draw` gives numbers from 0 to 1; times are of one monotonic clock."""

    def __init__(self, draw: Callable[[], float]) -> None:
        self._draw = draw
        self._faults: dict[int, _InForce] = {}
        self._last = 0

    def add(self, fault: Fault, now: float) -> int:
        """Put a fault in force; returns its number."""
        self._last += 1
        until = None if fault.for_seconds is None else now + fault.for_seconds
        self._faults[self._last] = _InForce(fault, until, fault.count)
        return self._last

    def remove(self, number: int) -> bool:
        return self._faults.pop(number, None) is not None

    def clear(self) -> None:
        self._faults.clear()

    def active(self, now: float) -> dict[int, Fault]:
        self._forget_past(now)
        return {number: each.fault for number, each in self._faults.items()}

    def strike(self, *kinds: Kind, now: float, to: str | None = None) -> Fault | None:
        """The first of these kinds that goes wrong now, which counts as one time."""
        self._forget_past(now)
        for number, each in list(self._faults.items()):
            fault = each.fault
            if fault.kind not in kinds or not (to or "").startswith(fault.to or ""):
                continue
            if fault.probability < 1 and self._draw() >= fault.probability:
                continue
            if each.left is not None:
                each.left -= 1
                if each.left <= 0:
                    del self._faults[number]
            return fault
        return None

    def _forget_past(self, now: float) -> None:
        for number, each in list(self._faults.items()):
            if each.until is not None and each.until <= now:
                del self._faults[number]
