"""Permitted hours, in the place where the telephone rings: pure.

Hours are wall-clock hours: when the clocks change, the minutes that are skipped are not there, and
those that come twice are permitted twice. A call must be permitted in every time zone the person
may be in, by every set of hours, until it has rung to its end.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_MINUTES = 1440
HORIZON = timedelta(days=35)  # longer than any run of holidays
EVERY_DAY = frozenset(range(7))
WEEKDAYS = frozenset(range(5))
SATURDAY = frozenset([5])
SUNDAY = frozenset([6])

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """From `opens` until just before `closes`, in minutes since midnight, on these weekdays.

    Monday is 0. A window that closes after 1440 reaches into the next day.
    """

    days: frozenset[int]
    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < DAY_MINUTES or not 0 < self.closes - self.opens <= DAY_MINUTES:
            raise ValueError("a window opens within its day and closes within a day of that")
        if not self.days or not self.days <= EVERY_DAY:
            raise ValueError("a window is open on one day of the week at least")

    def covers(self, weekday: int, minute: int) -> bool:
        """Whether it is open at this wall-clock minute."""
        today = weekday in self.days and self.opens <= minute < self.closes
        return today or ((weekday - 1) % 7 in self.days and minute + DAY_MINUTES < self.closes)


@dataclass(frozen=True, slots=True)
class Hours:
    """When it is permitted: in some of its windows, on a date that is not closed.

    `zone` is where these hours are told; empty: wherever the person is.
    """

    windows: tuple[Window, ...]
    closed: Container[date] = frozenset()
    zone: str = ""

    def open_at(self, moment: datetime, zone: str) -> bool:
        """Whether it is open at this moment, for somebody in this time zone."""
        local = moment.astimezone(ZoneInfo(self.zone or zone))
        if local.date() in self.closed:
            return False
        minute = local.hour * 60 + local.minute
        return any(window.covers(local.weekday(), minute) for window in self.windows)


def permitted(
    moment: datetime,
    hours: Sequence[Hours],
    zones: Sequence[str],
    margin: timedelta = timedelta(0),
) -> bool:
    """Whether it is open everywhere now, and will be for the length of the margin.

    Nobody whose time zone is not known is called: without zones nothing is permitted.
    """
    steps = -(-margin // _MINUTE)
    moments = [moment + min(step * _MINUTE, margin) for step in range(steps + 1)]
    return bool(zones) and all(
        each.open_at(at, zone) for at in moments for each in hours for zone in zones
    )


def next_opening(
    moment: datetime,
    hours: Sequence[Hours],
    zones: Sequence[str],
    margin: timedelta = timedelta(0),
) -> datetime | None:
    """The first moment from this one on at which a call is permitted; none within the horizon.

    Whoever is closed says when they open next; the latest of these is tried again, until all agree.
    """
    at: datetime | None = moment
    while zones and at is not None and at <= moment + HORIZON:
        if permitted(at, hours, zones, margin):
            return at
        at = _later(at, hours, zones)
    return None


def _later(at: datetime, hours: Sequence[Hours], zones: Sequence[str]) -> datetime | None:
    """The latest next opening of those that are closed, or, where all are open, of any."""
    pairs = [(each, zone) for each in hours for zone in zones]
    closed = [pair for pair in pairs if not pair[0].open_at(at, pair[1])]
    openings = [_opening(at, each, zone) for each, zone in closed or pairs]
    known = [opening for opening in openings if opening is not None]
    if len(known) < len(closed):
        return None  # one of them stays closed
    return (max(known) if closed else min(known)) if known else None


def _opening(after: datetime, hours: Hours, zone: str) -> datetime | None:
    """When these hours open next after a moment, in one time zone."""
    place = ZoneInfo(hours.zone or zone)
    day = after.astimezone(place).date()
    for n in range(HORIZON.days + 1):
        for opening in _openings(day + n * _DAY, hours, place):
            if opening > after:
                return opening
    return None


def _openings(day: date, hours: Hours, place: ZoneInfo) -> Iterator[datetime]:
    """The moments of a local day at which it becomes open, in their order."""
    for moment in _moments(day, hours, place):
        if hours.open_at(moment, place.key) and not hours.open_at(moment - _MINUTE, place.key):
            yield moment


def _moments(day: date, hours: Hours, place: ZoneInfo) -> Iterator[datetime]:
    """The moments to look at: each minute of a day on which the clocks change, else few."""
    begins, ends = _midnight(day, place), _midnight(day + _DAY, place)
    if ends - begins == _DAY:
        starts = {0, *(window.opens for window in hours.windows)}
        yield from (begins + minute * _MINUTE for minute in sorted(starts))
    else:
        yield from (begins + n * _MINUTE for n in range((ends - begins) // _MINUTE))


def _midnight(day: date, place: ZoneInfo) -> datetime:
    """The beginning of a local day; where the clocks change at midnight, its first moment."""
    return datetime.combine(day, time(), place).astimezone(UTC)
