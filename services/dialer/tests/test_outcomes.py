"""Who answered, and why nobody did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.outcomes import MACHINES, Disposition, Outcome, firmer, of_answered, of_failed

verdicts = st.sampled_from(["", "unknown", "human", *MACHINES, "something new"])


@given(verdicts, verdicts, verdicts)
def test_the_firmest_verdict_stays_whatever_the_order(a: str, b: str, c: str) -> None:
    known = firmer(firmer(a, b), c)

    assert of_answered(known) is of_answered(firmer(firmer(c, b), a))
    assert known in (a, b, c)


def test_a_verdict_is_kept_against_one_that_says_nothing() -> None:
    assert firmer("human", "unknown") == firmer("unknown", "human") == "human"


@pytest.mark.parametrize(
    ("sip", "error", "outcome"),
    [
        (None, None, Outcome.FAILED_NETWORK),
        (503, None, Outcome.FAILED_NETWORK),
        (404, None, Outcome.INVALID_NUMBER),
        (None, 13224, Outcome.INVALID_NUMBER),
        (608, None, Outcome.BLOCKED),
        (403, None, Outcome.REJECTED_BY_CARRIER),
    ],
)
def test_the_carriers_code_says_why_a_call_failed(
    sip: int | None, error: int | None, outcome: Outcome
) -> None:
    assert of_failed(sip, error) is outcome


def test_every_outcome_of_a_call_is_a_disposition() -> None:
    without = {Outcome.NOT_PLACED, Outcome.RELEASED}

    assert {outcome.value for outcome in Outcome if outcome not in without} <= {*Disposition}
