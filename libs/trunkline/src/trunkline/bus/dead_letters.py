"""Records that cannot be handled: where they go, what they say, and how many are too many."""

import asyncio
import traceback
from collections import deque
from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath

from trunkline.bus import Producer, Record
from trunkline.errors import TrunklineError
from trunkline.logs import get_logger

log = get_logger()

FRAMES = 20  # of a traceback, the innermost; headers are small


class Reason(Enum):
    """Why a record was given up."""

    INVALID = "invalid"  # it can never be handled
    EXHAUSTED = "exhausted"  # it could not be handled in any of its tries
    BUG = "bug"  # its handler raised what it should not


class TooManyDeadLetters(TrunklineError):
    """More records are given up than bad data explains: a bad deploy, or something is down."""


class DlqLimit:
    """Pure: whether dead letters are too many, over the last `window_seconds`.

    The limit is a share of the records handled, but never below `floor` records, so that a few
    bad ones on a quiet topic stop nothing.
    """

    def __init__(self, share: float = 0.01, floor: int = 10, window_seconds: float = 60.0) -> None:
        self._share = share
        self._floor = floor
        self._window_seconds = window_seconds
        self._seconds: deque[tuple[int, int, int]] = deque()  # second, records, dead among them

    def note(self, now: float, *, dead: bool) -> bool:
        """Count one record at `now` (seconds on any clock that only rises); True is too many."""
        second = int(now)
        while self._seconds and self._seconds[0][0] <= second - self._window_seconds:
            self._seconds.popleft()
        _, records, letters = (
            self._seconds.pop()
            if self._seconds and self._seconds[-1][0] == second
            else (second, 0, 0)
        )
        self._seconds.append((second, records + 1, letters + dead))
        total = sum(records for _, records, _ in self._seconds)
        given_up = sum(letters for _, _, letters in self._seconds)
        return given_up > max(self._floor, self._share * total)


def headers_of(record: Record, reason: Reason, error: BaseException) -> Mapping[str, str]:
    """The record's own headers, and where, why and how it died.

    An error's text is left out: it may quote what a caller said. Its class and its path through
    the code do not.
    """
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return dict(record.headers) | {
        "dlq.topic": record.topic,
        "dlq.partition": str(record.partition),
        "dlq.offset": str(record.offset),
        "dlq.reason": reason.value,
        "dlq.error": type(error).__qualname__,
        "dlq.traceback": "\n".join(
            f"{PurePath(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames
        ),
    }


class DeadLetters:
    """Writes dead letters to `<topic>.dlq`, and stops everything when they are too many."""

    def __init__(self, producer: Producer, limit: DlqLimit) -> None:
        self._producer = producer
        self._limit = limit

    async def bury(self, record: Record, reason: Reason, error: Exception) -> None:
        """Write one. Raises `PublishFailed`, or `TooManyDeadLetters` once it is written."""
        await self._producer.publish(
            f"{record.topic}.dlq",
            record.value,
            key=record.key,
            headers=headers_of(record, reason, error),
        )
        log.warning(
            "record_dead_lettered",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            reason=reason.value,
            error=type(error).__qualname__,
        )
        if self._limit.note(asyncio.get_running_loop().time(), dead=True):
            raise TooManyDeadLetters from error

    def spare(self) -> None:
        """Count a record that was handled."""
        self._limit.note(asyncio.get_running_loop().time(), dead=False)
