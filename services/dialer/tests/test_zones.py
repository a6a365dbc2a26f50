"""Where a person may be: the best source decides, and nobody is called by a guess."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import pytest

from dialer.numbers import normalise
from dialer.presets import country_zones, subdivision_zones
from dialer.presets_table import DIALABLE, TABLE
from dialer.windows import EVERY_DAY, Hours, Window, permitted
from dialer.zones import CONTIGUOUS_US, candidates, is_zone, settle

BY_STATE = subdivision_zones(TABLE, "US")


def always(zones: Sequence[str]) -> bool:
    return True


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(("America/New_York", True), ("America/Argentina/Salta", True), ("Etc/GMT+5", False)),
        *(("EST", False), ("UTC", False), ("+05:00", False), ("America/Nowhere", False)),
        *(("", False), ("America/", False), ("../etc/passwd", False), ("America/../Zurich", False)),
    ],
)
def test_only_names_of_places_are_time_zones(name: str, expected: bool) -> None:
    assert is_zone(name) is expected


def test_the_list_is_believed_before_the_address_and_the_address_before_the_number() -> None:
    number = ("America/New_York",)
    found = partial(candidates, subdivision_zones=BY_STATE, number_zones=number)

    assert found(explicit="Pacific/Honolulu", subdivision="TX") == ("Pacific/Honolulu",)
    assert found(subdivision="TX") == ("America/Chicago", "America/Denver")
    assert found(subdivision="??") == number


def test_a_us_number_may_be_taken_to_ring_anywhere_in_the_country() -> None:
    zones = candidates(subdivision_zones=BY_STATE, number_zones=("America/Boise",), strict_us=True)

    assert zones == ("America/Boise", *CONTIGUOUS_US)


def test_what_is_found_is_used_if_there_is_a_common_hour() -> None:
    assert settle(("Europe/London",), ("Europe/Paris",), always) == ("Europe/London",)


def test_without_a_common_hour_or_a_zone_the_country_decides() -> None:
    def only_paris(zones: Sequence[str]) -> bool:
        return list(zones) == ["Europe/Paris"]

    assert settle(("Europe/London",), ("Europe/Paris",), only_paris) == ("Europe/Paris",)
    assert settle((), ("Europe/Paris",), only_paris) == ("Europe/Paris",)


def test_nobody_is_called_by_a_guess() -> None:
    assert settle((), (), always) == ()
    assert settle(("Europe/London",), ("Europe/Paris",), lambda zones: False) == ()


def test_every_us_number_has_an_hour_when_all_of_the_country_may_be_called() -> None:
    hours = [Hours((Window(EVERY_DAY, 480, 1260),))]
    midday_in_hawaii = datetime(2026, 1, 5, 22, tzinfo=UTC)

    assert permitted(midday_in_hawaii, hours, country_zones(TABLE, "US"))


def test_a_toll_free_number_says_nothing_about_the_place() -> None:
    number = normalise("+18005551234", None, DIALABLE)

    assert getattr(number, "zones", None) == ()
