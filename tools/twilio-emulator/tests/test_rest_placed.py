"""The truth about what was placed, the account's rate, and how calls are shown."""

from __future__ import annotations

from itertools import pairwise

import pytest

from twilio_emulator.rest.accounts import Account, Accounts
from twilio_emulator.rest.errors import ApiError
from twilio_emulator.rest.forms import CallRequest, Instructions
from twilio_emulator.rest.pacer import Pacer
from twilio_emulator.rest.phones import BY_NAME, Phonebook
from twilio_emulator.rest.placed import CallStore, PlacedCall, peak
from twilio_emulator.rest.resources import call_json, formatted, rfc2822

TO = "+34600000101"


def call(number: int, url: str, foreign: bool = False) -> PlacedCall:
    request = CallRequest(to=TO, from_number="+15005550006", instructions=Instructions())
    return PlacedCall(
        number=number,
        sid=f"CA{number}",
        account_sid="AC1",
        to=TO,
        from_number="+15005550006",
        created_at=1_700_000_000,
        updated_at=1_700_000_000,
        form=(("Url", "https://a.example/voice"), ("StatusCallback", url)),
        request=None if foreign else request,
    )


def store() -> CallStore:
    made = CallStore()
    made.add(call(1, "https://a.example/status?attempt=one"))
    made.add(call(2, "https://a.example/status/attempt/two"))
    made.add(call(3, "https://a.example/status?attempt=one&x=1"))
    made.add(call(4, "", foreign=True))
    return made


def test_calls_are_found_by_the_attempt_in_their_urls() -> None:
    found = store().by_attempt()

    assert {attempt: [each.sid for each in calls] for attempt, calls in found.items()} == {
        "one": ["CA1", "CA3"],
        "two": ["CA2"],
    }
    assert list(store().by_attempt(r"x=(\d)")) == ["", "1"]


def test_calls_of_other_systems_were_placed_by_nobody_here() -> None:
    assert [each.sid for each in store().by_number()[TO]] == ["CA1", "CA2", "CA3"]


def test_the_newest_call_of_a_number_comes_first() -> None:
    assert [each.sid for each in store().newest_first("AC1", TO)] == ["CA4", "CA3", "CA2", "CA1"]
    assert list(store().newest_first("AC2")) == []


@pytest.mark.parametrize(
    ("times", "most"),
    [
        ([], 0),
        ([0.0], 1),
        ([0.0, 0.999, 1.0], 2),
        ([0.0, 0.5, 1.0, 1.4, 1.49, 3.0], 4),
    ],
)
def test_the_peak_is_that_of_any_second_and_not_of_the_clocks(
    times: list[float], most: int
) -> None:
    assert peak(times) == most


def dialled(pacer: Pacer, calls: int, late: float = 0.0) -> list[float]:
    """When calls that were all asked for at 0 are dialled, by somebody who comes late each time."""
    now, times = 0.0, []
    for _ in range(calls):
        now = pacer.due(now) + late
        pacer.took(now)
        times.append(now)
    return times


def test_calls_are_dialled_evenly() -> None:
    assert {round(b - a, 6) for a, b in pairwise(dialled(Pacer(4.0), 9))} == {0.25}


def test_one_who_comes_late_each_time_keeps_the_mean_rate() -> None:
    assert dialled(Pacer(10.0), 101, late=0.01)[-1] == pytest.approx(10.01)


def test_a_rest_is_not_made_up_for_with_a_burst() -> None:
    pacer = Pacer(2.0)
    dialled(pacer, 3)
    pacer.took(pacer.due(100.0))

    assert pacer.due(100.0) == 100.5


def test_a_queue_may_be_held_and_holds_a_day_at_most() -> None:
    pacer = Pacer(1.0)
    pacer.hold(600.0)

    assert pacer.due(5.0) == 600.0
    assert pacer.wait(0.0, waiting=10) == 610.0
    assert not pacer.full(86_400)
    assert pacer.full(86_401)


def test_a_call_is_shown_with_every_field_and_nothing_that_is_not_known() -> None:
    shown = call_json(call(1, ""))

    assert (shown["status"], shown["queue_time"]) == ("queued", "0")
    assert (shown["start_time"], shown["end_time"], shown["duration"]) == (None, None, None)
    assert shown["date_created"] == "Tue, 14 Nov 2023 22:13:20 +0000"
    assert shown["uri"] == "/2010-04-01/Accounts/AC1/Calls/CA1.json"


def test_moments_and_numbers_are_written_as_twilio_does() -> None:
    assert rfc2822(None) is None
    assert rfc2822(0.9) == "Thu, 01 Jan 1970 00:00:00 +0000"
    assert formatted("+15005550006") == "(500) 555-0006"
    assert formatted(TO) == TO


def test_the_last_two_digits_choose_the_phone_unless_the_number_is_known() -> None:
    phones = Phonebook()

    chosen = [phones.at(f"+4477009001{digits}").name for digits in ("01", "70", "75", "83", "95")]
    assert chosen == ["human", "voicemail", "busy", "blocked", "human"]
    phones.set("+447700900175", BY_NAME["fax"])
    assert phones.at("+447700900175").name == "fax"
    assert phones.at("+447700900275").name == "busy"


ACCOUNTS = Accounts(
    [
        Account(sid="AC1", auth_token="one", api_keys={"SK1": "key"}),
        Account(sid="AC2", auth_token="two", parent_sid="AC1"),
    ]
)


@pytest.mark.parametrize(
    ("authorization", "reached"),
    [
        ("Basic QUMxOm9uZQ==", ["AC1", "AC2"]),  # AC1:one
        ("basic U0sxOmtleQ==", ["AC1", "AC2"]),  # SK1:key
        ("Basic QUMyOnR3bw==", ["AC2"]),  # AC2:two
    ],
)
def test_credentials_reach_their_account_and_its_subaccounts(
    authorization: str, reached: list[str]
) -> None:
    assert [each.sid for each in ACCOUNTS.authenticate(authorization)] == reached


@pytest.mark.parametrize(
    "authorization", ["", "Bearer x", "Basic", "Basic %%%", "Basic QUMxOnR3bw==", "Basic QUMxOg=="]
)
def test_other_credentials_reach_nothing(authorization: str) -> None:
    with pytest.raises(ApiError) as refused:
        ACCOUNTS.authenticate(authorization)

    assert (refused.value.status, refused.value.code) == (401, 20003)
