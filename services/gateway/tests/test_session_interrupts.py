"""An interrupt stops the agent in the same step, and the history ends where the caller heard it."""

import hypothesis.strategies as st
import pytest
from builders import (
    ATTACHMENT,
    CALL_SID,
    RATE,
    TENANT,
    Call,
    Run,
    appended,
    asked,
    cancelled,
    frames,
    listening_call,
    new_call,
    only,
    resumed_call,
    words,
)
from hypothesis import given

from gateway.effects import DropUnsent, Interrupted, Prompted, SendText, Timer
from gateway.session import State
from trunkline.events.call import CallerInterrupted, CallerSpoke, Spoken
from trunkline.events.turn import TurnCancelled

REPLY = "We open at nine. We close at five."


def in_mid_reply() -> tuple[Call, Run]:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started(), run.chunk("We open "), run.chunk("at nine. "))
    return call, run


def test_an_interrupt_drops_cancels_records_and_closes_in_one_step() -> None:
    call, _ = in_mid_reply()

    effects = call.happens(Interrupted("We open at"))

    assert DropUnsent() in effects
    assert cancelled(effects) == [TurnCancelled(TENANT, CALL_SID, ATTACHMENT, 1, 0)]
    assert appended(effects) == [CallerInterrupted(1, "run-1", len("We open at"), "We open at")]
    assert frames(effects) == [SendText(1, 2, "", last=True)]
    assert effects.index(DropUnsent()) < effects.index(frames(effects)[0])
    assert call.session.state is State.LISTENING


def test_no_word_of_an_interrupted_turn_is_sent_ever_after() -> None:
    call, run = in_mid_reply()
    call.happens(Interrupted("We open at"))

    late = call.writes(run.chunk("We close "), run.heartbeat(), run.chunk("at five."))
    late += call.writes(run.finished()) + call.confirm()

    assert frames(late) == []


def test_words_held_back_for_an_acknowledgement_are_not_sent_after_an_interrupt() -> None:
    call = listening_call()
    run = Run(only(asked(call.happens(Prompted("When?")))).ref)
    call.writes(run.started(), run.chunk("At nine."))

    effects = call.happens(Interrupted("")) + call.confirm()

    assert words(effects) == ""


def test_the_history_ends_where_the_caller_stopped_listening() -> None:
    call, _ = in_mid_reply()
    call.happens(Interrupted("we open AT"))

    request = only(asked(call.happens(Prompted("Where are you?"))))

    assert [message.text for message in request.history][-2:] == ["We open at", "Where are you?"]


def test_a_reply_sent_long_ago_is_cut_short_just_the_same() -> None:
    call = listening_call()
    call.answered(REPLY)
    call.passes(1.0)

    effects = call.happens(Interrupted("We open"))

    assert DropUnsent() in effects
    assert cancelled(effects) == []  # nobody is answering any more
    assert appended(effects) == [CallerInterrupted(1, "run-1", len("We open"), "We open")]
    assert only(asked(call.happens(Prompted("Where?")))).history[-2].text == "We open"


def test_what_had_been_noted_as_spoken_is_taken_back_if_less_was_heard() -> None:
    call = listening_call()
    call.answered(REPLY)
    noted = call.passes(len(REPLY) / RATE + 0.1)

    call.happens(Interrupted("We open at nine."))

    assert appended(noted) == [Spoken(1, len("We open at nine.")), Spoken(1, len(REPLY))]
    assert call.session.story.turn.heard == "We open at nine."


def test_the_greeting_can_be_interrupted() -> None:
    call = new_call()

    effects = call.happens(Interrupted("Welcome"))

    assert DropUnsent() in effects
    assert appended(effects) == [CallerInterrupted(0, "", len("Welcome"), "Welcome")]
    assert only(asked(call.happens(Prompted("When?")))).history[0].text == "Welcome"


def test_a_second_interrupt_still_drops_but_records_nothing_new() -> None:
    call, _ = in_mid_reply()
    call.happens(Interrupted("We open"))

    effects = call.happens(Interrupted("We"))

    assert DropUnsent() in effects
    assert not appended(effects)
    assert not cancelled(effects)
    assert not frames(effects)
    assert call.session.story.turn.heard == "We open"


def test_an_interrupt_while_the_worker_thinks_cancels_the_turn() -> None:
    call = listening_call()
    call.prompted()

    effects = call.happens(Interrupted(""))

    assert len(cancelled(effects)) == 1
    assert appended(effects) == [CallerInterrupted(1, "", 0, "")]


def test_without_likeness_to_what_was_sent_time_says_what_was_heard() -> None:
    call = listening_call()
    call.answered(REPLY)
    call.passes(1.2)

    effects = call.happens(Interrupted("xyzzy"))

    assert appended(effects) == [CallerInterrupted(1, "run-1", round(1.2 * RATE), "xyzzy")]


def test_an_interrupted_turn_is_not_counted_as_said_by_the_next_prompt() -> None:
    call, _ = in_mid_reply()
    call.happens(Interrupted("We"))

    assert appended(call.happens(Prompted("Where?"))) == [CallerSpoke(2, "Where?")]


def test_a_reprompt_after_an_interrupt_can_be_interrupted_itself() -> None:
    call, _ = in_mid_reply()
    call.happens(Interrupted("We open"))
    reprompt = call.passes(5.1)

    effects = call.happens(Interrupted("Are you"))

    assert words(reprompt) == " Are you there?"
    assert appended(effects) == [CallerInterrupted(1, "run-1", len("We open Are you"), "Are you")]


@pytest.mark.parametrize("interrupt", [Interrupted("We open"), Interrupted("")])
def test_no_timer_of_the_interrupted_turn_runs_on(interrupt: Interrupted) -> None:
    call, _ = in_mid_reply()

    call.happens(interrupt)

    assert set(call.timers) == {Timer.CALL, Timer.SILENCE}


def test_a_call_resumed_after_an_interrupt_has_nothing_to_note() -> None:
    call, _ = in_mid_reply()
    call.happens(Interrupted("We"))

    assert appended(resumed_call(call.session.story)[1]) == []


@given(
    chunks=st.lists(st.text("ab .", min_size=1, max_size=5), max_size=6),
    after=st.integers(0, 7),
    heard=st.text("ab .", max_size=10),
)
def test_at_whatever_moment_it_comes_no_words_follow_an_interrupt(
    chunks: list[str], after: int, heard: str
) -> None:
    call = listening_call()
    run = call.prompted()
    reply = [run.started(), *map(run.chunk, chunks), run.finished()]
    call.writes(*reply[:after])

    effects = call.happens(Interrupted(heard)) + call.writes(*reply[after:]) + call.passes(4.9)

    assert words(effects) == ""
    assert call.session.story.turn.said <= len(call.session.story.turn.text)
