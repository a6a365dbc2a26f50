"""Nothing is cut off that is being spoken, and nothing waits for ever for Twilio's word."""

import pytest
from builders import (
    GOODBYE,
    GREETING,
    RATE,
    REPROMPTS,
    SILENCE_SECONDS,
    Call,
    agent,
    appended,
    asked,
    frames,
    listening_call,
    new_call,
    only,
    words,
)

from gateway.effects import (
    AgentSpeaking,
    CallerSpeaking,
    Interrupted,
    KeyPressed,
    Prompted,
    SendEnd,
    TokensPlayed,
)
from gateway.session import State
from trunkline.agents import (
    Dial,
    Filler,
    Keypad,
    Language,
    Relay,
    Switch,
    TransferTo,
    Words,
)
from trunkline.events.call import (
    CallerInterrupted,
    EndCall,
    KeysPressed,
    PhraseKind,
    PhraseSent,
    PlaySound,
    SendDigits,
    Spoken,
    Transfer,
)

FAREWELL = "Thank you very much for your call, and have a nice day."
DESK = TransferTo(about="People.", dial=Dial(number="+15005550111"), phrases=("a person",), key="0")


def ended(effects: object) -> bool:
    return any(isinstance(effect, SendEnd) for effect in effects)  # type: ignore[attr-defined]  # a list of effects


def leaving(call: Call, text: str = FAREWELL) -> None:
    """The model says goodbye and ends the call."""
    run = call.prompted("That is all.")
    call.writes(run.started(), run.chunk(text), run.requests(EndCall()), run.finished())


# The goodbye


def test_a_goodbye_that_is_spoken_slowly_is_waited_for_while_it_goes_on() -> None:
    call = listening_call()
    leaving(call)

    for word in FAREWELL.split(" "):
        assert not ended(call.passes(1.5))
        call.happens(TokensPlayed(word + " "))

    assert call.session.state is State.ENDED


def test_a_word_of_twilios_that_comes_late_does_not_end_what_was_sent_since() -> None:
    call = listening_call(agent(filler=Filler(after_seconds=0.5, phrases=("One moment.",))))
    run = call.prompted("That is all.")
    call.writes(run.started())
    call.passes(0.6)
    call.happens(AgentSpeaking(on=True))
    call.writes(run.chunk(FAREWELL), run.requests(EndCall()), run.finished())

    late = call.happens(AgentSpeaking(on=False)) + call.passes(0.5)
    call.happens(AgentSpeaking(on=True))

    assert not ended(late + call.passes(3.0))
    assert ended(call.happens(AgentSpeaking(on=False)) + call.passes(2.0))


@pytest.mark.parametrize(
    ("action", "seconds"), [(PlaySound("bell"), 9.0), (SendDigits("wwww1wwww2"), 4.0)]
)
def test_sounds_and_keys_are_over_before_the_call_is(action: object, seconds: float) -> None:
    call = listening_call(agent(sounds={"bell": "https://sounds.example/bell.mp3"}))
    run = call.prompted("Press one, please.")
    call.writes(run.started(), run.requests(action, "use-1"))  # type: ignore[arg-type]  # an Action
    call.writes(run.requests(EndCall(), "use-2"), run.finished())

    assert not ended(call.passes(seconds))
    assert ended(call.passes(10.0))


def test_speech_that_cannot_be_interrupted_ends_before_the_call_is_passed_on() -> None:
    call = listening_call(agent(transfers={"desk": DESK}))
    call.answered("We open at nine in the morning.")

    announced = call.happens(KeyPressed("0"))

    assert words(announced) == " One moment, I am putting you through."
    assert not ended(call.passes(5.0))
    assert ended(call.passes(4.0))


def test_nobody_is_asked_whether_they_are_there_while_the_agent_speaks() -> None:
    call = listening_call()
    call.answered("We open at nine in the morning, every day of the week.")
    call.happens(AgentSpeaking(on=True))
    run = call.prompted("And on Sunday?")
    call.writes(run.started(), run.chunk("Yes."), run.finished())

    assert words(call.passes(SILENCE_SECONDS + 2.0)) == ""


# Being put through


@pytest.mark.parametrize("event", [Interrupted("I will"), Prompted("Okay.")])
def test_a_caller_who_says_okay_is_put_through_all_the_same(event: object) -> None:
    call = listening_call(agent(transfers={"desk": DESK}))
    run = call.prompted("Somebody who knows, please.")
    call.writes(run.started(), run.chunk("I will put you through."))
    call.writes(run.requests(Transfer("desk"), "use-1"), run.finished())

    effects = call.happens(event)  # type: ignore[arg-type]  # an Event
    effects += call.happens(Prompted("Okay.")) + call.passes(3.0)

    assert asked(effects) == []
    assert only([effect for effect in effects if isinstance(effect, SendEnd)]).handoff


# What Twilio never says


def test_a_voice_that_is_never_said_to_end_is_not_believed_for_ever() -> None:
    call = listening_call()
    call.answered("At nine.")
    call.happens(AgentSpeaking(on=True))

    assert words(call.passes(60.0)).strip().startswith(REPROMPTS[0])


def test_a_caller_who_is_never_said_to_have_ceased_is_asked_in_the_end() -> None:
    call = listening_call()
    call.happens(CallerSpeaking(on=True))

    assert words(call.passes(59.0)) == ""
    assert words(call.passes(SILENCE_SECONDS + 2.0)).strip() == REPROMPTS[0]


def test_silence_is_counted_after_a_filler_that_nothing_followed() -> None:
    filler = Filler(after_seconds=0.5, every_seconds=60.0, phrases=("One moment.",))
    call = listening_call(agent(filler=filler, sounds={"bell": "https://sounds.example/b.mp3"}))
    run = call.prompted("Ring the bell.")
    call.writes(run.started())
    call.passes(0.6)
    call.writes(run.requests(SendDigits("1")), run.finished())

    assert words(call.passes(SILENCE_SECONDS + 3.0)).startswith(REPROMPTS[0])


# What was heard


def test_what_the_caller_heard_is_looked_for_in_the_utterance_at_hand() -> None:
    call = listening_call()
    call.answered("In the morning we are open. ")
    call.passes(len("In the morning we are open. ") / RATE + SILENCE_SECONDS + 0.2)
    call.confirm()

    effects = call.happens(Interrupted("A"))

    heard = [event for event in appended(effects) if isinstance(event, CallerInterrupted)]
    assert only(heard).through > len("In the morning we are open. ")


def test_an_interrupt_takes_back_nothing_that_twilio_has_reported() -> None:
    call = listening_call()
    call.answered("We open at nine. We close at five.")
    call.happens(TokensPlayed("We open at nine. "))

    effects = call.happens(Interrupted(""))

    heard = [event for event in appended(effects) if isinstance(event, CallerInterrupted)]
    assert only(heard).through == len("We open at nine. ")


def test_an_agent_whose_disclosure_was_cut_off_says_it_after_its_first_reply() -> None:
    polite = agent(disclosure="I am a machine.")
    call = new_call(polite, greeting="Welcome to the clinic. I am a machine.")
    call.passes(1.0)
    call.happens(Interrupted("Welcome to"))

    run = call.prompted("When do you open?")
    effects = call.writes(run.started(), run.chunk("At nine."), run.finished())

    assert words(effects) == "At nine. I am a machine."
    assert appended(effects)[-1] == PhraseSent(1, 8, " I am a machine.", PhraseKind.DISCLOSURE)


def test_a_disclosure_that_may_not_be_cut_off_says_so_when_it_is_said_again() -> None:
    relay = Relay(welcome_greeting_interruptible="none")
    call = new_call(agent(disclosure="I am a machine.", relay=relay))
    call.happens(Interrupted("Welc"))

    run = call.prompted()
    effects = call.writes(run.started(), run.chunk("Yes."), run.finished())

    said = [(frame.token, frame.interruptible) for frame in frames(effects) if frame.token]
    assert said == [("Yes.", None), (" I am a machine.", False)]


def test_a_disclosure_that_was_heard_is_said_once() -> None:
    call = new_call(agent(disclosure="Hi."), greeting="Welcome. Hi.")
    call.passes(2.0)
    call.happens(Interrupted("Welcome. Hi."))

    run = call.prompted("When do you open?")
    assert words(call.writes(run.started(), run.chunk("At nine."), run.finished())) == "At nine."


# Keys


def test_a_finish_key_that_comes_twice_is_one() -> None:
    call = listening_call()
    request = only(asked(call.presses("12#")))

    doubled = call.presses("#")

    assert (asked(doubled), appended(doubled)) == ([], [])
    assert request.history[-1].keys == "12"


def test_a_stray_key_does_not_replace_a_reply_that_has_not_begun() -> None:
    call = listening_call(agent(keypad=Keypad(timeout_seconds=2.0)))
    call.presses("12#")
    call.confirm()

    assert [request.ref.turn for request in asked(call.presses("7") + call.passes(2.5))] in (
        [],
        [1],
        [1, 1],
    )


def test_keys_that_passed_a_call_on_are_no_part_of_what_comes_after() -> None:
    call = listening_call(agent(transfers={"desk": DESK}))
    call.presses("0")
    call.passes(5.0)

    assert call.session.story.pending_keys == ""


def test_keys_pressed_while_the_call_is_ending_are_not_kept() -> None:
    call = listening_call()
    leaving(call)

    assert [event for event in appended(call.presses("5")) if isinstance(event, KeysPressed)] == []


def test_a_language_chosen_in_mid_reply_is_that_of_the_rest_of_it() -> None:
    languages = (Language(code="en-US"), Language(code="es-US", switch=Switch(key="2")))
    call = listening_call(agent(languages=languages))
    run = call.prompted()
    call.writes(run.started(), run.chunk("We open "))

    effects = call.presses("2")

    request = only(asked(effects))
    assert (request.language, request.spoken_prefix) == ("es-US", "We open ")
    assert call.writes(run.chunk("at nine.")) == []


def test_words_keep_the_language_they_were_asked_for_in() -> None:
    call = listening_call(
        agent(
            languages=(
                Language(code="en-US"),
                Language(code="es-US", words=Words(greeting="Hola.")),
            )
        )
    )
    run = call.prompted()

    assert [f.language for f in frames(call.writes(run.started(), run.chunk("At nine.")))] == [
        "en-US"
    ]


def test_words_say_that_they_may_not_be_replaced_where_the_twiml_lets_all_be() -> None:
    call = listening_call(agent(relay=Relay(preemptible=True)))
    run = call.prompted()

    assert [f.preemptible for f in frames(call.writes(run.started(), run.chunk("Yes.")))] == [False]


def test_a_slow_language_is_spoken_at_its_own_pace() -> None:
    call = listening_call(agent(languages=(Language(code="ja-JP", speaking_rate=2.0),)))
    call.passes(len(GREETING) / 2.0)
    call.answered("はい。そうです。")
    call.confirm()

    assert [e for e in appended(call.passes(1.0)) if isinstance(e, Spoken)] == []
    assert [e for e in appended(call.passes(1.0)) if isinstance(e, Spoken)] == [Spoken(1, 3)]


def test_the_goodbye_of_a_silent_caller_is_said_and_the_call_ended() -> None:
    call = listening_call()

    effects = call.passes(3 * SILENCE_SECONDS + 20.0)

    assert words(effects).endswith(GOODBYE)
    assert ended(effects)
