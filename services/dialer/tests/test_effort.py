"""A call is begun as early as its like took; a machine that is too busy takes on less."""

import pytest

from dialer.effort import FEWEST_HANDS, LEAST, MOST, Effort


def test_slower_is_believed_at_once_and_quicker_little_by_little() -> None:
    effort = Effort()
    effort.ready(0.8)
    assert effort.lead_seconds == pytest.approx(1.2)

    effort.ready(0.2)
    assert 1.1 < effort.lead_seconds < 1.2
    for _ in range(200):
        effort.ready(0.02)
    assert effort.lead_seconds == pytest.approx(LEAST, abs=0.01)


def test_no_call_is_begun_so_early_that_its_write_ahead_grows_old() -> None:
    effort = Effort()
    effort.ready(30.0)

    assert effort.lead_seconds == MOST


def test_missed_moments_let_less_be_taken_on_and_calls_that_are_ready_more_again() -> None:
    effort = Effort(most=20)
    for _ in range(10):
        effort.missed()
    assert effort.hands == FEWEST_HANDS

    for _ in range(60):
        effort.ready(0.1)
    assert effort.hands == 20
