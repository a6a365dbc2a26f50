"""Figures over many calls. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from twilio_emulator.ledger import CallLedger


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Nearest-rank percentiles; None without any value."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a set of calls came to."""

    calls: int
    turns: int
    turns_lost: int
    interrupts: int
    stale_tokens: int
    first_token_ms: Percentiles

    def as_dict(self) -> dict[str, object]:
        """The report as JSON-ready values."""
        return asdict(self)


def report(ledgers: Iterable[CallLedger]) -> Report:
    """The figures of these calls, which must have ended."""
    calls = list(ledgers)
    turns = [turn for call in calls for turn in call.turns]
    times = [turn.first_token_ms for turn in turns if turn.first_token_ms is not None]
    return Report(
        calls=len(calls),
        turns=len(turns),
        turns_lost=sum(len(call.lost_turns()) for call in calls),
        interrupts=sum(len(call.interrupts) for call in calls),
        stale_tokens=sum(len(call.stale_tokens()) for call in calls),
        first_token_ms=percentiles(times),
    )


def percentiles(values: Sequence[float]) -> Percentiles:
    """Nearest-rank p50, p95 and p99, rounded to a hundredth."""
    if not values:
        return Percentiles()
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 2)

    return Percentiles(at(0.50), at(0.95), at(0.99))
