"""Values of a provider's JSON as we need them, or None where they are missing or odd: pure.

Nearly everything in these documents may be null, and figures come as strings: what does not fit is
left out of the typed columns, and is still in the document that is kept beside them.
"""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from trunkline.errors import Invalid

Json = Mapping[str, Any]

LARGEST_INT = 2**31 - 1


def parse(document: str | bytes) -> Any:
    """JSON as we can store it. Raises `Invalid` if it is none, or nested too deep."""
    plain = document.encode() if isinstance(document, str) else document
    try:
        return _decoded(plain)
    except RecursionError:
        raise Invalid("It is nested too deep.") from None


def _decoded(plain: bytes) -> Any:
    try:
        found = msgspec.json.decode(plain)
    except (msgspec.DecodeError, UnicodeError):  # halves of surrogates are one reason
        return clean(_leniently(plain))
    return clean(found) if b"\\u0000" in plain else found


def _leniently(plain: bytes) -> Any:
    try:
        return json.loads(plain)
    except ValueError:
        raise Invalid("It is no JSON.") from None


def clean(value: Any) -> Any:
    """The value without what PostgreSQL cannot hold: NUL characters and halves of surrogates."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {clean(name): clean(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [clean(each) for each in value]
    return value


def text(document: Json, name: str) -> str | None:
    """A string that is not empty; figures become strings."""
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value) or None


def number(document: Json, name: str) -> float | None:
    """A finite figure, also one written as a string."""
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole(document: Json, name: str) -> int | None:
    """A whole number that a column of four bytes can hold."""
    found = number(document, name)
    return int(found) if found is not None and abs(found) <= LARGEST_INT else None


def flag(document: Json, name: str) -> bool | None:
    """A truth value, also one written as a string."""
    value = document.get(name)
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def part(document: Json, name: str) -> Json:
    """An object within; empty if there is none."""
    value = document.get(name)
    return value if isinstance(value, Mapping) else {}


def parts(document: Json, name: str) -> list[Json]:
    """The objects of a list within."""
    value = document.get(name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def items(page: Json) -> list[Json]:
    """What a page lists: its metadata say under which name, or it is the only list there is."""
    key = text(part(page, "meta"), "key")
    return [each for name in ([key] if key else page) for each in parts(page, name)]


def moment(document: Json, name: str) -> datetime | None:
    """A time in ISO 8601 or RFC 2822, of any precision; without a zone it is UTC."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        return None
    found = _iso(value) or _rfc2822(value)
    if found is None:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else _in_utc(found)


def _in_utc(moment: datetime) -> datetime | None:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # in UTC it is before the year 1, or after 9999
        return None


def _iso(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _rfc2822(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
