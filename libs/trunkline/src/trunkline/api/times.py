"""Times as an API tells and takes them: RFC 3339, with an offset or `Z`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_time(at: datetime) -> str:
    """In UTC, `2026-11-24T09:30:00.25Z`: the shortest form that loses nothing."""
    text = at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def parse_time(value: object) -> object:
    """Refuse what is not RFC 3339: a time without an offset means something else everywhere."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("must be a time as in RFC 3339, such as 2026-11-24T09:30:00Z")
    return value.upper()


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a time of our era") from None


Time = Annotated[
    datetime,
    BeforeValidator(parse_time),
    AfterValidator(_in_utc),
    PlainSerializer(format_time, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""The type of a time in a request's or an answer's model; always in UTC inside."""


def to_microseconds(at: datetime) -> int:
    """Unix time in microseconds: PostgreSQL's own precision, so that nothing is lost."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    """The same time, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)
