"""Hours and days as people live them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from intelligence_ingest.api.spans import Bucket, Span, span
from trunkline.api.problem import InvalidRequest

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # its clocks change by half an hour


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def lengths(found: Span) -> list[float]:
    pairs = zip(found.starts, found.ends, strict=True)
    return [(end - start) / timedelta(hours=1) for start, end in pairs]


def test_a_day_has_as_many_hours_as_its_clocks_show() -> None:
    spring = span(at("2026-03-28T00:00+01:00"), at("2026-03-31T00:00+02:00"), Bucket.DAY, BERLIN)
    autumn = span(at("2026-10-24T00:00+02:00"), at("2026-10-27T00:00+01:00"), Bucket.DAY, BERLIN)

    assert lengths(spring) == [24, 23, 24]
    assert lengths(autumn) == [24, 25, 24]


def test_the_hour_that_clocks_show_twice_is_two_buckets() -> None:
    found = span(at("2026-10-25T01:30+02:00"), at("2026-10-25T03:30+01:00"), Bucket.HOUR, BERLIN)

    shown = [start.astimezone(BERLIN).hour for start in found.starts]
    assert shown == [1, 2, 2, 3]
    assert lengths(found)[:3] == [1, 1, 1]


def test_the_first_bucket_begins_where_its_hour_does_and_the_last_ends_with_the_span() -> None:
    found = span(at("2026-11-18T09:20Z"), at("2026-11-18T11:10Z"), Bucket.HOUR, UTC)

    assert [start.minute for start in found.starts] == [0, 0, 0]
    assert found.ends[-1] == at("2026-11-18T11:10Z")


@pytest.mark.parametrize("change", ["2026-04-05", "2026-10-04"])
def test_after_a_change_by_half_an_hour_buckets_begin_with_the_hour_again(change: str) -> None:
    begin = datetime.fromisoformat(change).replace(tzinfo=LORD_HOWE)
    found = span(begin, begin + timedelta(days=1), Bucket.HOUR, LORD_HOWE)

    local = [start.astimezone(LORD_HOWE) for start in found.starts]
    assert sorted(lengths(found))[:2] == [0.5, 1.0]
    assert all(start.minute == 0 for start in local[6:])


def test_a_day_without_midnight_begins_when_its_clocks_do() -> None:
    cairo = ZoneInfo("Africa/Cairo")  # at midnight of this day it was one o'clock
    found = span(at("2026-04-23T12:00Z"), at("2026-04-24T12:00Z"), Bucket.DAY, cairo)

    assert found.starts[1].astimezone(cairo).hour == 1


def test_the_whole_span_is_one_bucket() -> None:
    found = span(at("2026-01-01T05:00Z"), at("2026-11-18T09:20Z"), Bucket.WHOLE, BERLIN)

    assert (found.starts, found.ends) == ([found.since], [found.until])


@pytest.mark.parametrize(
    ("bucket", "days", "code", "mend"),
    [
        (Bucket.HOUR, 40, "span_too_long", "by day"),
        (Bucket.DAY, 800, "span_too_long", "one year"),
        (Bucket.WHOLE, 800, "span_too_long", "one year"),
        (Bucket.DAY, 0, "span_is_empty", "later"),
        (Bucket.DAY, -1, "span_is_empty", "later"),
    ],
)
def test_too_much_at_once_is_refused_with_what_to_ask_for(
    bucket: Bucket, days: int, code: str, mend: str
) -> None:
    begin = at("2026-01-01T00:00Z")
    with pytest.raises(InvalidRequest) as caught:
        span(begin, begin + timedelta(days=days), bucket, BERLIN)

    (error,) = caught.value.errors
    assert (error.pointer, error.code) == ("query/until", code)
    assert mend in error.detail


def test_no_span_has_more_than_800_buckets() -> None:
    begin = at("2026-01-01T00:30Z")

    assert len(span(begin, begin + timedelta(days=32), Bucket.HOUR, BERLIN).starts) <= 800
    assert len(span(begin, begin + timedelta(days=400), Bucket.DAY, BERLIN).starts) <= 800
