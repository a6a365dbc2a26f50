"""Times go in and out as RFC 3339."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from trunkline.api.times import Time, from_microseconds, to_microseconds


class Example(BaseModel):
    at: Time


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("2026-11-24T09:30:00Z", "2026-11-24T09:30:00Z"),
        ("2026-11-24t09:30:00z", "2026-11-24T09:30:00Z"),
        ("2026-11-24T09:30:00.250000Z", "2026-11-24T09:30:00.25Z"),
        ("2026-11-24T09:30:00.1-05:00", "2026-11-24T14:30:00.1Z"),
        ("2026-11-24T09:30:10+05:30", "2026-11-24T04:00:10Z"),
    ],
)
def test_a_time_is_read_with_its_offset_and_told_in_utc(text: str, out: str) -> None:
    example = Example.model_validate({"at": text})

    assert example.model_dump(mode="json") == {"at": out}
    assert example.at.utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-24T09:30:00",
        "2026-11-24",
        "2026-11-24 09:30:00Z",
        "2026-13-24T09:30:00Z",
        "2026-11-24T09:30:00.1234567Z",
        "2026-11-24T09:30:00 Europe/Madrid",
        "0001-01-01T00:00:00+14:00",
        "١٢٣٤-11-24T09:30:00Z",
        1_795_000_000,
        None,
        [],
    ],
)
def test_what_is_not_a_time_with_an_offset_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Example.model_validate({"at": value})


@given(st.datetimes(timezones=st.just(UTC)))
def test_no_microsecond_is_lost(at: datetime) -> None:
    assert from_microseconds(to_microseconds(at)) == at
    assert Example.model_validate_json(Example(at=at).model_dump_json()).at == at


def test_a_schema_calls_it_a_date_time() -> None:
    assert Example.model_json_schema()["properties"]["at"]["format"] == "date-time"
