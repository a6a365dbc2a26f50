"""The rules of the countries, as callers have to keep them, and how they add up: pure.

A country that is not in the table is not called. Where several rows hold for somebody, because
number and address name different states, the strictest of each kind does. The table is
`presets_table.py`; it is a product's defaults, and no legal advice.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import Enum, IntEnum, StrEnum
from functools import lru_cache
from typing import Any

import holidays

from dialer.windows import Hours, Window


class Purpose(StrEnum):
    """Why people are called."""

    MARKETING = "marketing"
    INFORMATIONAL = "informational"
    EMERGENCY = "emergency"


class Consent(IntEnum):
    """What a person has said to being called by a machine; each includes the ones before it."""

    NONE = 0
    IMPLIED = 1
    EXPRESS = 2
    WRITTEN = 3


class Certainty(Enum):
    """How well a rule's source was read."""

    PRIMARY = "the rule's text"
    SUMMARY = "a summary by others"
    UNCHECKED = "general knowledge: check before relying on it"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from."""

    text: str
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Cap:
    """So many attempts at one number within a period that ends now."""

    attempts: int
    period: timedelta


@dataclass(frozen=True, slots=True)
class Abandonment:
    """The share of answered calls without an agent that must not be passed, within a period."""

    share: float
    period: timedelta


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: a country, or what one of its subdivisions adds."""

    country: str
    subdivision: str
    windows: tuple[Window, ...]
    sources: tuple[Source, ...]
    closed_on_holidays: bool = False
    caps: tuple[Cap, ...] = ()
    consent: Mapping[Purpose, Consent] = field(default_factory=dict)
    abandonment: tuple[Abandonment, ...] = ()
    ring_seconds: int = 15
    after_silent_call: timedelta = timedelta(0)
    """How long nobody is called again after an abandoned call."""
    overdial: bool = True
    """Whether more calls may be placed than there are agents for."""
    zones: tuple[str, ...] = ()
    """All of a country's time zones; those of its subdivisions are in `places.py`."""


@dataclass(frozen=True, slots=True)
class Override:
    """A tenant's departure from one rule of a row; the audit log has its reason and its author."""

    country: str
    subdivision: str | None
    """None: in all rows of the country."""
    rule: str
    value: Any  # decoded from the row by whoever reads it: of the type that the rule has


OVERRIDABLE = frozenset(
    {"windows", "closed_on_holidays", "caps", "consent", "abandonment"}
    | {"ring_seconds", "after_silent_call", "overdial"}
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for one person: the strictest of all rows."""

    hours: tuple[Hours, ...]
    caps: tuple[Cap, ...]
    consent: Consent
    abandonment: tuple[Abandonment, ...]
    ring_seconds: int
    after_silent_call: timedelta
    overdial: bool


def rows_for(
    table: Mapping[tuple[str, str], Rule], country: str, subdivisions: Iterable[str]
) -> tuple[Rule, ...]:
    """The country's row and those of the subdivisions; none where the country has no row.

    Of a subdivision in another country, such as `CA-ON`, that country's rules hold as well.
    """
    if (country, "") not in table:
        return ()
    places = [place_of(country, name) for name in sorted(set(subdivisions) - {""})]
    keys = [(country, ""), *((abroad, "") for abroad, _ in places), *places]
    return tuple(table[key] for key in dict.fromkeys(keys) if key in table)


def place_of(country: str, subdivision: str) -> tuple[str, str]:
    """Country and name of a subdivision, which is in that country unless it says otherwise."""
    abroad, dash, name = subdivision.partition("-")
    return (abroad, name) if dash else (country, subdivision)


def apply(rule: Rule, overrides: Iterable[Override]) -> Rule:
    """The row as this tenant keeps it. Raises `ValueError` for what cannot be overridden."""
    for override in overrides:
        if override.rule not in OVERRIDABLE:
            raise ValueError("there is no such rule to override")
        subdivision = override.subdivision
        if override.country == rule.country and subdivision in (None, rule.subdivision):
            rule = replace(rule, **{override.rule: override.value})
    return rule


def combine(rows: Sequence[Rule], purpose: Purpose) -> Rules:
    """The strictest of all rows. In an emergency hours, caps and consent do not hold."""
    urgent = purpose is Purpose.EMERGENCY
    return Rules(
        hours=() if urgent else tuple(_hours(row) for row in rows),
        caps=() if urgent else _strictest([cap for row in rows for cap in row.caps]),
        consent=max((row.consent.get(purpose, Consent.NONE) for row in rows), default=Consent.NONE),
        abandonment=tuple(limit for row in rows for limit in row.abandonment),
        ring_seconds=max((row.ring_seconds for row in rows), default=15),
        after_silent_call=max((row.after_silent_call for row in rows), default=timedelta(0)),
        overdial=all(row.overdial for row in rows),
    )


def _strictest(caps: Sequence[Cap]) -> tuple[Cap, ...]:
    """For each period the smallest number."""
    smallest: dict[timedelta, int] = {}
    for cap in caps:
        smallest[cap.period] = min(cap.attempts, smallest.get(cap.period, cap.attempts))
    return tuple(Cap(attempts, period) for period, attempts in sorted(smallest.items()))


def _hours(row: Rule) -> Hours:
    closed = holidays_of(row.country, row.subdivision) if row.closed_on_holidays else frozenset()
    return Hours(row.windows, closed)


@lru_cache(maxsize=256)
def holidays_of(country: str, subdivision: str = "") -> Container[date]:
    """The public holidays of a country, or of one part of it, in any year."""
    return holidays.country_holidays(country, subdiv=subdivision or None)


def country_zones(table: Mapping[tuple[str, str], Rule], country: str) -> tuple[str, ...]:
    """All time zones of a country; none where it has no row."""
    row = table.get((country, ""))
    return row.zones if row else ()
