"""A campaign's policy, from JSON to what the gates read."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from dialer.outcomes import Outcome
from dialer.policy import Policy, minutes
from dialer.presets import Cap
from dialer.windows import permitted
from dialer.zones import CONTIGUOUS_US
from trunkline.outbound import OnMachine

MONDAY_NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)  # in New York
NEW_YORK = ("America/New_York",)


def test_an_empty_policy_leaves_all_to_the_rules_of_the_country() -> None:
    policy = Policy.model_validate({})

    assert policy.hours() == ()
    assert policy.frequency_caps() == ()
    assert policy.ladder().max_attempts == 3
    assert policy.ring_seconds == 25
    assert policy.answering_machines.then is OnMachine.HANGUP


def test_windows_are_those_of_the_person() -> None:
    policy = Policy.model_validate(
        {"windows": [{"days": ["mon"], "opens": "09:00", "closes": "12:00"}]}
    )

    assert permitted(MONDAY_NOON - timedelta(minutes=1), policy.hours(), NEW_YORK)
    assert not permitted(MONDAY_NOON, policy.hours(), NEW_YORK)


def test_windows_may_be_told_in_one_place() -> None:
    policy = Policy.model_validate(
        {"windows": [{"opens": "18:00", "closes": "19:00"}], "timezone": "Europe/Madrid"}
    )

    assert permitted(MONDAY_NOON, policy.hours(), NEW_YORK)


def test_a_window_that_closes_before_it_opens_reaches_past_midnight() -> None:
    policy = Policy.model_validate(
        {"windows": [{"days": ["sun"], "opens": "22:00", "closes": "02:00"}]}
    )

    assert permitted(MONDAY_NOON.replace(hour=6), policy.hours(), NEW_YORK)


def test_dates_can_be_closed_without_any_window() -> None:
    policy = Policy.model_validate({"closed_on": ["2026-11-23"]})

    assert policy.closed_on == (date(2026, 11, 23),)
    assert not permitted(MONDAY_NOON, policy.hours(), NEW_YORK)
    assert permitted(MONDAY_NOON + timedelta(days=1), policy.hours(), NEW_YORK)


def test_retries_are_given_in_minutes_and_by_outcome() -> None:
    ladder = Policy.model_validate(
        {"retries": {"max_attempts": 5, "minutes_after": {"busy": [20, 60], "machine": []}}}
    ).ladder()

    assert ladder.max_attempts == 5
    assert ladder.steps == {Outcome.BUSY: (timedelta(minutes=20), timedelta(minutes=60))}


def test_caps_are_given_in_hours() -> None:
    policy = Policy.model_validate({"caps": [{"attempts": 2, "hours": 24}]})

    assert policy.frequency_caps() == (Cap(2, timedelta(days=1)),)


@pytest.mark.parametrize(
    "wrong",
    [
        {"windows": [{"days": ["monday"], "opens": "09:00", "closes": "12:00"}]},
        {"windows": [{"days": [], "opens": "09:00", "closes": "12:00"}]},
        {"windows": [{"opens": "9:00", "closes": "12:00"}]},
        {"windows": [{"opens": "09:00", "closes": "24:01"}]},
        {"timezone": "UTC+3"},
        {"ring_seconds": 14},
        {"retries": {"max_attempts": 11}},
        {"retries": {"minutes_after": {"asleep": [20]}}},
        {"opt_out_key": "99"},
        {"colour": "green"},
    ],
)
def test_what_means_nothing_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(wrong)


def test_a_policy_comes_back_from_the_database_as_it_was() -> None:
    policy = Policy.model_validate(
        {"windows": [{"opens": "09:00", "closes": "18:00"}], "closed_on": ["2026-12-25"]}
    )

    assert Policy.model_validate_json(policy.model_dump_json()) == policy


def test_strict_time_zones_assume_all_of_the_contiguous_us() -> None:
    strict, known = Policy(strict_us_tz=True), ("Pacific/Honolulu",)

    assert strict.zones("US", known) == ("Pacific/Honolulu", *CONTIGUOUS_US)
    assert strict.zones("US", ()) == ()
    assert strict.zones("CA", known) == Policy().zones("US", known) == known


def test_the_end_of_the_day_is_a_time_of_day() -> None:
    assert minutes("24:00") == 1440
