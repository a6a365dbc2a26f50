"""From what a list says to a contact that can be called, or all that is wrong with it; pure."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec
from pydantic import TypeAdapter, ValidationError

from dialer.importer.intake import Intake
from dialer.importer.listed import Listed
from dialer.importer.mask import masked
from dialer.numbers import Number, normalise
from dialer.policy import RingSeconds, TalkSeconds
from dialer.presets import Consent, Purpose
from dialer.rows import RowCode
from dialer.zones import is_zone
from trunkline.api.times import Time
from trunkline.outbound import MAX_VARIABLES_BYTES

MAX_TEXT = 500  # characters of a field that is not a variable

_TIMES = ("consent_at", "scrubbed_at", "not_before", "expires_at")
_TIME: TypeAdapter[datetime] = TypeAdapter(Time)
_SECONDS: Mapping[str, TypeAdapter[int]] = {
    "ring_seconds": TypeAdapter(RingSeconds),
    "talk_seconds": TypeAdapter(TalkSeconds),
}
_SUBDIVISION = re.compile(r"([A-Za-z]{2}-)?[A-Za-z0-9]{0,3}")  # ISO 3166-2
_CONSENTS = {consent.name.lower(): consent for consent in Consent}


@dataclass(frozen=True, slots=True)
class RowError:
    """One mistake of one row. Columns are named as in `Listed`; empty: the row as a whole."""

    row: int
    column: str
    code: RowCode
    value_masked: str | None = None


class Contact(NamedTuple):
    """A person as the campaign will call them. Without zones somebody has to say where they are."""

    row: int
    number: Number
    external_id: str
    subdivisions: tuple[str, ...]
    zones: tuple[str, ...]
    variables: Mapping[str, str]
    overrides: Mapping[str, str | int]
    """What of the call is to be otherwise than in its campaign: language, seconds."""
    consent: Consent
    consent_source: str
    times: Mapping[str, datetime]
    """Of consent_at, scrubbed_at, not_before and expires_at those that were given."""


Mistake = tuple[str, RowCode]


def read_contact(listed: Listed, intake: Intake) -> Contact | list[RowError]:
    """The contact, or its mistakes."""
    fields = listed.fields
    times, overrides = _times(fields), _overrides(fields)
    number = normalise(
        fields.get("number", ""),
        fields.get("region", "").upper() or intake.default_region or None,
        intake.dialable,
    )
    mistakes = list(_mistakes(listed, intake, number, times, overrides))
    if mistakes or isinstance(number, RowCode):
        return [_error(listed, column, code) for column, code in mistakes]
    address = _address(number, fields.get("subdivision", ""))
    subdivisions = _subdivisions(number, address)
    return Contact(
        row=listed.row,
        number=number,
        external_id=fields.get("external_id", ""),
        subdivisions=subdivisions,
        zones=intake.zones(number, subdivisions, address, fields.get("timezone", "")),
        variables=listed.variables,
        overrides=overrides,
        consent=_CONSENTS[fields.get("consent", "none").lower()],
        consent_source=fields.get("consent_source", ""),
        times=times,
    )


def _mistakes(
    listed: Listed,
    intake: Intake,
    number: Number | RowCode,
    times: Mapping[str, datetime],
    overrides: Mapping[str, str | int],
) -> Iterator[Mistake]:
    fields = listed.fields
    if isinstance(number, RowCode):
        yield "number", number
    if (zone := fields.get("timezone")) and not is_zone(zone):
        yield "timezone", RowCode.UNKNOWN_TIMEZONE
    if (language := fields.get("language")) and language not in intake.languages:
        yield "language", RowCode.INVALID_VALUE
    if not _SUBDIVISION.fullmatch(fields.get("subdivision", "")):
        yield "subdivision", RowCode.INVALID_VALUE
    if fields.get("consent", "none").lower() not in _CONSENTS:
        yield "consent", RowCode.INVALID_VALUE
    elif intake.purpose is Purpose.MARKETING and not _written(fields, times):
        yield "consent", RowCode.CONSENT_MISSING
    for name, text in fields.items():
        is_unread = name in (*_TIMES, *_SECONDS) and name not in {*times, *overrides}
        if is_unread or len(text) > MAX_TEXT:
            yield name, RowCode.INVALID_VALUE
    yield from _wrong_variables({**listed.variables, **intake.said}, intake.variables)


def _wrong_variables(given: Mapping[str, str], declared: Mapping[str, str]) -> Iterator[Mistake]:
    for name, default in declared.items():
        if not default and not given.get(name):
            yield f"variables.{name}", RowCode.MISSING_VARIABLE
    if not given.keys() <= declared.keys():
        yield "variables", RowCode.UNKNOWN_VARIABLE
    if len(msgspec.json.encode(given)) > MAX_VARIABLES_BYTES:
        yield "variables", RowCode.VARIABLE_TOO_LONG


def _written(fields: Mapping[str, str], times: Mapping[str, datetime]) -> bool:
    written = fields.get("consent", "").lower() == "written"
    return written and "consent_at" in times and bool(fields.get("consent_source"))


def _times(fields: Mapping[str, str]) -> dict[str, datetime]:
    """Those that can be read."""
    found = {}
    for name in _TIMES:
        if name in fields:
            try:
                found[name] = _TIME.validate_python(fields[name])
            except ValidationError:
                continue
    return found


def _address(number: Number, given: str) -> str:
    """The subdivision, with its country if that is another than the number's."""
    return given.upper().removeprefix(f"{number.country}-")


def _overrides(fields: Mapping[str, str]) -> dict[str, str | int]:
    """Those that can be read."""
    found: dict[str, str | int] = {}
    if language := fields.get("language"):
        found["language"] = language
    for name, kind in _SECONDS.items():
        if name in fields:
            with suppress(ValidationError):
                found[name] = kind.validate_python(fields[name])
    return found


def _subdivisions(number: Number, address: str) -> tuple[str, ...]:
    """Those of number and address: the rules of both hold."""
    return tuple(dict.fromkeys(name for name in (number.subdivision, address) if name))


def _error(listed: Listed, column: str, code: RowCode) -> RowError:
    value = listed.fields.get(column) or listed.variables.get(column.removeprefix("variables."))
    return RowError(listed.row, column, code, masked(value) if value else None)
