"""Which calls a list request is for, and how it is cut into pages. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from twilio_emulator.rest.errors import invalid
from twilio_emulator.rest.placed import PlacedCall

DAY = 86_400
MAX_PAGE = 1000
DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Dates:
    """A range of whole days of UTC, as days since 1970; both ends belong to it."""

    first: int | None = None
    last: int | None = None

    @property
    def unlimited(self) -> bool:
        return self.first is None and self.last is None

    def hold(self, at: float | None) -> bool:
        """A moment that is not known yet is in no range, but matches where none is asked for."""
        if self.unlimited:
            return True
        if at is None:
            return False
        day = int(at // DAY)
        after = self.first is None or day >= self.first
        return after and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list request asks for."""

    to: str | None = None
    from_number: str | None = None
    status: str | None = None
    parent: str | None = None
    started: Dates = Dates()
    ended: Dates = Dates()

    def hold(self, call: PlacedCall) -> bool:
        return (
            self.to in (None, call.to)
            and self.from_number in (None, call.from_number)
            and self.status in (None, call.status)
            and self.parent is None  # no call here has a parent
            and self.started.hold(call.dialed_at)
            and self.ended.hold(call.ended_at)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Which page: so many calls, older or newer than one of them."""

    number: int = 0
    size: int = 50
    token: str | None = None
    """PA and a call's number for what is older, PB for what is newer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Calls, newest first, with the tokens of the pages beside."""

    calls: tuple[PlacedCall, ...]
    number: int
    size: int
    token: str | None = None
    next_token: str | None = None
    previous_token: str | None = None


def read_filters(query: Mapping[str, str]) -> Filters:
    """The filters of a query string; raises `ApiError`. Unknown parameters are passed over."""
    return Filters(
        to=query.get("To") or None,
        from_number=query.get("From") or None,
        status=query.get("Status") or None,
        parent=query.get("ParentCallSid") or None,
        started=_dates(query, "StartTime"),
        ended=_dates(query, "EndTime"),
    )


def read_position(query: Mapping[str, str]) -> Position:
    """Raises `ApiError`."""
    return Position(
        number=_whole(query, "Page", 0, 0),
        size=min(_whole(query, "PageSize", 50, 1), MAX_PAGE),
        token=query.get("PageToken") or None,
    )


def page(newest_first: Iterable[PlacedCall], position: Position) -> Page:
    """The page at a position among these calls, which calls that come later do not move."""
    size, token = position.size, position.token
    mark = int(token[2:]) if token and token[2:].isdecimal() else None
    if mark is None:
        skipped = islice(newest_first, position.number * size, None)
        found = list(islice(skipped, size + 1))
        more, found = len(found) > size, found[:size]
    elif token and token.startswith("PB"):
        newer = [call for call in newest_first if call.number > mark]
        more, found = True, newer[-size:]
    else:
        found = list(islice((call for call in newest_first if call.number < mark), size + 1))
        more, found = len(found) > size, found[:size]
    return Page(
        calls=tuple(found),
        number=position.number,
        size=size,
        token=token,
        next_token=f"PA{found[-1].number}" if more and found else None,
        previous_token=f"PB{found[0].number}" if position.number and found else None,
    )


def _dates(query: Mapping[str, str], name: str) -> Dates:
    """`StartTime>=2026-11-24` arrives as the parameter `StartTime>`; a time of day is dropped."""
    exactly, after, before = (_day(query, name + end) for end in ("", ">", "<"))
    if exactly is not None:
        return Dates(exactly, exactly)
    return Dates(after, before)


def _day(query: Mapping[str, str], name: str) -> int | None:
    value = query.get(name)
    if not value:
        return None
    found = DATE.match(value)
    if found is None:
        raise invalid(20001, f"{name} must be a date, YYYY-MM-DD")
    year, month, day = (int(part) for part in found.groups())
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise invalid(20001, f"{name} is no date")
    return calendar.timegm((year, month, day, 0, 0, 0)) // DAY


def _whole(query: Mapping[str, str], name: str, default: int, low: int) -> int:
    value = query.get(name)
    if not value:
        return default
    if not value.isdecimal() or int(value) < low:
        raise invalid(20001, f"{name} must be a whole number of at least {low}")
    return int(value)
