"""A stretch of time cut into hours or days as people live them: pure.

PostgreSQL is told where every bucket begins, so that a day of 23 or 25 hours is decided here alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

from trunkline.api.problem import FieldError, InvalidRequest

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Bucket(StrEnum):
    """What figures are counted by."""

    HOUR = "hour"
    DAY = "day"
    WHOLE = "whole"


LONGEST = {Bucket.HOUR: 32 * DAY, Bucket.DAY: 400 * DAY, Bucket.WHOLE: 400 * DAY}
"""The longest time that may be asked for; by it the number of buckets is bounded, too."""

MENDS = {
    Bucket.HOUR: " by hour: ask for less, or by day",
    Bucket.DAY: ": ask for one year after the other",
    Bucket.WHOLE: ": ask for one year after the other",
}


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` to just before `until`; each bucket lasts until the next one begins."""

    since: datetime
    until: datetime
    starts: Sequence[datetime]

    @property
    def ends(self) -> Sequence[datetime]:
        """When each bucket is over; the last at `until`, complete or not."""
        return [*self.starts[1:], self.until]


def span(since: datetime, until: datetime, bucket: Bucket, zone: tzinfo) -> Span:
    """The buckets between two times. Raises `InvalidRequest` with what to ask for instead."""
    if until <= since:
        raise _invalid("span_is_empty", "must be later than since")
    if until - since > LONGEST[bucket]:
        most = f"at most {LONGEST[bucket].days} days"
        raise _invalid("span_too_long", most + MENDS[bucket])
    return Span(since, until, list(_starts(since, until, bucket, zone)))


def _invalid(code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[FieldError("query/until", code, detail)])


def _starts(since: datetime, until: datetime, bucket: Bucket, zone: tzinfo) -> Iterator[datetime]:
    if bucket is Bucket.WHOLE:
        yield since
        return
    begin, following = (_hour, _next_hour) if bucket is Bucket.HOUR else (_day, _next_day)
    start = begin(since, zone)
    while start < until:
        yield start
        start = following(start, zone)


def _hour(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def _next_hour(start: datetime, zone: tzinfo) -> datetime:
    """Where clocks change by half an hour, the hour after that is as long as its clock says."""
    later = start + HOUR
    aligned = _hour(later, zone)
    return aligned if aligned > start else later


def _day(at: datetime, zone: tzinfo) -> datetime:
    return datetime.combine(at.astimezone(zone).date(), time.min, zone).astimezone(UTC)


def _next_day(start: datetime, zone: tzinfo) -> datetime:
    day = start.astimezone(zone).date() + DAY
    return datetime.combine(day, time.min, zone).astimezone(UTC)
