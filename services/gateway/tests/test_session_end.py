"""Silence, goodbyes and ends: counted from the end of speech, and never cutting anybody off."""

import pytest
from builders import (
    APOLOGY,
    GOODBYE,
    GREETING,
    RATE,
    REPROMPTS,
    SILENCE_SECONDS,
    Call,
    agent,
    appended,
    asked,
    cancelled,
    frames,
    listening_call,
    new_call,
    only,
    words,
)

from gateway.effects import (
    AgentSpeaking,
    CallerSpeaking,
    CloseSocket,
    DropUnsent,
    Effect,
    Event,
    Interrupted,
    KeyPressed,
    Prompted,
    SendEnd,
    SocketClosed,
    StopTimer,
    TakenOver,
    Timer,
    TimerFired,
    TokensPlayed,
    WorkerWrote,
)
from gateway.session import State
from trunkline.events.call import (
    CallerSpoke,
    Detached,
    Ended,
    EndReason,
    PhraseKind,
    PhraseSent,
    Spoken,
)

REPLY = "We open at nine. "  # 1.7 s


def answered() -> Call:
    call = listening_call()
    call.answered(REPLY)
    return call


def leaving_for_silence() -> Call:
    """A call in which the goodbye has just begun."""
    call = listening_call()
    while call.session.state is not State.LEAVING:
        call.passes(0.1)
    return call


# Silence


def test_silence_counts_from_the_estimated_end_of_speech() -> None:
    call = answered()

    assert words(call.passes(len(REPLY) / RATE + SILENCE_SECONDS - 0.1)) == ""
    assert words(call.passes(0.2)) == REPROMPTS[0]


def test_silence_counts_from_when_twilio_says_that_the_agent_fell_silent() -> None:
    call = answered()
    call.happens(AgentSpeaking(on=True))
    call.passes(1.0)
    call.happens(AgentSpeaking(on=False))

    assert words(call.passes(SILENCE_SECONDS - 0.1)) == ""
    assert words(call.passes(0.2)) == REPROMPTS[0]


def test_no_silence_is_counted_while_twilio_says_that_the_agent_speaks() -> None:
    call = answered()
    call.happens(AgentSpeaking(on=True))

    slow = call.passes(25.0)
    call.happens(AgentSpeaking(on=False))

    assert words(slow) == ""
    assert words(call.passes(SILENCE_SECONDS + 0.1)) == REPROMPTS[0]


def test_silence_counts_from_the_last_words_that_were_reported_as_played() -> None:
    call = answered()
    call.happens(TokensPlayed("We open"))
    call.passes(2.5)
    call.happens(TokensPlayed(" at nine. "))

    assert words(call.passes(SILENCE_SECONDS - 0.1)) == ""
    assert words(call.passes(0.2)) == REPROMPTS[0]


def test_reports_that_never_come_delay_the_silence_only_so_long() -> None:
    call = answered()
    call.happens(TokensPlayed("We"))

    assert words(call.passes(20.0)).startswith(REPROMPTS[0])


def test_the_greetings_end_begins_the_first_silence() -> None:
    call = new_call()

    assert words(call.passes(len(GREETING) / RATE + SILENCE_SECONDS - 0.1)) == ""
    assert words(call.passes(0.2)) == f" {REPROMPTS[0]}"


def test_reprompts_come_in_their_order_then_the_goodbye_and_only_then_the_end() -> None:
    call = listening_call()

    effects = call.passes(60.0)

    assert [frame.token for frame in frames(effects)] == [
        f" {phrase}" for phrase in (*REPROMPTS, GOODBYE)
    ]
    kinds = [event.kind for event in appended(effects) if isinstance(event, PhraseSent)]
    assert kinds == [PhraseKind.REPROMPT, PhraseKind.REPROMPT, PhraseKind.GOODBYE]
    assert effects.index(SendEnd()) > effects.index(frames(effects)[-1])
    assert appended(effects)[-2:] == [
        Spoken(0, len(" ".join((GREETING, *REPROMPTS, GOODBYE)))),
        Ended(EndReason.SILENCE),
    ]
    assert call.session.state is State.ENDED


def test_the_end_waits_until_the_goodbye_has_been_spoken() -> None:
    call = leaving_for_silence()

    assert SendEnd() not in call.passes(len(GOODBYE) / RATE - 0.2)
    assert SendEnd() in call.passes(0.4)


def test_the_end_waits_for_a_voice_that_is_slower_than_estimated() -> None:
    call = leaving_for_silence()
    call.happens(AgentSpeaking(on=True))

    slow = call.passes(len(GOODBYE) / RATE + 1.0)

    assert SendEnd() not in slow
    assert SendEnd() in call.happens(AgentSpeaking(on=False))


def test_the_end_does_not_wait_for_ever() -> None:
    call = leaving_for_silence()
    call.happens(AgentSpeaking(on=True))

    assert SendEnd() in call.passes(len(GOODBYE) / RATE + 40.0)


@pytest.mark.parametrize("event", [CallerSpeaking(on=True), Prompted("When?")], ids=str)
def test_a_caller_who_speaks_is_not_asked_whether_they_are_there(event: Event) -> None:
    call = listening_call()
    call.passes(SILENCE_SECONDS - 0.1)
    call.happens(event)

    assert words(call.passes(1.0)) == ""


def test_a_caller_who_speaks_on_after_an_interrupt_is_not_talked_over() -> None:
    # Twilio reports the caller's voice first and the interrupt then; the words come at their end.
    call = answered()
    call.happens(CallerSpeaking(on=True))
    call.happens(Interrupted("We"))

    long_speech = call.passes(SILENCE_SECONDS * 3)
    call.happens(CallerSpeaking(on=False))

    assert words(long_speech) == ""
    assert words(call.passes(SILENCE_SECONDS + 0.1)) != ""


def test_a_caller_who_speaks_while_the_agent_ends_is_not_talked_over() -> None:
    call = answered()
    call.happens(CallerSpeaking(on=True))

    assert words(call.passes(len(REPLY) / RATE + SILENCE_SECONDS + 1)) == ""


def test_what_a_caller_says_ends_their_speaking_even_if_twilio_does_not_say_so() -> None:
    call = listening_call()
    call.happens(CallerSpeaking(on=True))
    call.answered(REPLY)

    assert words(call.passes(len(REPLY) / RATE + SILENCE_SECONDS + 0.1)) == REPROMPTS[0]


def test_a_key_begins_the_silence_anew() -> None:
    call = listening_call()
    call.passes(SILENCE_SECONDS - 0.1)
    call.happens(KeyPressed("1"))

    assert words(call.passes(0.2)) == ""


def test_reprompts_begin_anew_after_the_caller_has_said_something() -> None:
    call = listening_call()
    call.passes(SILENCE_SECONDS + len(REPROMPTS[0]) / RATE + 0.2)
    call.confirm()
    call.answered(REPLY)

    assert words(call.passes(len(REPLY) / RATE + SILENCE_SECONDS + 0.1)) == REPROMPTS[0]


def test_no_silence_is_counted_while_a_reply_is_awaited() -> None:
    call = listening_call()
    run = call.prompted()
    effects: list[Effect] = []
    for _ in range(30):
        effects += call.writes(run.started(), run.heartbeat()) + call.passes(0.5)

    assert words(effects) == ""


# Goodbyes


@pytest.mark.parametrize(
    "event", [Interrupted("Good"), Prompted("Wait!"), KeyPressed("1")], ids=str
)
def test_a_goodbye_because_of_silence_is_taken_back_when_the_caller_stirs(event: Event) -> None:
    call = leaving_for_silence()

    effects = call.happens(event) + call.passes(3.0)

    assert SendEnd() not in effects
    assert call.session.end_reason is None
    assert call.session.state in (State.LISTENING, State.THINKING)


def test_a_call_lasts_no_longer_than_it_may() -> None:
    call = new_call(agent(call_seconds=30.0))
    call.prompted()

    effects = call.passes(30.1)
    ended = call.passes(10.0)

    assert words(effects).endswith(GOODBYE)
    assert appended(ended)[-1] == Ended(EndReason.TOO_LONG)
    assert SendEnd() in ended


def test_a_reply_under_way_is_closed_and_cancelled_when_the_call_has_lasted_too_long() -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started(), run.chunk("Well, "))

    effects = call.happens(TimerFired(Timer.CALL))

    assert len(cancelled(effects)) == 1
    assert [(frame.token, frame.last) for frame in frames(effects)] == [("", True), (GOODBYE, True)]
    assert frames(call.writes(run.chunk("then"), run.finished())) == []
    assert not {Timer.TURN, Timer.WATCHDOG, Timer.SILENCE} & set(call.timers)


def test_a_call_that_is_too_long_while_it_says_goodbye_needs_no_second_goodbye() -> None:
    call = leaving_for_silence()

    effects = call.happens(TimerFired(Timer.CALL))

    assert words(effects) == ""
    assert appended(effects)[-1] == Ended(EndReason.SILENCE)


@pytest.mark.parametrize("event", [Prompted("Wait!"), KeyPressed("1")], ids=str)
def test_a_goodbye_because_of_the_time_is_not_taken_back(event: Event) -> None:
    call = listening_call()
    call.happens(TimerFired(Timer.CALL))

    effects = call.happens(event)

    assert asked(effects) == []
    assert SendEnd() in call.passes(5.0)


def test_a_caller_who_interrupts_a_goodbye_because_of_the_time_ends_the_call() -> None:
    call = listening_call()
    call.happens(TimerFired(Timer.CALL))

    effects = call.happens(Interrupted(""))

    assert SendEnd() in effects
    assert appended(effects)[-1] == Ended(EndReason.TOO_LONG)


def test_the_apology_and_phrases_are_kept_apart_from_the_words_before_them() -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started(), run.chunk("Well,"))

    effects = call.happens(TimerFired(Timer.TURN))

    assert words(effects) == f" {APOLOGY}"


# The end of the socket, and of our part


def test_a_normal_close_ends_the_call() -> None:
    call = answered()
    call.passes(1.65)

    effects = call.happens(SocketClosed(1000))

    assert appended(effects) == [Ended(EndReason.CALLER_HUNG_UP)]
    assert call.session.end_reason is EndReason.CALLER_HUNG_UP


@pytest.mark.parametrize("code", [1001, 1005, 1006, 1007, 1011, 1012])
def test_any_other_close_leaves_the_call_for_another_attachment(code: int) -> None:
    call = listening_call()
    call.prompted()

    effects = call.happens(SocketClosed(code))

    assert appended(effects) == [Detached(code)]
    assert len(cancelled(effects)) == 1
    assert call.session.end_reason is None
    assert call.session.state is State.ENDED


def test_a_socket_that_breaks_during_the_goodbye_leaves_the_call_to_go_on() -> None:
    call = leaving_for_silence()

    call.happens(SocketClosed(1006))

    assert call.session.state is State.ENDED
    assert call.session.end_reason is None


def test_an_attachment_that_has_lost_the_call_stops_at_once_and_writes_nothing() -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started(), run.chunk("At "))

    effects = call.happens(TakenOver())

    assert [effect for effect in effects if isinstance(effect, StopTimer)] == [
        StopTimer(timer) for timer in Timer
    ]
    assert effects[-2:] == [DropUnsent(), CloseSocket(1001)]
    assert len(effects) == len(Timer) + 2
    assert call.timers == {}


@pytest.mark.parametrize(
    "last", [TakenOver(), SocketClosed(1000), SocketClosed(1006)], ids=lambda event: str(event)
)
def test_after_the_end_nothing_that_happens_has_an_effect(last: Event) -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started(), run.chunk("At "))
    call.happens(last)

    events: list[Event] = [
        Prompted("Hello?"),
        Interrupted("At"),
        KeyPressed("1"),
        AgentSpeaking(on=False),
        CallerSpeaking(on=False),
        TokensPlayed("At"),
        WorkerWrote(run.chunk("nine.")),
        SocketClosed(1000),
        TakenOver(),
        *map(TimerFired, Timer),
    ]

    assert [call.happens(event) for event in events] == [[] for _ in events]
    assert call.confirm() == []


def test_a_prompt_before_the_goodbye_was_due_only_opens_its_turn() -> None:
    call = leaving_for_silence()

    effects = call.happens(Prompted("I am here."))

    assert only([e for e in appended(effects) if isinstance(e, CallerSpoke)]).turn == 1
    assert Timer.GOODBYE not in call.timers
