"""A budget per second: saved up to its burst, waited for within patience, never overspent."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from gateway.budget import Budget


def test_a_burst_is_had_at_once_and_the_next_one_waits_its_turn() -> None:
    budget = Budget(10.0, 2.0)

    assert [budget.take(5.0, 1.0) for _ in range(4)] == pytest.approx([0.0, 0.0, 0.1, 0.2])


def test_what_would_take_longer_than_the_patience_is_refused_and_costs_nothing() -> None:
    budget = Budget(10.0, 1.0)
    budget.take(5.0, 0.0)

    assert budget.take(5.0, 0.05) is None
    assert budget.take(5.0, 0.1) == pytest.approx(0.1)


def test_what_is_not_spent_is_saved_up_to_the_burst() -> None:
    budget = Budget(10.0, 2.0)
    for _ in range(2):
        budget.take(5.0, 0.0)

    assert [budget.take(100.0, 0.0) for _ in range(3)] == [0.0, 0.0, None]


def test_a_budget_of_nothing_gives_nothing() -> None:
    assert Budget(0.0, 0.0).take(5.0, 1e9) is None


@given(
    per_second=st.floats(0.5, 50),
    burst=st.floats(1, 10),
    waits=st.lists(st.floats(0, 3), max_size=60),
    patience=st.floats(0, 2),
)
def test_in_no_stretch_of_time_is_more_granted_than_burst_and_rate_allow(
    per_second: float, burst: float, waits: list[float], patience: float
) -> None:
    budget, at, granted = Budget(per_second, burst), 10.0, []
    for wait in waits:
        at += wait
        delay = budget.take(at, patience)
        if delay is not None:
            assert 0 <= delay <= patience
            granted.append(at + delay)

    for first in range(len(granted)):
        for last in range(first, len(granted)):
            seconds = granted[last] - granted[first]
            assert last - first + 1 <= burst + seconds * per_second + 1e-6
