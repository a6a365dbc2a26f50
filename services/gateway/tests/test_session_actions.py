"""What the model does with the call: after its words, once, and only in the current turn."""

import pytest
from builders import (
    CALL_SID,
    EPOCH,
    GOODBYE,
    REPROMPTS,
    SILENCE_SECONDS,
    TENANT,
    Call,
    Run,
    agent,
    appended,
    asked,
    frames,
    listening_call,
    only,
    resumed_call,
    words,
)

from gateway.effects import (
    AgentSpeaking,
    Announce,
    Announced,
    Effect,
    Interrupted,
    KeyPressed,
    PressDigits,
    Prompted,
    SendEnd,
    StartSound,
)
from gateway.handoff import decode_handoff
from gateway.session import State
from trunkline.agents import Agent, Dial, Enqueue, Sound, TransferTo
from trunkline.events.call import (
    Action,
    ActionDone,
    EndCall,
    Ended,
    EndReason,
    FailureReason,
    OptOut,
    PhraseKind,
    PhraseSent,
    PlaySound,
    SendDigits,
    SwitchLanguage,
    Transfer,
)
from trunkline.events.lifecycle import OptOutRequested

TRANSFERS = {
    "desk": TransferTo(
        about="People.", dial=Dial(number="+15005550111"), phrases=("a person",), key="0"
    ),
    "billing": TransferTo(about="Bills.", enqueue=Enqueue(queue="bills")),
}
PUTTING_THROUGH = "One moment, I am putting you through."
OPTED_OUT = "We will not call you again."


def able_agent() -> Agent:
    return agent(transfers=TRANSFERS, sounds={"bell": "https://sounds.example/bell.mp3"})


def ends(effects: list[Effect]) -> list[SendEnd]:
    return [effect for effect in effects if isinstance(effect, SendEnd)]


def in_reply(*texts: str, model: Agent | None = None) -> tuple[Call, Run]:
    call = listening_call(model or able_agent())
    run = call.prompted()
    call.writes(run.started(), *map(run.chunk, texts))
    return call, run


def test_the_call_is_ended_when_the_models_goodbye_has_been_heard() -> None:
    call, run = in_reply("Bye.")

    at_once = call.writes(run.requests(EndCall("all done"), "use-1"), run.finished())
    later = call.passes(0.5)

    assert ends(at_once) == []
    assert ends(later) == [SendEnd()]
    assert appended(later)[-2:] == [
        ActionDone(1, "use-1", EndCall("all done")),
        Ended(EndReason.AGENT_ENDED),
    ]


def test_a_model_that_ends_the_call_without_a_word_lets_the_agent_say_goodbye() -> None:
    call, run = in_reply()

    effects = call.writes(run.requests(EndCall()), run.finished())

    assert words(effects) == GOODBYE
    assert ends(call.passes(1.0)) == [SendEnd()]


def test_a_caller_who_cuts_the_goodbye_off_keeps_the_call() -> None:
    call, run = in_reply("Goodbye and thank you.")
    call.writes(run.requests(EndCall()), run.finished())

    effects = call.happens(Interrupted("Good")) + call.happens(Prompted("Wait!"))

    assert only(asked(effects)).ref.turn == 2
    assert ends(call.passes(2.0)) == []
    assert not [event for event in appended(effects) if isinstance(event, ActionDone)]


def test_an_action_of_a_reply_that_fails_is_not_done() -> None:
    call, run = in_reply("Bye.")

    call.writes(run.requests(EndCall()), run.failed(FailureReason.MODELS_FAILED))

    assert call.session.state is State.LISTENING
    assert ends(call.passes(4.0)) == []


def test_a_worker_that_dies_after_ending_the_call_has_ended_it() -> None:
    call, run = in_reply("Bye.")
    call.writes(run.requests(EndCall()))

    effects = call.passes(0.6) + call.confirm() + call.passes(0.6)

    assert asked(effects) == []
    assert ends(effects + call.passes(1.0)) == [SendEnd()]


def test_a_call_is_passed_on_with_its_destination_and_reason() -> None:
    call, run = in_reply("I will connect you.")

    call.writes(run.requests(Transfer("desk", "wants a person"), "use-1"), run.finished())
    effects = call.passes(3.0)

    handoff = decode_handoff(only(ends(effects)).handoff)
    assert handoff is not None
    assert (handoff.destination, handoff.reason) == ("desk", "wants a person")
    assert appended(effects)[-2:] == [
        ActionDone(1, "use-1", Transfer("desk", "wants a person")),
        Ended(EndReason.TRANSFERRED),
    ]


def test_a_transfer_without_words_is_announced() -> None:
    call, run = in_reply()

    effects = call.writes(run.requests(Transfer("billing")), run.finished())

    assert words(effects) == PUTTING_THROUGH
    assert ends(call.passes(5.0))


def test_a_destination_that_the_agent_does_not_have_brings_the_apology() -> None:
    call, run = in_reply()

    effects = call.writes(run.requests(Transfer("moon")), run.finished())

    assert call.session.state is State.LISTENING
    assert words(effects) != ""
    assert ends(call.passes(4.0)) == []


@pytest.mark.parametrize("event", [Prompted("Give me a PERSON."), Prompted("a person, please")])
def test_a_phrase_of_the_caller_passes_the_call_on(event: Prompted) -> None:
    call = listening_call(able_agent())

    effects = call.happens(event)

    assert asked(effects) == []
    assert words(effects) == PUTTING_THROUGH
    assert only(ends(call.passes(5.0))).handoff != ""


def test_a_key_passes_the_call_on_even_in_mid_reply() -> None:
    call, run = in_reply("We open ")

    effects = call.happens(KeyPressed("0"))

    assert words(effects) == PUTTING_THROUGH
    assert call.writes(run.chunk("at nine.")) == []
    assert ends(call.passes(6.0))


def test_a_call_that_nobody_took_is_gone_on_with() -> None:
    call, run = in_reply("I will connect you.")
    call.writes(run.requests(Transfer("desk")), run.finished())
    call.passes(3.0)

    resumed, effects = resumed_call(call.session.story, able_agent(), came_back=True)

    assert words(effects) == " I am sorry, nobody could take the call. What else can I do for you?"
    request = only(asked(resumed.happens(Prompted("Then tell me the hours."))))
    assert [use.tool for use in request.uses] == ["transfer"]


@pytest.mark.parametrize(
    ("action", "sent"),
    [
        (SendDigits("1w2"), PressDigits("1w2")),
        (PlaySound("bell"), StartSound("https://sounds.example/bell.mp3")),
    ],
)
def test_keys_and_sounds_come_after_the_words_before_them(action: Action, sent: Effect) -> None:
    call, run = in_reply("Listen.")

    effects = call.writes(run.requests(action, "use-1"))

    frame, *rest = [effect for effect in effects if effect in (*frames(effects), sent)]
    assert (frame, rest) == (frames(effects)[0], [sent])
    assert appended(effects) == [ActionDone(1, "use-1", action)]


def test_a_sound_is_played_as_the_agent_has_it_for_as_long_as_it_lasts() -> None:
    jingle = Sound(
        url="https://a.example/j", loop=2, seconds=7.0, interruptible=False, preemptible=True
    )
    call, run = in_reply("Listen.", model=agent(sounds={"jingle": jingle}))

    effects = call.writes(run.requests(PlaySound("jingle"), "use-1"), run.finished())

    assert StartSound("https://a.example/j", 2, True, False) in effects
    assert words(call.passes(14.0 + SILENCE_SECONDS)) == ""
    assert words(call.passes(3.0)) == f" {REPROMPTS[0]}"


def test_a_sound_that_the_agent_does_not_have_is_not_played() -> None:
    call, run = in_reply("Listen.")

    assert not [
        e for e in call.writes(run.requests(PlaySound("gong"))) if isinstance(e, StartSound)
    ]


def test_a_wish_not_to_be_called_is_confirmed_once_the_books_have_it() -> None:
    call, run = in_reply("I see. ")

    effects = call.writes(run.requests(OptOut(), "use-1"), run.finished())
    assert [effect for effect in effects if isinstance(effect, Announce)] == [
        Announce(OptOutRequested(TENANT, CALL_SID, EPOCH, "+15005550006", "receptionist", 1))
    ]
    assert words(effects) == ""

    confirmed = call.happens(Announced())
    assert words(confirmed) == OPTED_OUT
    assert appended(confirmed) == [
        ActionDone(1, "use-1", OptOut()),
        PhraseSent(1, 7, OPTED_OUT, PhraseKind.OPTED_OUT),
    ]


def test_a_wish_that_the_bus_refuses_is_announced_again() -> None:
    call, run = in_reply("I see.")
    call.writes(run.requests(OptOut()), run.finished())

    call.happens(Announced(failed=True))
    again = call.passes(1.1)

    assert [effect for effect in again if isinstance(effect, Announce)]
    assert words(call.happens(Announced())) == f" {OPTED_OUT}"


def test_the_confirmation_waits_for_the_reply_to_end() -> None:
    call, run = in_reply("I see. ")
    call.writes(run.requests(OptOut()))

    assert words(call.happens(Announced())) == ""
    assert words(call.writes(run.chunk("Anything else? "), run.finished())) == (
        f"Anything else? {OPTED_OUT}"
    )


def test_what_was_done_travels_with_the_next_question() -> None:
    call, run = in_reply("Hold on. ")
    call.writes(run.requests(SwitchLanguage("en-US"), "use-3"), run.finished())
    call.happens(AgentSpeaking(on=False))

    (use,) = only(asked(call.happens(Prompted("And now?")))).uses

    assert (use.use_id, use.tool, use.result) == ("use-3", "switch_language", "done")
    assert use.arguments == '{"language":"en-US"}'
