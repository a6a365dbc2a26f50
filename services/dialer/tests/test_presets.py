"""The countries' rules: complete, sourced, and the strictest of all that hold."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dialer.presets import (
    Abandonment,
    Cap,
    Consent,
    Override,
    Purpose,
    Rules,
    apply,
    combine,
    country_zones,
    rows_for,
)
from dialer.presets_table import DIALABLE, TABLE
from dialer.windows import EVERY_DAY, Window, permitted
from dialer.zones import is_zone

DAY = timedelta(hours=24)


def rules(country: str, *subdivisions: str, purpose: Purpose = Purpose.MARKETING) -> Rules:
    return combine(rows_for(TABLE, country, subdivisions), purpose)


def open_at(held: Rules, zone: str, *when: int) -> bool:
    year, month, day, hour, minute = when
    moment = datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return permitted(moment, held.hours, [zone])


@pytest.mark.parametrize(
    ("country", "subdivision", "zone", "opens", "closes"),
    [
        ("US", "", "America/Denver", (8, 0), (21, 0)),
        ("US", "FL", "America/New_York", (8, 0), (20, 0)),
        ("US", "OK", "America/Chicago", (8, 0), (20, 0)),
        ("US", "WA", "America/Los_Angeles", (8, 0), (20, 0)),
        ("CA", "", "America/Toronto", (9, 0), (21, 30)),
        ("GB", "", "Europe/London", (9, 0), (20, 0)),
        ("BR", "", "America/Sao_Paulo", (9, 0), (21, 0)),
        ("MX", "", "America/Mexico_City", (9, 0), (20, 0)),
        ("ES", "", "Atlantic/Canary", (9, 0), (21, 0)),
    ],
)
def test_weekday_hours_open_and_close_on_the_minute(
    country: str, subdivision: str, zone: str, opens: tuple[int, int], closes: tuple[int, int]
) -> None:
    held = rules(country, subdivision)
    monday = datetime(2026, 6, 15, tzinfo=ZoneInfo(zone))
    begin, end = (
        (monday + timedelta(hours=hour, minutes=minute)).astimezone(UTC)
        for hour, minute in (opens, closes)
    )
    minute = timedelta(minutes=1)

    found = [permitted(at, held.hours, [zone]) for at in (begin - minute, begin, end - minute, end)]

    assert found == [False, True, True, False]


@pytest.mark.parametrize(
    ("country", "zone", "saturday", "sunday"),
    [
        ("US", "America/Denver", True, True),
        ("CA", "America/Toronto", True, True),
        ("GB", "Europe/London", True, False),
        ("BR", "America/Sao_Paulo", True, False),
        ("MX", "America/Mexico_City", False, False),
        ("ES", "Europe/Madrid", False, False),
    ],
)
def test_weekends(country: str, zone: str, saturday: bool, sunday: bool) -> None:
    held = rules(country)

    assert open_at(held, zone, 2026, 6, 20, 12, 0) is saturday
    assert open_at(held, zone, 2026, 6, 21, 12, 0) is sunday


@pytest.mark.parametrize(
    ("country", "zone", "holiday"),
    [
        ("ES", "Europe/Madrid", date(2026, 10, 12)),
        ("BR", "America/Sao_Paulo", date(2026, 9, 7)),
        ("MX", "America/Mexico_City", date(2026, 9, 16)),
        ("GB", "Europe/London", date(2026, 12, 25)),
    ],
)
def test_holidays_are_closed(country: str, zone: str, holiday: date) -> None:
    assert not open_at(rules(country), zone, holiday.year, holiday.month, holiday.day, 12, 0)


def test_a_state_that_forbids_sundays_and_holidays_is_stricter_than_the_country() -> None:
    alabama = rules("US", "AL")

    assert not open_at(alabama, "America/Chicago", 2026, 6, 21, 12, 0)
    assert not open_at(alabama, "America/Chicago", 2026, 12, 25, 12, 0)
    assert open_at(rules("US"), "America/Chicago", 2026, 12, 25, 12, 0)


def test_number_and_address_in_two_states_keep_both_states_rules() -> None:
    both = rules("US", "TX", "FL")

    assert not open_at(both, "America/Chicago", 2026, 6, 15, 8, 30)  # Texas opens at nine
    assert not open_at(both, "America/Chicago", 2026, 6, 15, 20, 30)  # Florida closes at eight
    assert both.caps == (Cap(3, DAY),)


def test_a_subdivision_without_a_row_adds_nothing() -> None:
    assert rules("US", "NM", "") == rules("US")


def test_an_address_in_another_country_brings_that_countrys_rules() -> None:
    both = rules("US", "TX", "CA-ON")

    assert len(both.hours) == 3
    assert not open_at(both, "America/Toronto", 2026, 6, 20, 19, 0)  # Canada's Saturday is over
    assert rules("US", "TX", "IN-MH") == rules("US", "TX")


def test_a_country_without_a_row_is_not_called() -> None:
    assert rows_for(TABLE, "IN", ["MH"]) == ()
    assert "IN" not in DIALABLE
    assert country_zones(TABLE, "IN") == ()


@pytest.mark.parametrize(
    ("country", "purpose", "consent"),
    [
        ("US", Purpose.MARKETING, Consent.WRITTEN),
        ("US", Purpose.INFORMATIONAL, Consent.EXPRESS),
        ("CA", Purpose.MARKETING, Consent.EXPRESS),
        ("GB", Purpose.MARKETING, Consent.EXPRESS),
        ("MX", Purpose.MARKETING, Consent.EXPRESS),
        ("ES", Purpose.MARKETING, Consent.EXPRESS),
        ("ES", Purpose.INFORMATIONAL, Consent.NONE),
    ],
)
def test_consent(country: str, purpose: Purpose, consent: Consent) -> None:
    assert rules(country, purpose=purpose).consent is consent


def test_an_emergency_knows_no_hours_no_caps_and_no_consent() -> None:
    urgent = rules("US", "FL", purpose=Purpose.EMERGENCY)

    assert (urgent.hours, urgent.caps, urgent.consent) == ((), (), Consent.NONE)


def test_britain_allows_no_more_calls_than_agents_and_no_call_soon_after_a_silent_one() -> None:
    britain = rules("GB")

    assert (britain.overdial, britain.after_silent_call) == (False, timedelta(hours=72))
    assert Abandonment(0.03, DAY) in britain.abandonment


def test_an_override_changes_one_rule_of_one_row() -> None:
    wide = (Window(EVERY_DAY, 540, 1260),)
    rows = rows_for(TABLE, "ES", [])

    changed = [apply(row, [Override("ES", None, "windows", wide)]) for row in rows]
    other = [apply(row, [Override("MX", None, "windows", wide)]) for row in rows]

    assert changed == [replace(rows[0], windows=wide)]
    assert other == list(rows)


def test_an_override_may_be_meant_for_a_subdivision_alone() -> None:
    rows = rows_for(TABLE, "US", ["FL"])
    loose = Override("US", "FL", "caps", (Cap(9, DAY),))

    assert [apply(row, [loose]).caps for row in rows] == [(), (Cap(9, DAY),)]


@pytest.mark.parametrize("rule", ["country", "sources", "zones", "nonsense"])
def test_what_is_no_rule_cannot_be_overridden(rule: str) -> None:
    with pytest.raises(ValueError, match="override"):
        apply(TABLE["US", ""], [Override("US", None, rule, ())])


@pytest.mark.parametrize("key", sorted(TABLE), ids="-".join)
def test_every_row_has_its_source_and_lets_a_phone_ring(key: tuple[str, str]) -> None:
    row = TABLE[key]

    assert row.sources
    assert row.ring_seconds >= 15
    assert open_at(combine([row], Purpose.MARKETING), "Europe/London", 2026, 6, 16, 12, 0)


@pytest.mark.parametrize("country", sorted(DIALABLE))
def test_every_country_has_zones(country: str) -> None:
    zones = country_zones(TABLE, country)

    assert zones
    assert all(map(is_zone, zones))


@pytest.mark.parametrize("country", sorted(DIALABLE))
def test_every_country_limits_abandoned_calls(country: str) -> None:
    assert rules(country).abandonment
