"""Which calls a list shows, and on which page."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from twilio_emulator.rest.errors import ApiError
from twilio_emulator.rest.listing import Position, page, read_filters, read_position
from twilio_emulator.rest.placed import PlacedCall
from twilio_emulator.rest.resources import page_json

DAY = 86_400
NOON = 20_000 * DAY + DAY // 2  # 2024-10-04


def call(number: int = 1, **changes: object) -> PlacedCall:
    made = PlacedCall(
        number=number,
        sid=f"CA{number}",
        account_sid="AC1",
        to="+447700900101",
        from_number="+15005550006",
        created_at=NOON,
        updated_at=NOON,
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, True),
        ({"Whatever": "x"}, True),
        ({"To": "+447700900101"}, True),
        ({"To": "+447700900102"}, False),
        ({"From": "+15005550006", "Status": "completed"}, True),
        ({"Status": "queued"}, False),
        ({"ParentCallSid": "CA9"}, False),
        ({"StartTime": "2024-10-04"}, True),
        ({"StartTime": "2024-10-05"}, False),
        ({"StartTime>": "2024-10-04"}, True),
        ({"StartTime>": "2024-10-04T23:59:59Z"}, True),  # only the date of it counts
        ({"StartTime>": "2024-10-05"}, False),
        ({"StartTime<": "2024-10-04"}, True),
        ({"StartTime<": "2024-10-03"}, False),
        ({"StartTime>": "2024-10-01", "StartTime<": "2024-10-31"}, True),
        ({"EndTime>": "2024-10-01"}, False),  # it has not ended
    ],
)
def test_a_filter_shows_what_it_asks_for(query: dict[str, str], shown: bool) -> None:
    assert read_filters(query).hold(call(status="completed", dialed_at=NOON)) is shown


def test_a_call_that_was_not_dialled_yet_is_in_no_range_of_dates() -> None:
    assert not read_filters({"StartTime>": "2000-01-01"}).hold(call())


@pytest.mark.parametrize(
    "query", [{"StartTime": "yesterday"}, {"EndTime<": "2024-02-30"}, {"StartTime>": "2024-13-01"}]
)
def test_what_is_no_date_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ApiError):
        read_filters(query)


@pytest.mark.parametrize("query", [{"PageSize": "0"}, {"PageSize": "all"}, {"Page": "-1"}])
def test_what_is_no_page_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ApiError):
        read_position(query)


def test_a_page_holds_fifty_calls_and_never_more_than_a_thousand() -> None:
    assert read_position({}).size == 50
    assert read_position({"PageSize": "5000"}).size == 1000


def follow(uri: str | None, calls: list[PlacedCall]) -> tuple[list[int], str | None, str | None]:
    """The numbers on the page at a URI, and where the next and the previous one are."""
    query = parse_qsl(urlsplit(uri or "").query)
    shown = page_json("AC1", page(reversed(calls), read_position(dict(query))), query)
    found = [int(str(each["sid"])[2:]) for each in shown["calls"]]  # type: ignore[attr-defined]
    following, before = shown["next_page_uri"], shown["previous_page_uri"]
    return found, following and str(following), before and str(before)  # type: ignore[return-value]


def test_following_the_pages_shows_every_call_once_though_new_ones_come() -> None:
    calls = [call(number) for number in range(1, 8)]
    first, uri, _ = follow("?PageSize=3&To=%2B44", calls)
    calls.append(call(8))
    second, uri, back = follow(uri, calls)
    third, end, _ = follow(uri, calls)

    assert (first, second, third) == ([7, 6, 5], [4, 3, 2], [1])
    assert end is None
    assert follow(back, calls)[0] == [7, 6, 5]
    assert uri is not None
    assert "To=%2B44" in uri


def test_the_last_page_that_is_full_has_none_after_it() -> None:
    assert page([call(2), call(1)], Position(size=2)).next_token is None


def test_a_page_may_be_asked_for_by_its_number_alone() -> None:
    calls = [call(number) for number in (5, 4, 3, 2, 1)]

    assert [each.number for each in page(calls, Position(number=1, size=2)).calls] == [3, 2]
