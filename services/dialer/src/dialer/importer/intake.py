"""What a campaign asks of its contacts, and where it thinks that they are; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from dialer.numbers import Number
from dialer.presets import (
    Override,
    Purpose,
    Rule,
    apply,
    combine,
    country_zones,
    rows_for,
    subdivision_zones,
)
from dialer.windows import Hours, next_opening
from dialer.zones import candidates, settle

_Place = tuple[str, tuple[str, ...], tuple[str, ...]]


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
    strict_us_tz: bool = False
    overrides: tuple[Override, ...] = ()
    _zones: dict[_Place, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def dialable(self) -> frozenset[str]:
        """The countries that there are rules for."""
        return frozenset(country for country, part in self.table if not part)

    def zones(
        self, number: Number, subdivisions: tuple[str, ...], explicit: str
    ) -> tuple[str, ...]:
        """Where the person may be; empty where no hour is permitted in all of the places."""
        country = number.country
        found = candidates(
            explicit=explicit,
            subdivision=subdivisions[-1] if subdivisions else "",
            subdivision_zones=self._parts[country],
            number_zones=number.zones,
            strict_us=self.strict_us_tz and country == "US",
        )
        place = (country, subdivisions, found)
        if place not in self._zones:  # a list of a million has a few hundred of them
            self._zones[place] = self._settled(place)
        return self._zones[place]

    def _settled(self, place: _Place) -> tuple[str, ...]:
        country, subdivisions, found = place
        rows = rows_for(self.table, country, subdivisions)
        rules = combine([apply(row, self.overrides) for row in rows], self.purpose)
        hours = (*self.hours, *rules.hours)
        return settle(
            found,
            country_zones(self.table, country),
            lambda zones: next_opening(self.now, hours, zones) is not None,
        )

    @cached_property
    def _parts(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        return {country: subdivision_zones(self.table, country) for country in self.dialable}
