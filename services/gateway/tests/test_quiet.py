"""Whose silence counts, from when on, and how often the caller is spoken to in it."""

import pytest
from builders import REPROMPTS, SILENCE_SECONDS, agent
from rooms import ASKED, Room, room

from gateway.effects import Timer
from gateway.quiet import CALLER_SECONDS, Quiet
from gateway.voice import QUIET_SECONDS
from trunkline.agents import Opening
from trunkline.events.call import PhraseKind

LISTENS = agent(opening=Opening(mode="listen", listen_seconds=3.0))


def quiet_in(here: Room) -> Quiet:
    return Quiet(here.scribe, here.mouth, here.agent)


def test_silence_counts_while_the_caller_is_to_say_something() -> None:
    here = room()
    quiet_in(here).restart(True)

    assert here.timers() == {Timer.SILENCE: SILENCE_SECONDS}


def test_silence_counts_from_the_end_of_speech() -> None:
    here = room()
    here.scribe.at = 10.0
    quiet_in(here).restart(True, since=8.0)

    assert here.timers() == {Timer.SILENCE: SILENCE_SECONDS - 2.0}


def test_no_silence_counts_while_a_reply_is_awaited() -> None:
    here = room()
    quiet_in(here).restart(False)

    assert here.wanted() == []


def test_no_silence_counts_while_the_caller_speaks() -> None:
    here = room()
    quiet = quiet_in(here)
    quiet.caller_speaks = True
    quiet.restart(True)

    assert here.wanted() == []


def test_the_end_of_a_sentence_is_waited_for_before_any_silence() -> None:
    here = room()
    here.mouth.say("x" * 20, PhraseKind.REPROMPT)  # two seconds
    here.wanted()
    quiet_in(here).await_speech_end(True)

    assert here.timers() == {Timer.SPEECH: pytest.approx(2.0, abs=0.01)}


def test_a_callers_voice_stops_the_opening_and_counts_for_a_minute_at_most() -> None:
    here = room()
    quiet_in(here).caller_began()

    assert here.timers() == {Timer.SILENCE: CALLER_SECONDS, Timer.OPENING: None}


def test_a_voice_that_has_fallen_silent_may_begin_anew() -> None:
    here = room()
    quiet_in(here).await_word()

    assert here.timers() == {Timer.SPEECH: QUIET_SECONDS}


def test_a_caller_is_asked_as_often_as_there_are_words_for_it() -> None:
    quiet = quiet_in(room())

    assert [quiet.next_reprompt() for _ in range(3)] == [*REPROMPTS, None]


@pytest.mark.parametrize("does", [Quiet.forgive, Quiet.open_turn])
def test_a_caller_who_has_done_something_is_asked_anew(does: object) -> None:
    quiet = quiet_in(room())
    quiet.next_reprompt()
    does(quiet)  # type: ignore[operator]

    assert quiet.next_reprompt() == REPROMPTS[0]


def test_the_other_side_is_let_speak_first_for_a_while() -> None:
    here = room(LISTENS, is_outbound=True)
    quiet = quiet_in(here)
    quiet.await_opening()

    assert quiet.is_opening
    assert here.timers() == {Timer.OPENING: 3.0}


def test_no_silence_counts_before_somebody_has_spoken() -> None:
    here = room(LISTENS, is_outbound=True)
    quiet_in(here).restart(True)

    assert here.wanted() == []


@pytest.mark.parametrize(
    "here",
    [
        pytest.param(room(LISTENS), id="they have called us"),
        pytest.param(room(LISTENS, ASKED, is_outbound=True), id="they have spoken"),
        pytest.param(room(LISTENS, greeting="Hello.", is_outbound=True), id="they were greeted"),
        pytest.param(room(is_outbound=True), id="the agent speaks first"),
    ],
)
def test_nobody_else_is_let_speak_first(here: Room) -> None:
    assert not quiet_in(here).is_opening
