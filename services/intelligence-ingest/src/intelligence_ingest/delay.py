"""How long a notification waits that could not be fetched: pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""After the first failure, the second and so on. When all are used it is given up: by then a sweep
has found the transcript, if there is one."""


def next_try(failed: int, now: datetime) -> datetime:
    """When to try again after so many failures, from 1."""
    return now + DELAYS[min(failed, len(DELAYS)) - 1]


def is_exhausted(failed: int) -> bool:
    """Whether it has failed as often as it may."""
    return failed > len(DELAYS)


def failed_before(headers: Mapping[str, str]) -> int:
    """How often the record has failed, as its headers tell."""
    told = headers.get("retry.failed", "")
    return int(told) if told.isdecimal() else 0
