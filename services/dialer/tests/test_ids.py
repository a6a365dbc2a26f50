"""Ids grow with time and are ids that everybody can read."""

from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from dialer.ids import new_id, uuid7

times = st.integers(0, 2**48 - 1)
randomness = st.integers(0, 2**74 - 1)


@given(times, randomness, times, randomness)
def test_ids_are_in_the_order_of_their_time(a: int, b: int, c: int, d: int) -> None:
    first, second = sorted([uuid7(a, b), uuid7(c, d)])

    assert (first.int >> 80, second.int >> 80) == (min(a, c), max(a, c))
    assert (first.version, first.variant) == (7, RFC_4122)


@given(times, randomness, randomness)
def test_ids_of_one_moment_differ_by_their_randomness(at: int, a: int, b: int) -> None:
    assert (uuid7(at, a) == uuid7(at, b)) is (a == b)


def test_new_ids_are_new() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000
