"""Where a person may be: the best source decides, and nobody is called by a guess."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import pytest

from dialer.numbers import normalise
from dialer.presets import country_zones
from dialer.presets_table import DIALABLE, TABLE
from dialer.windows import EVERY_DAY, Hours, Window, permitted
from dialer.zones import CONTIGUOUS_US, candidates, is_zone, settle, widened

NEW_YORK, PARIS, LONDON = ("America/New_York",), ("Europe/Paris",), ("Europe/London",)


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
    found = partial(candidates, number=NEW_YORK, country=CONTIGUOUS_US)

    assert found(explicit="Pacific/Honolulu", address=PARIS) == (("Pacific/Honolulu",),)
    assert found(address=PARIS) == (PARIS,)
    assert found(address=()) == ((),)
    assert found() == (NEW_YORK, CONTIGUOUS_US)


def test_somebody_in_the_us_may_be_anywhere_in_it_but_nowhere_unknown() -> None:
    assert widened(("America/Boise",)) == ("America/Boise", *CONTIGUOUS_US)
    assert widened(()) == ()


def test_what_is_found_is_used_if_there_is_a_common_hour() -> None:
    assert settle((LONDON, PARIS), always) == LONDON


def test_without_a_common_hour_or_a_zone_the_next_best_decides() -> None:
    def only_paris(zones: Sequence[str]) -> bool:
        return tuple(zones) == PARIS

    assert settle((LONDON, PARIS), only_paris) == PARIS
    assert settle(((), PARIS), only_paris) == PARIS


def test_nobody_is_called_by_a_guess() -> None:
    assert settle(((), ()), always) == ()
    assert settle((LONDON, PARIS), lambda zones: False) == ()


def test_every_us_number_has_an_hour_when_all_of_the_country_may_be_called() -> None:
    hours = [Hours((Window(EVERY_DAY, 480, 1260),))]
    midday_in_hawaii = datetime(2026, 1, 5, 22, tzinfo=UTC)

    assert permitted(midday_in_hawaii, hours, country_zones(TABLE, "US"))


def test_a_toll_free_number_says_nothing_about_the_place() -> None:
    number = normalise("+18005551234", None, DIALABLE)

    assert getattr(number, "zones", None) == ()
