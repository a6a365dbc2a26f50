"""Every turn is told once it is over: what was asked, said and heard, and how long it took."""

from builders import (
    GREETING,
    listening_call,
    new_call,
    only,
    resumed_call,
)

from gateway.effects import Effect, Interrupted, Prompted, SocketClosed, TakenOver, TellTurn
from trunkline.events.call import NO_EPOCH, EndCall, ToolStatus
from trunkline.events.turn import TurnFinished

REPLY = "We open at nine. We close at five."


def told(effects: list[Effect]) -> list[TurnFinished]:
    return [effect.turn for effect in effects if isinstance(effect, TellTurn)]


def ms(at: float) -> int:
    return round((at + 1_000_000.0) * 1000)


def test_the_greeting_is_told_when_the_caller_has_asked() -> None:
    greeting = only(told(new_call().happens(Prompted("When are you open?"))))

    assert (greeting.turn, greeting.said, greeting.heard) == (0, GREETING, GREETING)
    assert (greeting.asked_ms, greeting.first_words_ms, greeting.attempts) == (0, 0, 0)


def test_a_turn_is_told_when_the_next_one_begins() -> None:
    call = listening_call()
    asked_at = call.at
    run = call.prompted("When are you open?")
    call.passes(0.3)
    call.writes(run.started(), run.chunk(REPLY), run.finished())
    call.passes(0.5)

    turn = only(told(call.happens(Prompted("And on Sunday?"))))

    assert (turn.turn, turn.asked, turn.said, turn.heard) == (1, "When are you open?", REPLY, REPLY)
    assert (turn.attempts, turn.interrupted, turn.apologised) == (1, False, False)
    assert (turn.asked_ms, turn.first_words_ms) == (ms(asked_at), 300)
    assert turn.finished_ms == ms(call.at)


def test_what_the_caller_has_not_heard_is_told_as_unheard() -> None:
    call = listening_call()
    call.answered(REPLY)
    call.happens(Interrupted("We open at nine."))

    turn = only(told(call.happens(SocketClosed(1000))))

    assert (turn.said, turn.heard, turn.interrupted) == (REPLY, "We open at nine.", True)


def test_the_last_turn_is_told_when_the_call_ends_with_the_tools_it_used() -> None:
    call = listening_call()
    run = call.prompted("That is all.")
    call.writes(
        run.started(),
        run.intends("find_slot"),
        run.returned("none"),
        run.chunk("Goodbye."),
        run.requests(EndCall(), "use-2"),
        run.finished(),
    )

    turn = only(told(call.passes(5.0)))

    assert [(use.tool, use.status) for use in turn.uses] == [
        ("find_slot", ToolStatus.SUCCEEDED),
        ("end_call", ToolStatus.SUCCEEDED),
    ]


def test_a_turn_without_a_reply_is_told_as_one() -> None:
    call = listening_call()
    call.prompted()
    call.passes(30.0)

    assert any(turn.apologised for turn in told(call.happens(SocketClosed(1000))))


def test_after_a_lost_session_the_turn_before_the_last_is_told_for_want_of_another() -> None:
    call = listening_call()
    call.answered(REPLY)
    call.happens(Prompted("And on Sunday?"))

    resumed, _ = resumed_call(call.session.story)
    before, last = told(resumed.happens(SocketClosed(1000)))

    assert (before.turn, before.epoch, before.said) == (1, NO_EPOCH, REPLY)
    assert (last.turn, last.epoch > before.epoch) == (2, True)


def test_a_session_that_lost_its_call_tells_nothing_more() -> None:
    call = listening_call()
    call.answered(REPLY)

    assert told(call.happens(TakenOver())) == []
