"""What an acknowledgement tells about our clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.skew import ALLOWED_SECONDS, Skew


def measured(sent_at: float, stamped_at: float, acknowledged_at: float) -> Skew:
    skew = Skew()
    skew.measure(sent_at, stamped_at, acknowledged_at)
    return skew


def test_a_clock_that_was_never_compared_is_not_trusted() -> None:
    assert (Skew().agrees, Skew().is_precise, Skew().seconds) == (False, False, 0.0)


@pytest.mark.parametrize(
    ("stamped_at", "agrees"),
    [(100.005, True), (100.49, True), (99.52, True), (100.6, False), (99.4, False), (3700, False)],
)
def test_a_clock_may_differ_by_half_a_second_either_way(stamped_at: float, agrees: bool) -> None:
    skew = measured(100.0, stamped_at, 100.01)

    assert skew.agrees is agrees
    assert skew.is_precise
    assert skew.seconds == pytest.approx(stamped_at - 100.005, abs=0.002)


def test_a_slow_answer_proves_nothing_against_a_clock_and_is_to_be_repeated() -> None:
    skew = measured(100.0, 100.9, 102.0)

    assert skew.agrees
    assert not skew.is_precise


def test_a_slow_answer_proves_enough_if_no_moment_of_it_fits() -> None:
    assert not measured(100.0, 110.0, 102.0).agrees


def test_a_clock_that_was_set_back_meanwhile_is_judged_by_what_was_known() -> None:
    skew = measured(100.0, 100.005, 100.01)
    skew.measure(200.0, 200.1, 50.0)

    assert skew.agrees
    assert abs(skew.seconds) < 0.01


def test_a_clock_that_was_mended_is_trusted_again() -> None:
    skew = measured(100.0, 105.0, 100.01)
    skew.measure(110.0, 110.0, 110.01)

    assert skew.agrees


@given(
    there=st.floats(0, 3),
    back=st.floats(0, 3),
    ahead=st.floats(-0.99, 0.99).map(lambda share: share * ALLOWED_SECONDS),
)
def test_no_clock_that_is_right_is_ever_blamed(there: float, back: float, ahead: float) -> None:
    broker = 1000.0 + there + ahead
    stamped = int(broker * 1000) / 1000

    assert measured(1000.0, stamped, 1000.0 + there + back).agrees
