"""From what stands in a list to a number that can be called, or the reason why not: pure."""

import re
from collections.abc import Container, Sequence
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberType,
    ValidationResult,
    geocoder,
    phonenumberutil,
    shortnumberinfo,
    timezone,
)

from dialer.rows import RowCode

_MAX_CHARACTERS = 64  # brackets, spaces and an extension included
_SCIENTIFIC = re.compile(r"\+?\d+(?:[.,]\d+)?[eE]\+?\d+")
_FLOAT = re.compile(r"\+?\d+[.,]0+")  # "4155552671.0": read as digits it would be another number
# Area code, exchange and line; none of them can begin with the prefix that a parser would drop.
_NORTH_AMERICAN = re.compile(
    r"\+1[ .-]?\(?([2-9]\d{2})\)?[ .-]?([2-9]\d{2})[ .-]?(\d{4})", re.ASCII
)
_SHORT = 6  # digits; no country has subscribers' numbers as short in national form
_NOT_DIALED = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST}
_ANYWHERE = {
    *(PhoneNumberType.TOLL_FREE, PhoneNumberType.VOIP, PhoneNumberType.UAN),
    *(PhoneNumberType.PERSONAL_NUMBER, PhoneNumberType.PAGER, PhoneNumberType.VOICEMAIL),
}


class Number(NamedTuple):
    """A number that can be called, and what it says about where it rings."""

    e164: str
    country: str
    """ISO 3166-1."""
    subdivision: str
    """ISO 3166-2 without the country, by area code; empty where that is not known."""
    zones: tuple[str, ...]
    """Time zones by area code; empty where they are not known."""
    anywhere: bool = False
    """Whether it may ring in any country: toll-free and internet numbers."""
    extension: str = ""


def normalise(raw: str, default_region: str | None, dialable: Container[str]) -> Number | RowCode:
    """The number, or what is wrong with it. A number without its country is of the default one."""
    text = raw.strip()
    if wrong := _wrong_text(text) or _short_code(text, default_region):
        return wrong
    try:
        number = _parsed(text, default_region)
    except NumberParseException as error:
        return _WRONG_PARSE.get(error.error_type, RowCode.NOT_A_NUMBER)
    return _described(number, dialable)


def _parsed(text: str, region: str | None) -> PhoneNumber:
    """As the library parses it; a number of North America in its usual forms, ten times as fast."""
    if found := _NORTH_AMERICAN.fullmatch(text):
        return PhoneNumber(country_code=1, national_number=int("".join(found.groups())))
    return phonenumbers.parse(text, region)


def _wrong_text(text: str) -> RowCode | None:
    if not text:
        return RowCode.MISSING_NUMBER
    if _SCIENTIFIC.fullmatch(text):
        return RowCode.SCIENTIFIC_NOTATION
    if len(text) > _MAX_CHARACTERS or _FLOAT.fullmatch(text):
        return RowCode.NOT_A_NUMBER
    return None


def _short_code(text: str, region: str | None) -> RowCode | None:
    digits = re.sub(r"\D", "", text)
    if region is None or text.startswith("+") or len(digits) > _SHORT:
        return None
    emergency = shortnumberinfo.connects_to_emergency_number(digits, region)
    short = digits and shortnumberinfo.is_possible_short_number_for_region(
        PhoneNumber(phonenumbers.country_code_for_region(region), int(digits)), region
    )
    return RowCode.EMERGENCY_OR_SHORT_CODE if emergency or short else None


_WRONG_PARSE = {
    NumberParseException.INVALID_COUNTRY_CODE: RowCode.INVALID_NUMBER,
    NumberParseException.TOO_SHORT_AFTER_IDD: RowCode.INVALID_LENGTH,
    NumberParseException.TOO_SHORT_NSN: RowCode.INVALID_LENGTH,
    NumberParseException.TOO_LONG: RowCode.INVALID_LENGTH,
}


def _wrong_length(number: PhoneNumber) -> RowCode | None:
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible == ValidationResult.INVALID_COUNTRY_CODE:
        return RowCode.INVALID_NUMBER
    if possible != ValidationResult.IS_POSSIBLE:
        return RowCode.INVALID_LENGTH
    return None


def _described(number: PhoneNumber, dialable: Container[str]) -> Number | RowCode:
    country, kind = _country_and_kind(number)
    if kind == PhoneNumberType.UNKNOWN:
        return _wrong_length(number) or RowCode.INVALID_NUMBER
    if kind in _NOT_DIALED:
        return RowCode.PREMIUM_RATE
    if country not in dialable:
        return RowCode.NOT_DIALABLE_REGION
    anywhere = kind in _ANYWHERE
    return Number(
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        country,
        "" if anywhere else _subdivision(number, country),
        () if anywhere else _zones(number, kind),
        anywhere,
        number.extension or "",
    )


def _country_and_kind(number: PhoneNumber) -> tuple[str, int]:
    """As `number_type`, which finds the country and keeps it to itself: a third of its work."""
    code = number.country_code or 0
    country = phonenumbers.region_code_for_number(number) or ""
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, country)
    if metadata is None:
        return country, PhoneNumberType.UNKNOWN
    national = phonenumbers.national_significant_number(number)
    return country, phonenumberutil._number_type_helper(national, metadata)


def _zones(number: PhoneNumber, kind: int) -> tuple[str, ...]:
    local = phonenumbers.is_number_type_geographical(kind, number.country_code or 0)
    if not local:
        return _of_the_code(number.country_code or 0)
    return _known(timezone.time_zones_for_geographical_number(number))


@lru_cache(maxsize=512)
def _of_the_code(country_code: int) -> tuple[str, ...]:
    """What the library says of all numbers with this code that are in no place."""
    number = PhoneNumber(country_code=country_code, national_number=0)
    return _known(timezone._country_level_time_zones_for_number(number))


def _known(zones: Sequence[str]) -> tuple[str, ...]:
    return tuple(zone for zone in zones if zone != timezone.UNKNOWN_TIMEZONE)


def _subdivision(number: PhoneNumber, country: str) -> str:
    """The state that a US area code belongs to: its first three digits."""
    return _state((number.national_number or 0) // 10_000_000) if country == "US" else ""


@lru_cache(maxsize=1000)
def _state(area_code: int) -> str:
    """By how 555, which is in no place, is described there: "Florida", or "Miami, FL"."""
    area = PhoneNumber(country_code=1, national_number=area_code * 10_000_000 + 5550000)
    place = geocoder.description_for_valid_number(area, "en")
    _, comma, state = place.rpartition(", ")
    return state if comma else _STATES.get(place, "")


_STATES = {
    **{"Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA"},
    **{"Colorado": "CO", "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA"},
    **{"Hawaii": "HI", "Idaho": "ID", "Illinois": "IL", "Indiana": "IN", "Iowa": "IA"},
    **{"Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA", "Maine": "ME", "Maryland": "MD"},
    **{"Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS"},
    **{"Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV"},
    **{"New Hampshire": "NH", "New Jersey": "NJ", "New Mexico": "NM", "New York": "NY"},
    **{"North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK"},
    **{"Oregon": "OR", "Pennsylvania": "PA", "Rhode Island": "RI", "South Carolina": "SC"},
    **{"South Dakota": "SD", "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT"},
    **{"Virginia": "VA", "Washington": "WA", "Washington State": "WA", "West Virginia": "WV"},
    **{"Wisconsin": "WI", "Wyoming": "WY", "Washington D.C.": "DC"},
}
