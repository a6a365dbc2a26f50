"""What one record tells, ready to be stored: pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from trunkline.bus import Record

T = TypeVar("T")

Rank = tuple[Any, ...]
"""What can be compared with its like: the greater is the newer."""

EARLIEST_MS = 1_262_304_000_000  # 2010: a time before it is a clock that was never set


@dataclass(frozen=True, slots=True)
class News(Generic[T]):
    """An event, and when its record was made."""

    event: T
    recorded_ms: int

    def at(self, said_ms: int) -> datetime:
        """The time the event names; the record's, where it names none that can be."""
        return when(said_ms if said_ms >= EARLIEST_MS else self.recorded_ms)


def decoded(records: Iterable[Record], decode: Callable[[bytes], T]) -> Sequence[News[T]]:
    """The records' events. Raises `Invalid` for one that is none."""
    return [News(decode(record.value), record.timestamp_ms) for record in records]


def when(ms: int) -> datetime:
    """Unix time in milliseconds as a time."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def newest(news: Iterable[T], key: Callable[[T], object], rank: Callable[[T], Rank]) -> list[T]:
    """The highest of each key; of equals the later."""
    found: dict[object, T] = {}
    for each in news:
        if key(each) not in found or rank(each) >= rank(found[key(each)]):
            found[key(each)] = each
    return list(found.values())
