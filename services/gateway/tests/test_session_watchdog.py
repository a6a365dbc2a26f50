"""Workers that fall silent, refuse or fail: another goes on; no character is lost or doubled."""

import hypothesis.strategies as st
import pytest
from builders import (
    APOLOGY,
    ATTACHMENT,
    CALL_SID,
    HOME_PARTITION,
    PARTITIONS,
    TENANT,
    Call,
    Run,
    appended,
    asked,
    cancelled,
    confirmation,
    frames,
    listening_call,
    only,
    partitions,
    words,
)
from hypothesis import given

from gateway.effects import Append, AskWorker, Effect, KeyPressed, Prompted, Timer
from gateway.session import State
from trunkline.events.call import AttemptOpened, FailureReason, PhraseKind, PhraseSent
from trunkline.events.turn import TurnCancelled

FAILURES = [reason for reason in FailureReason if reason is not FailureReason.OVERLOADED]


def second_attempt(effects: list[Effect]) -> Run:
    return Run(only(asked(effects)).ref, "run-2")


def confirmed(call: Call, seconds: float) -> list[Effect]:
    """Let time pass on a bus that acknowledges within 50 ms."""
    return [
        effect
        for _ in range(round(seconds / 0.05))
        for effect in call.passes(0.05) + call.confirm()
    ]


def test_a_prompt_that_nobody_starts_within_600_ms_is_asked_of_another_partition() -> None:
    call = listening_call()
    call.prompted()

    early = call.passes(0.59)
    effects = call.passes(0.02)

    assert early == []
    assert cancelled(effects) == [TurnCancelled(TENANT, CALL_SID, ATTACHMENT, 1, 0)]
    assert appended(effects) == [AttemptOpened(1, 1, 0)]
    assert only(asked(effects)).ref.attempt == 1
    assert partitions(effects) == [(HOME_PARTITION + 1) % PARTITIONS]


def test_the_600_ms_count_from_the_acknowledgement_of_the_prompt() -> None:
    call = listening_call()
    call.happens(Prompted("When?"))
    waiting = call.passes(10.0)
    call.confirm()

    assert asked(waiting + call.passes(0.59)) == []
    assert len(asked(call.passes(0.02))) == 1


def test_a_worker_that_started_may_be_silent_for_one_second() -> None:
    call = listening_call()
    run = call.prompted()
    call.passes(0.5)
    call.writes(run.started())

    assert asked(call.passes(0.99)) == []
    assert len(asked(call.passes(0.02))) == 1


def test_heartbeats_keep_a_slow_worker_its_turn() -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started())

    effects = [
        effect for _ in range(20) for effect in call.passes(0.9) + call.writes(run.heartbeat())
    ]

    assert asked(effects) == []


def test_the_clock_stands_still_while_our_own_records_are_not_acknowledged() -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started(), run.chunk("At nine. "))
    call.happens(KeyPressed("1"))

    stalled = call.passes(2.9)
    call.confirm()

    assert asked(stalled) == []
    assert len(asked(call.passes(0.61))) == 1


def test_a_prompt_that_is_answered_before_it_is_acknowledged_is_not_asked_again_meanwhile() -> None:
    call = listening_call()
    run = Run(only(asked(call.happens(Prompted("When?")))).ref)
    call.confirm(Append)
    call.writes(run.started())

    assert asked(call.passes(5.0)) == []


def test_after_two_started_attempts_comes_the_apology_and_never_a_third() -> None:
    call = listening_call()
    call.writes(call.prompted().started())
    effects = call.passes(1.01)
    call.confirm()
    call.writes(second_attempt(effects).started())

    effects = call.passes(1.01)

    assert asked(effects) == []
    assert len(cancelled(effects)) == 1
    assert appended(effects) == [PhraseSent(1, 0, APOLOGY, PhraseKind.APOLOGY)]
    assert words(effects) == APOLOGY
    assert frames(effects)[-1].last
    assert call.session.state is State.LISTENING


def test_a_start_that_is_reported_twice_counts_once() -> None:
    call = listening_call()
    started = call.prompted().started()

    call.writes(started, started)

    assert only(asked(call.passes(1.01))).ref.attempt == 1


def test_every_turn_has_its_two_attempts() -> None:
    call = listening_call()
    for _ in range(3):
        call.writes(call.prompted().started())

        assert only(asked(call.passes(1.01))).ref.attempt == 1


def test_attempts_that_nobody_starts_go_on_until_the_deadline_and_then_the_apology() -> None:
    call = listening_call()
    call.prompted()

    effects = confirmed(call, 21.0)

    attempts = [request.ref.attempt for request in asked(effects)]
    assert attempts == list(range(1, len(attempts) + 1))
    assert len(attempts) > 20
    assert words(effects) == APOLOGY


def test_all_attempts_of_a_turn_have_the_same_deadline() -> None:
    call = listening_call()
    first = only(asked(call.happens(Prompted("When?"))))
    call.confirm()

    second = only(asked(call.passes(0.61)))

    assert second.deadline_ms == first.deadline_ms
    assert second.history == first.history


def test_a_reply_that_is_not_complete_by_the_deadline_ends_with_the_apology() -> None:
    call = listening_call()
    run = call.prompted()
    effects = call.writes(run.started(), run.chunk("Well"))
    for _ in range(50):
        effects += call.passes(0.4) + call.writes(run.heartbeat()) + call.confirm()

    assert words(effects) == f"Well {APOLOGY}"
    assert len(cancelled(effects)) == 1
    assert call.writes(run.chunk(" then")) == []


def test_an_overloaded_worker_is_passed_over_at_once_and_then_with_patience() -> None:
    call = listening_call()
    run = call.prompted()

    first = call.writes(run.failed(FailureReason.OVERLOADED))
    call.confirm()
    refused = call.writes(second_attempt(first).failed(FailureReason.OVERLOADED))
    later = call.passes(0.21)

    assert only(asked(first)).ref.attempt == 1
    assert asked(refused) == []
    assert only(asked(later)).ref.attempt == 2
    assert words(first + refused + later) == ""


def test_workers_that_were_all_overloaded_do_not_count_as_started() -> None:
    call = listening_call()
    run = call.prompted()
    effects: list[Effect] = []
    for _ in range(5):
        step = call.writes(run.failed(FailureReason.OVERLOADED)) + call.passes(1.0)
        run = second_attempt(step)
        effects += step + call.confirm()

    assert words(effects + call.writes(run.started(), run.chunk("At nine."))) == "At nine."


@pytest.mark.parametrize("reason", FAILURES)
def test_a_reply_that_failed_brings_the_apology(reason: FailureReason) -> None:
    call = listening_call()
    run = call.prompted()

    effects = call.writes(run.started(), run.failed(reason))

    assert words(effects) == APOLOGY
    assert asked(effects) == []


def test_a_reply_without_words_brings_the_apology() -> None:
    call = listening_call()
    run = call.prompted()

    assert words(call.writes(run.started(), run.finished())) == APOLOGY


def test_a_prompt_that_the_bus_refused_is_published_again_after_a_pause() -> None:
    call = listening_call()
    call.happens(Prompted("When?"))
    refused = only([one for one in call.unconfirmed if isinstance(one, AskWorker)])
    call.unconfirmed.remove(refused)
    call.confirm()

    at_once = call.happens(confirmation(refused, failed=True))

    assert asked(at_once) == []
    assert only(asked(call.passes(0.21))).ref.attempt == 1


def test_a_confirmation_of_an_attempt_that_is_past_changes_nothing() -> None:
    call = listening_call()
    call.happens(Prompted("When?"))
    old = only([one for one in call.unconfirmed if isinstance(one, AskWorker)])
    call.happens(Prompted("Where?"))

    assert call.happens(confirmation(old)) == []
    assert call.happens(confirmation(old, failed=True)) == []


# In mid-sentence


def test_another_worker_goes_on_where_the_first_fell_silent() -> None:
    call = listening_call()
    run = call.prompted()
    before = call.writes(run.started(), run.chunk("We open at "))
    lost = call.passes(1.01)
    call.confirm()
    second = second_attempt(lost)

    after = call.writes(second.started(), second.chunk("nine."), second.finished())

    assert only(asked(lost)).spoken_prefix == "We open at "
    assert appended(lost) == [AttemptOpened(1, 1, len("We open at "))]
    assert frames(lost) == []
    assert words(before + after) == "We open at nine."
    assert [frame.seq for frame in frames(before + after)] == [0, 1, 2]


def test_a_silent_worker_that_wakes_says_nothing_more() -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started(), run.chunk("We open at "))
    call.passes(1.01)
    call.confirm()

    assert call.writes(run.chunk("nine."), run.finished()) == []


def test_a_worker_that_finishes_what_was_already_said_needs_no_words_of_its_own() -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started(), run.chunk("At nine."))
    second = second_attempt(confirmed(call, 1.05))

    effects = call.writes(second.started(), second.finished())

    assert words(effects) == ""
    assert frames(effects)[-1].last


@given(
    parts=st.lists(st.text("ab. ", min_size=1, max_size=4), min_size=1, max_size=8).filter(
        lambda parts: "".join(parts).strip()
    ),
    cut=st.integers(0, 8),
    doubled=st.booleans(),
)
def test_over_all_attempts_no_character_is_missing_and_none_comes_twice(
    parts: list[str], cut: int, doubled: bool
) -> None:
    call = listening_call()
    run = call.prompted()
    first = [run.chunk(part) for part in parts[:cut]]
    effects = call.writes(run.started(), *first, *(first if doubled else ()))
    request = only(asked(confirmed(call, 1.05)))
    second = Run(request.ref, "run-2")
    rest = "".join(parts)[len(request.spoken_prefix) :]
    late = [run.chunk(part) for part in parts[cut:]]
    effects += call.writes(second.started(), *late, *map(second.chunk, rest), *late)
    effects += call.writes(second.finished(), run.finished())

    assert request.spoken_prefix == "".join(parts[:cut])
    assert words(effects) == "".join(parts)
    assert call.session.story.turn.text == "".join(parts)


def test_no_watchdog_of_a_finished_turn_is_left() -> None:
    call = listening_call()

    call.answered("At nine.")

    assert not {Timer.WATCHDOG, Timer.TURN} & set(call.timers)
