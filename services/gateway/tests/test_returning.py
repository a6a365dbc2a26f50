"""Who is known when they call back, and who is forgotten."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.returning import ENTRY_BYTES, Returning
from trunkline.events.dial import PersonCalled

ROOMY = 10**9
ADA = PersonCalled("ada", "first", until_ms=1000, placed_ms=10)
AGAIN = replace(ADA, ticket="second", until_ms=1010, placed_ms=20)


def told(*called: PersonCalled, most_bytes: int = ROOMY, now_ms: int = 0) -> Returning:
    returning = Returning(most_bytes)
    for one in called:
        returning.hear(one, now_ms)
    return returning


def test_whoever_was_called_is_known_and_nobody_else() -> None:
    assert told(ADA).ticket_of(["ada"], 500) == "first"
    assert told(ADA).ticket_of(["bob"], 500) == ""
    assert told(ADA).ticket_of([], 500) == ""


@pytest.mark.parametrize("called", [(ADA, AGAIN), (AGAIN, ADA), (AGAIN, ADA, AGAIN)])
def test_the_latest_attempt_counts_in_whatever_order_it_is_told(
    called: tuple[PersonCalled, ...],
) -> None:
    assert told(*called).ticket_of(["ada"], 500) == "second"
    assert len(told(*called)) == 1


def test_of_two_keys_that_somebody_is_known_under_the_latest_attempt_counts() -> None:
    returning = told(ADA, replace(AGAIN, person="ada by the new key"))

    assert returning.ticket_of(["ada by the new key", "ada"], 500) == "second"


def test_somebody_called_long_ago_is_a_caller_like_any_other() -> None:
    returning = told(ADA)

    assert returning.ticket_of(["ada"], 999) == "first"
    assert returning.ticket_of(["ada"], 1000) == ""


def test_what_is_over_takes_no_room() -> None:
    returning = told(ADA)
    returning.hear(replace(ADA, person="bob", until_ms=2000), 1000)
    returning.hear(replace(ADA, person="eve"), 1000)

    assert len(returning) == 1
    assert returning.ticket_of(["bob"], 1000) == "first"


def test_without_room_whoever_was_called_longest_ago_is_forgotten() -> None:
    people = [replace(ADA, person=f"{n}", placed_ms=n) for n in range(5)]
    returning = told(*people, most_bytes=3 * (ENTRY_BYTES + len("first")))

    assert [returning.ticket_of([f"{n}"], 0) for n in range(5)] == ["", "", *["first"] * 3]


def test_without_any_room_nobody_is_known() -> None:
    assert len(told(ADA, most_bytes=0)) == 0


@given(
    st.lists(
        st.builds(
            PersonCalled,
            person=st.sampled_from("abcde"),
            ticket=st.text("x", max_size=200),
            until_ms=st.integers(1, 50),
            placed_ms=st.integers(0, 50),
        )
    )
)
def test_it_never_takes_more_room_than_it_may(called: list[PersonCalled]) -> None:
    most = 3 * ENTRY_BYTES
    returning = Returning(most)
    for now_ms, one in enumerate(called):
        returning.hear(one, now_ms)
        known = [returning.ticket_of([person], now_ms) for person in "abcde"]

        assert len(returning) * ENTRY_BYTES + sum(map(len, known)) <= most
