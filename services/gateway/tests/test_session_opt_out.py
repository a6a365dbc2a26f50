"""Who asks by key or by words not to be called any more: noted, confirmed, and goodbye."""

import pytest
from builders import (
    ATTEMPT,
    CALL_SID,
    EPOCH,
    TENANT,
    THEIR_NUMBER,
    Call,
    agent,
    announced,
    appended,
    asked,
    cancelled,
    new_call,
    only,
    words,
)

from gateway.effects import Announced, Effect, KeyPressed, Prompted, SendEnd, SocketClosed
from trunkline.agents import Opening, OptOutRule, Phrases, Silence
from trunkline.events.call import ActionDone, Ended, EndReason, OptOut
from trunkline.events.lifecycle import CallEnded, OptOutRequested

OPTED_OUT = "We will not call again."
PRESSED, SAID = KeyPressed("9"), Prompted("Take me OFF your list!")


def placed(mode: str = "greet", call_seconds: float = 600.0) -> Call:
    whom = agent(
        opening=Opening(mode=mode),
        opt_out=OptOutRule(phrases=("take me off your list",)),
        phrases=Phrases(opted_out=OPTED_OUT, goodbye="Goodbye."),
        silence=Silence(after_seconds=20.0, reprompts=()),
        call_seconds=call_seconds,
    )
    greeting = "Hello, this is Acme." if mode == "greet" else ""
    return new_call(whom, greeting=greeting, is_outbound=True, opt_out_key="9")


def wish(turn: int) -> OptOutRequested:
    return OptOutRequested(TENANT, CALL_SID, EPOCH, THEIR_NUMBER, "receptionist", turn, ATTEMPT)


def ended(effects: list[Effect]) -> bool:
    return any(isinstance(effect, SendEnd) for effect in effects)


@pytest.mark.parametrize("mode", ["greet", "listen"])
@pytest.mark.parametrize(("event", "turn"), [(PRESSED, 0), (SAID, 1)])
def test_a_wish_is_told_at_once_confirmed_when_the_books_have_it_and_ends_the_call(
    event: KeyPressed | Prompted, turn: int, mode: str
) -> None:
    call = placed(mode)

    told = call.happens(event)
    confirmed = call.happens(Announced())
    later = call.passes(10.0)

    assert announced(told) == [wish(turn)]
    assert asked(told) == []
    assert words(told) == ""
    assert words(confirmed).strip() == OPTED_OUT
    assert ActionDone(turn, "", OptOut()) in appended(confirmed)
    assert not ended(confirmed)
    assert ended(later)
    assert appended(later)[-1] == Ended(EndReason.AGENT_ENDED)


def test_nothing_is_promised_before_the_books_have_it() -> None:
    call = placed()
    call.happens(PRESSED)

    assert words(call.passes(15.0)) == ""
    assert words(call.happens(Announced())).strip() == OPTED_OUT


def test_a_wish_that_the_books_have_not_is_told_again_until_they_have() -> None:
    call = placed()
    call.happens(PRESSED)

    for _ in range(3):
        call.happens(Announced(failed=True))
        assert announced(call.passes(1.1)) == [wish(0)]
    assert words(call.happens(Announced())).strip() == OPTED_OUT


def test_the_reply_that_is_being_given_is_not_finished() -> None:
    call = placed()
    run = call.prompted("Who is this?")
    call.writes(run.started(), run.chunk("This is Acme. "))

    effects = call.happens(PRESSED)

    assert len(cancelled(effects)) == 1
    assert words(call.writes(run.chunk("We have an offer."), run.finished())) == ""
    assert words(call.happens(Announced())).strip() == OPTED_OUT


def test_whoever_asks_something_meanwhile_is_answered_by_the_confirmation() -> None:
    call = placed()
    call.happens(PRESSED)
    call.prompted("And who are you?")

    effects = call.happens(Announced())

    assert len(cancelled(effects)) == 1
    assert words(effects).strip() == OPTED_OUT
    assert ended(call.passes(10.0))


def test_a_key_within_a_number_is_a_digit_of_it() -> None:
    call = placed()

    assert announced(call.presses("49")) == []


def test_without_a_key_for_it_the_key_means_nothing() -> None:
    call = new_call(is_outbound=True)

    assert announced(call.presses("9")) == []


def test_a_wish_in_the_goodbye_is_noted_and_confirmed_before_the_end() -> None:
    call = placed(call_seconds=10.0)
    call.passes(9.5)
    call.happens(Prompted("Hello?"))
    call.passes(0.6)

    told = call.happens(PRESSED)
    confirmed = call.happens(Announced())

    assert only(announced(told)) == wish(1)
    assert words(confirmed).strip() == OPTED_OUT
    assert appended(call.passes(20.0))[-1] == Ended(EndReason.TOO_LONG)


@pytest.mark.parametrize("code", [1000, 1006])
def test_a_wish_of_which_nothing_is_known_when_the_socket_ends_is_told_again_before_the_end(
    code: int,
) -> None:
    call = placed()
    call.happens(PRESSED)
    call.happens(Announced(failed=True))

    told = announced(call.happens(SocketClosed(code)))

    assert told[0] == wish(0)
    assert [type(event) for event in told[1:]] == ([CallEnded] if code == 1000 else [])


def test_a_caller_may_opt_out_by_words_too() -> None:
    whom = agent(opt_out=OptOutRule(phrases=("take me off your list",)))

    effects = new_call(whom).happens(SAID)

    assert only(announced(effects)).number == THEIR_NUMBER  # type: ignore[union-attr]
