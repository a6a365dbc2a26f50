"""What stands in a list becomes one number, or a reason that a person can act on."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType, timezone

from dialer import numbers
from dialer.numbers import Number, normalise
from dialer.rows import RowCode

DIALABLE = frozenset({"US", "CA", "GB", "BR", "ES", "MX"})


def read(raw: str, region: str | None = "US") -> Number | RowCode:
    return normalise(raw, region, DIALABLE)


@pytest.mark.parametrize(
    "raw",
    [
        *("+14155552671", "(415) 555-2671", "1 415 555 2671", " 415.555.2671 ", "tel:+14155552671"),
        *("\u202a+1 415 555 2671\u202c", "\uff0b\uff11 415 555 2671", "001 415 555 2671"),
    ],
)
def test_every_way_to_write_a_number_is_the_same_number(raw: str) -> None:
    region = "ES" if raw.startswith("00") else "US"

    number = read(raw, region)

    assert number == Number("+14155552671", "US", "CA", ("America/Los_Angeles",))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", RowCode.MISSING_NUMBER),
        ("  ", RowCode.MISSING_NUMBER),
        ("n/a", RowCode.NOT_A_NUMBER),
        ("4155552671.0", RowCode.NOT_A_NUMBER),
        ("1" * 65, RowCode.NOT_A_NUMBER),
        ("4.15555E+10", RowCode.SCIENTIFIC_NOTATION),
        ("4,15555e+10", RowCode.SCIENTIFIC_NOTATION),
        ("4E10", RowCode.SCIENTIFIC_NOTATION),
        ("+1415555", RowCode.INVALID_LENGTH),
        ("+1 415 555 2671 2671", RowCode.INVALID_LENGTH),
        ("5552671", RowCode.INVALID_LENGTH),
        ("+999 415 555 2671", RowCode.INVALID_NUMBER),
        ("+11155552671", RowCode.INVALID_NUMBER),
        ("+447700900123", RowCode.INVALID_NUMBER),
        ("+61412345678", RowCode.NOT_DIALABLE_REGION),
        ("+919876543210", RowCode.NOT_DIALABLE_REGION),
        ("+19005551234", RowCode.PREMIUM_RATE),
        ("911", RowCode.EMERGENCY_OR_SHORT_CODE),
        ("9-1-1", RowCode.EMERGENCY_OR_SHORT_CODE),
        ("12345", RowCode.EMERGENCY_OR_SHORT_CODE),
    ],
)
def test_what_cannot_be_called_says_why(raw: str, code: RowCode) -> None:
    assert read(raw) is code


def test_an_extension_is_kept() -> None:
    number = read("+1 415 555 2671 ext. 45")

    assert isinstance(number, Number)
    assert (number.e164, number.extension) == ("+14155552671", "45")


def test_a_number_without_its_country_needs_a_default() -> None:
    assert read("415 555 2671", None) is RowCode.INVALID_NUMBER


@pytest.mark.parametrize(
    ("raw", "subdivision"),
    [("+13055551234", "FL"), ("+14055551234", "OK"), ("+12065551234", "WA"), ("+442071234567", "")],
)
def test_an_area_code_tells_the_state(raw: str, subdivision: str) -> None:
    number = read(raw)

    assert isinstance(number, Number)
    assert number.subdivision == subdivision


def test_a_number_that_may_ring_anywhere_names_no_place() -> None:
    number = read("+18005551234")

    assert isinstance(number, Number)
    assert (number.anywhere, number.zones, number.subdivision) == (True, (), "")


def test_an_area_code_in_two_time_zones_names_both() -> None:
    number = read("+12085551234")

    assert isinstance(number, Number)
    assert number.zones == ("America/Boise", "America/Los_Angeles")


@given(st.text(max_size=80), st.sampled_from(["US", "BR", "ES", None]))
def test_no_text_is_too_strange(raw: str, region: str | None) -> None:
    number = read(raw, region)

    assert isinstance(number, RowCode) or read(number.e164, None) == Number(
        number.e164, number.country, number.subdivision, number.zones, number.anywhere
    )


@given(st.from_regex(r"\+1[ .-]?\(?[2-9]\d{2}\)?[ .-]?[2-9]\d{2}[ .-]?\d{4}", fullmatch=True))
def test_the_short_way_for_north_america_leads_to_the_librarys_number(text: str) -> None:
    assert numbers._parsed(text, "DE") == phonenumbers.parse(text, "DE")


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_numbers_that_are_in_no_place_have_the_zones_of_their_code(region: str) -> None:
    for kind in PhoneNumberType.values():
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None or phonenumbers.is_number_geographical(example):
            continue
        zones = timezone.time_zones_for_number(example)
        assert numbers._of_the_code(example.country_code or 0) == numbers._known(zones)
