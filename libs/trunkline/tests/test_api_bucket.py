"""How fast a key may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.api.bucket import Allowance, TokenBucket


def test_a_pause_is_worth_two_seconds_of_requests_at_once() -> None:
    bucket = TokenBucket(per_second=5, now=0)

    assert [bucket.take(0).allowed for _ in range(11)] == [True] * 10 + [False]
    assert [bucket.take(100).allowed for _ in range(11)] == [True] * 10 + [False]


def test_a_slow_key_may_ask_once() -> None:
    bucket = TokenBucket(per_second=0.1, now=0)

    assert [bucket.take(now).allowed for now in (0, 9, 10.01, 12)] == [True, False, True, False]


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = TokenBucket(per_second=1, now=100)
    bucket.take(100)
    bucket.take(100)

    assert not bucket.take(50).allowed
    assert not bucket.take(100).allowed


@given(
    st.floats(0.1, 50),
    st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_nobody_gets_more_than_the_burst_and_the_rate(rate: float, gaps: list[float]) -> None:
    bucket = TokenBucket(rate, now=0)
    now, allowed = 0.0, 0
    for gap in gaps:
        now += gap
        allowed += bucket.take(now).allowed

    assert allowed <= max(1.0, 2 * rate) + rate * now + 1e-6


@given(st.floats(0.1, 50), st.integers(1, 200))
def test_who_waits_as_long_as_told_is_let_in(rate: float, requests: int) -> None:
    bucket = TokenBucket(rate, now=0)
    found = [bucket.take(0) for _ in range(requests)][-1]
    if not found.allowed:
        wait = float(found.headers()["Retry-After"])

        assert bucket.take(wait).allowed


@pytest.mark.parametrize(
    ("found", "headers"),
    [
        (
            Allowance(True, 40, 39, 0.05, 0),
            {"RateLimit-Limit": "40", "RateLimit-Remaining": "39", "RateLimit-Reset": "1"},
        ),
        (
            Allowance(False, 2, 0, 20, 9.2),
            {
                "RateLimit-Limit": "2",
                "RateLimit-Remaining": "0",
                "RateLimit-Reset": "20",
                "Retry-After": "10",
            },
        ),
    ],
)
def test_a_client_is_told_what_it_has(found: Allowance, headers: dict[str, str]) -> None:
    assert found.headers() == headers
