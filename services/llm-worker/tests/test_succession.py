"""Which model is asked next, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_worker.effects import ModelGaveUp
from llm_worker.model import Fault
from llm_worker.succession import LEAST_SECONDS, MOST_AGAIN, PAUSE_SECONDS, Candidate, Succession
from trunkline.agents import ModelChoice, Provider

QUICK = ModelChoice(provider=Provider.GROQ, name="quick")
SLOW = ModelChoice(provider=Provider.OPENAI, name="slow")
DEADLINE = 20.0


def unavailable(retry_after: float = 0.0, jitter: float = 0.0) -> ModelGaveUp:
    return ModelGaveUp(retryable=True, retry_after=retry_after, jitter=jitter)


def after(*failures: tuple[ModelGaveUp, float], models: tuple[ModelChoice, ...]) -> Succession:
    """A succession in which models have failed like this, each at its time."""
    one = Succession(models, DEADLINE)
    one.next(0.0)
    for failure, now in failures[:-1]:
        one.give_up(failure, now)
        one.next(now)
    one.give_up(*failures[-1])
    return one


def test_the_models_of_the_list_are_asked_at_once_and_in_order() -> None:
    one = Succession((QUICK, SLOW), DEADLINE)

    assert one.next(0.0) == Candidate(QUICK, 0.0)
    assert (one.name, one.has_fresh) == ("groq/quick", True)
    one.give_up(unavailable(), 0.5)
    assert one.next(0.5) == Candidate(SLOW, 0.5)
    assert (one.name, one.has_fresh) == ("openai/slow", False)


def test_the_only_model_is_asked_again_after_a_moment_and_then_a_longer_one() -> None:
    one = after((unavailable(), 1.0), models=(QUICK,))

    first = one.next(1.0)
    one.give_up(unavailable(jitter=0.99), 2.0)
    second = one.next(2.0)

    assert first is not None
    assert second is not None
    assert (first.choice, second.choice) == (QUICK, QUICK)
    assert first.at == pytest.approx(1.0 + PAUSE_SECONDS / 2)
    assert second.at == pytest.approx(2.0 + 2 * PAUSE_SECONDS, abs=0.01)


def test_a_model_is_left_alone_for_as_long_as_it_wants() -> None:
    (again,) = [after((unavailable(retry_after=3.0), 1.0), models=(QUICK,)).next(1.0)]

    assert again is not None
    assert 4.0 < again.at < 4.0 + PAUSE_SECONDS


@pytest.mark.parametrize("retry_after", [DEADLINE - LEAST_SECONDS, 60.0, float("inf")])
def test_a_model_that_wants_to_be_left_alone_until_it_is_too_late_is_not_waited_for(
    retry_after: float,
) -> None:
    assert after((unavailable(retry_after), 1.0), models=(QUICK,)).next(1.0) is None


def test_when_the_turn_is_nearly_over_nobody_is_asked_again() -> None:
    assert after((unavailable(), 19.0), models=(QUICK,)).next(19.0) is None


def test_what_fails_for_good_is_not_asked_again() -> None:
    final = ModelGaveUp(Fault.REFUSED, retryable=False)

    assert after((final, 1.0), models=(QUICK,)).next(1.0) is None


def test_of_several_the_one_that_is_ready_first_is_asked_again() -> None:
    one = after((unavailable(retry_after=5.0), 1.0), (unavailable(), 2.0), models=(QUICK, SLOW))

    again = one.next(2.0)

    assert again is not None
    assert (again.choice, one.current) == (SLOW, SLOW)


def test_a_model_that_failed_for_good_leaves_the_place_to_one_that_did_not() -> None:
    one = after((unavailable(), 1.0), (ModelGaveUp(), 2.0), models=(QUICK, SLOW))

    again = one.next(2.0)

    assert again is not None
    assert again.choice == QUICK


def test_a_call_that_nobody_can_read_is_asked_for_once_more_and_coldly() -> None:
    bad_call = ModelGaveUp(Fault.BAD_CALL, retryable=True)
    one = after((bad_call, 1.0), models=(QUICK,))

    assert one.next(1.0) == Candidate(QUICK.model_copy(update={"temperature": 0.0}), 1.0)
    one.give_up(bad_call, 2.0)
    assert one.next(2.0) is None


def test_before_any_model_was_asked_none_can_have_failed() -> None:
    one = Succession((QUICK,), DEADLINE)
    one.give_up(unavailable(), 0.0)

    assert (one.current, one.name) == (None, "")
    assert one.next(0.0) == Candidate(QUICK, 0.0)


faults = st.sampled_from(list(Fault))
failures = st.builds(
    ModelGaveUp, faults, st.booleans(), st.floats(0, 30), st.floats(0, 1, exclude_max=True)
)


@given(st.lists(failures, min_size=8, max_size=8), st.integers(1, 3))
def test_an_attempt_asks_a_bounded_number_of_times_and_never_too_late(
    given_up: list[ModelGaveUp], models: int
) -> None:
    one, now, asked = Succession([QUICK] * models, DEADLINE), 0.0, 0

    for failure in given_up:
        if (candidate := one.next(now)) is None:
            break
        asked += 1
        assert now <= candidate.at <= DEADLINE - LEAST_SECONDS
        now = candidate.at
        one.give_up(failure, now)

    assert models <= asked <= models + MOST_AGAIN
