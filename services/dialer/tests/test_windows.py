"""Permitted hours: by the wall clock, everywhere at once, also when the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.windows import EVERY_DAY, WEEKDAYS, Hours, Window, next_opening, permitted

NEW_YORK, LOS_ANGELES, LONDON = "America/New_York", "America/Los_Angeles", "Europe/London"
MINUTE = timedelta(minutes=1)


def local(zone: str, *when: int, fold: int = 0) -> datetime:
    year, month, day, hour, minute = when
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone), fold=fold)


def daily(opens: int, closes: int, days: frozenset[int] = EVERY_DAY) -> Hours:
    return Hours((Window(days, opens * 60, closes * 60),))


US = daily(8, 21)


@pytest.mark.parametrize(
    ("hour", "minute", "expected"), [(7, 59, False), (8, 0, True), (20, 59, True), (21, 0, False)]
)
@pytest.mark.parametrize(
    "day", [(2026, 3, 7), (2026, 3, 8), (2026, 3, 9), (2026, 10, 31), (2026, 11, 1), (2026, 11, 2)]
)
def test_a_window_is_half_open_on_the_days_around_both_changes_of_the_clocks(
    day: tuple[int, int, int], hour: int, minute: int, expected: bool
) -> None:
    moment = local(NEW_YORK, *day, hour, minute)

    assert permitted(moment.astimezone(UTC), [US], [NEW_YORK]) is expected


def test_the_opening_keeps_its_hour_when_its_utc_time_moves() -> None:
    before = next_opening(local(NEW_YORK, 2026, 3, 6, 22, 0), [US], [NEW_YORK])
    after = next_opening(local(NEW_YORK, 2026, 3, 7, 22, 0), [US], [NEW_YORK])

    assert before == datetime(2026, 3, 7, 13, tzinfo=UTC)
    assert after == datetime(2026, 3, 8, 12, tzinfo=UTC)


def test_a_window_that_opens_in_the_skipped_hour_opens_when_the_clocks_have_jumped() -> None:
    hours = Hours((Window(EVERY_DAY, 150, 300),))  # 2:30 to 5:00

    opening = next_opening(local(NEW_YORK, 2026, 3, 8, 0, 0), [hours], [NEW_YORK])

    assert opening == local(NEW_YORK, 2026, 3, 8, 3, 0)


def test_a_window_within_the_hour_that_comes_twice_opens_twice() -> None:
    hours = Hours((Window(EVERY_DAY, 60, 90),))  # 1:00 to 1:30
    first = local(NEW_YORK, 2026, 11, 1, 1, 0)

    opening = next_opening(first + 30 * MINUTE, [hours], [NEW_YORK])

    assert opening is not None
    assert opening.astimezone(UTC) == local(NEW_YORK, 2026, 11, 1, 1, 0, fold=1).astimezone(UTC)


def test_it_must_be_open_in_every_zone_the_person_may_be_in() -> None:
    zones = [NEW_YORK, LOS_ANGELES]

    assert not permitted(local(NEW_YORK, 2026, 3, 2, 10, 59), [US], zones)
    assert permitted(local(NEW_YORK, 2026, 3, 2, 11, 0), [US], zones)
    assert not permitted(local(LOS_ANGELES, 2026, 3, 2, 18, 0), [US], zones)


def test_nobody_whose_zone_is_unknown_is_called() -> None:
    noon = local(NEW_YORK, 2026, 3, 2, 12, 0)

    assert not permitted(noon, [US], [])
    assert next_opening(noon, [US], []) is None
    assert not permitted(noon, [], [])


def test_a_day_may_have_several_windows() -> None:
    hours = Hours((Window(WEEKDAYS, 600, 780), Window(WEEKDAYS, 840, 1200)))

    assert not permitted(local(LONDON, 2026, 3, 2, 13, 0), [hours], [LONDON])
    opening = next_opening(local(LONDON, 2026, 3, 2, 13, 0), [hours], [LONDON])
    assert opening == local(LONDON, 2026, 3, 2, 14, 0)


def test_a_window_may_reach_over_midnight_and_belongs_to_the_day_it_opened() -> None:
    friday_night = Hours((Window(frozenset([4]), 22 * 60, 26 * 60),))

    assert permitted(local(LONDON, 2026, 3, 7, 1, 59), [friday_night], [LONDON])
    assert not permitted(local(LONDON, 2026, 3, 7, 2, 0), [friday_night], [LONDON])
    assert not permitted(local(LONDON, 2026, 3, 6, 1, 0), [friday_night], [LONDON])


def test_a_closed_date_is_closed_from_midnight_to_midnight() -> None:
    always = Hours((Window(EVERY_DAY, 0, 1440),), closed=frozenset({date(2026, 12, 25)}))
    eve = local(LONDON, 2026, 12, 24, 23, 59)

    assert permitted(eve, [always], [LONDON])
    assert next_opening(eve + MINUTE, [always], [LONDON]) == local(LONDON, 2026, 12, 26, 0, 0)


def test_hours_of_an_office_are_told_by_its_own_clock() -> None:
    office = Hours((Window(WEEKDAYS, 540, 1020),), zone=LONDON)

    assert permitted(local(LONDON, 2026, 3, 2, 16, 30), [office, US], [NEW_YORK])
    assert not permitted(local(NEW_YORK, 2026, 3, 2, 12, 0), [office, US], [NEW_YORK])


def test_a_call_must_have_rung_to_its_end_when_it_closes() -> None:
    margin = timedelta(seconds=95)
    closing = local(NEW_YORK, 2026, 3, 2, 21, 0)

    assert permitted(closing - timedelta(seconds=96), [US], [NEW_YORK], margin)
    assert not permitted(closing - timedelta(seconds=95), [US], [NEW_YORK], margin)
    opening = next_opening(closing - timedelta(seconds=95), [US], [NEW_YORK], margin)
    assert opening == local(NEW_YORK, 2026, 3, 3, 8, 0)


def test_hours_that_never_meet_have_no_opening() -> None:
    assert (
        next_opening(local(LONDON, 2026, 3, 2, 0, 0), [daily(8, 10), daily(10, 12)], [LONDON])
        is None
    )


@pytest.mark.parametrize(("opens", "closes"), [(-1, 60), (1440, 1500), (60, 60), (60, 1501)])
def test_a_window_that_is_none_is_refused(opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="window"):
        Window(EVERY_DAY, opens, closes)


starts = st.integers(0, 95).map(lambda quarter: quarter * 15)
lengths = st.integers(1, 96).map(lambda quarter: quarter * 15)
days = st.frozensets(st.integers(0, 6), min_size=1)
windows = st.builds(lambda d, o, n: Window(d, o, o + n), days, starts, lengths)
hours_of_a_rule = st.builds(
    Hours,
    st.lists(windows, min_size=1, max_size=3).map(tuple),
    st.frozensets(
        st.integers(0, 6).map(lambda n: date(2026, 3, 6) + timedelta(days=n)), max_size=2
    ),
)
CHANGES = [datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC)]


@settings(max_examples=25)
@given(
    st.sampled_from(CHANGES),
    st.integers(0, 2880),
    st.lists(hours_of_a_rule, min_size=1, max_size=2),
    st.lists(st.sampled_from([NEW_YORK, LOS_ANGELES, LONDON]), min_size=1, max_size=2),
    st.sampled_from([timedelta(0), timedelta(minutes=3)]),
)
def test_the_next_opening_is_the_first_permitted_minute(
    begin: datetime,
    minutes: int,
    hours: list[Hours],
    zones: list[str],
    margin: timedelta,
) -> None:
    moment = begin + minutes * MINUTE

    opening = next_opening(moment, hours, zones, margin)

    minute = moment
    end = opening if opening is not None else moment + timedelta(days=2)
    while minute < min(end, moment + timedelta(days=2)):
        assert not permitted(minute, hours, zones, margin)
        minute += MINUTE
    assert opening is None or permitted(opening, hours, zones, margin)
