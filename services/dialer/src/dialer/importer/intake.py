"""What a campaign asks of its contacts, and where it thinks that they are; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from dialer.numbers import Number
from dialer.places import PARTS, Zones
from dialer.presets import (
    Override,
    Purpose,
    Rule,
    apply,
    combine,
    country_zones,
    place_of,
    rows_for,
)
from dialer.windows import Hours, next_opening
from dialer.zones import candidates, settle

_Place = tuple[str, tuple[str, ...], tuple[Zones, ...]]


@dataclass(frozen=True)
class Intake:
    """A campaign as its lists are read for it. `now` decides which holidays are near."""

    purpose: Purpose
    default_region: str
    variables: Mapping[str, str]
    """The agent's, with their defaults; one whose default is empty must be given."""
    languages: Sequence[str]
    table: Mapping[tuple[str, str], Rule]
    now: datetime
    hours: tuple[Hours, ...] = ()
    """The campaign's own."""
    overrides: tuple[Override, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)
    """Variables that the campaign gives: nobody has to list them."""
    _zones: dict[_Place, Zones] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def dialable(self) -> frozenset[str]:
        """The countries that there are rules for."""
        return frozenset(country for country, part in self.table if not part)

    def zones(
        self, number: Number, subdivisions: tuple[str, ...], address: str, explicit: str
    ) -> Zones:
        """Where the person may be; empty where no hour is permitted in all of the places.

        `address`: the subdivision that was given; `subdivisions`: all whose rules hold.
        """
        country = number.country
        found = candidates(
            explicit=explicit,
            address=self._zones_at(*place_of(country, address)) if address else None,
            number=number.zones,
            country=() if number.anywhere else country_zones(self.table, country),
        )
        place = (country, subdivisions, found)
        if place not in self._zones:  # a list of a million has a few hundred of them
            self._zones[place] = self._settled(place)
        return self._zones[place]

    def _zones_at(self, country: str, subdivision: str) -> Zones:
        """All of the country's where it has no such subdivision, and where all keep one time."""
        known = PARTS.get(country, {})
        return known.get(subdivision, country_zones(self.table, country))

    def _settled(self, place: _Place) -> Zones:
        country, subdivisions, found = place
        rows = rows_for(self.table, country, subdivisions)
        rules = combine([apply(row, self.overrides) for row in rows], self.purpose)
        hours = (*self.hours, *rules.hours)
        return settle(found, lambda zones: next_opening(self.now, hours, zones) is not None)
