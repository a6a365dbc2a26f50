"""How a call begins and how it is brought to its end: who speaks first, machines, the warning."""

import pytest
from builders import (
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
    Effect,
    Interrupted,
    Prompted,
    SendEnd,
)
from trunkline.agents import Agent, Limits, Opening, Phrases, Relay, Silence, Voicemail
from trunkline.agents.part import Moment
from trunkline.events.call import Ended, EndReason, PhraseKind, PhraseSent

GREETING = "Hello, this is Acme."
DISCLOSURE = "I am a machine."
MESSAGE = "Acme called."
OPENING = f"{GREETING} {DISCLOSURE}"


def caller_agent(mode: str = "listen") -> Agent:
    return agent(
        greeting=GREETING,
        disclosure=DISCLOSURE,
        opening=Opening(mode=mode, listen_seconds=3.0),
        voicemail=Voicemail(phrases=("after the tone", "leave a message")),
        phrases=Phrases(voicemail=MESSAGE),
        silence=Silence(after_seconds=30.0),
    )


def outbound(mode: str = "listen") -> Call:
    return new_call(caller_agent(mode), greeting="", is_outbound=True)


def ended(effects: list[Effect]) -> bool:
    return any(isinstance(effect, SendEnd) for effect in effects)


def test_a_person_who_answers_is_greeted_when_they_have_spoken() -> None:
    call = outbound()

    effects = call.happens(Prompted("Hello?"))

    assert words(effects) == OPENING
    assert asked(effects) == []
    assert appended(effects)[-1] == PhraseSent(1, 0, OPENING, PhraseKind.GREETING)


def test_a_person_who_says_nothing_is_greeted_all_the_same() -> None:
    call = outbound()

    assert words(call.passes(2.9)) == ""
    assert words(call.passes(0.2)) == OPENING


@pytest.mark.parametrize(
    ("greeting", "others", "interruptible"),
    [
        ("none", "any", False),
        ("any", "none", True),
        ("any", "any", None),
        ("none", "none", None),
        ("dtmf", "any", None),
    ],
)
def test_a_greeting_that_we_speak_is_cut_off_as_one_that_twilio_speaks(
    greeting: Moment, others: Moment, interruptible: bool | None
) -> None:
    relay = Relay(welcome_greeting_interruptible=greeting, interruptible=others)
    model = caller_agent().model_copy(update={"relay": relay})
    call = new_call(model, greeting="", is_outbound=True)

    spoken = frames(call.happens(Prompted("Hello?")))
    run = call.prompted()
    reply = frames(call.writes(run.started(), run.chunk("Yes.")))

    assert [frame.interruptible for frame in spoken] == [interruptible]
    assert [frame.interruptible for frame in reply] == [None]


def test_the_greeting_waits_for_a_voice_that_has_begun() -> None:
    call = outbound()
    call.happens(CallerSpeaking(on=True))

    assert words(call.passes(9.0)) == ""
    call.happens(CallerSpeaking(on=False))
    assert words(call.passes(3.1)) == OPENING


def test_after_the_greeting_the_model_is_asked() -> None:
    call = outbound()
    call.happens(Prompted("Hello?"))

    request = only(asked(call.happens(Prompted("What is it about?"))))

    assert [message.text for message in request.history] == ["Hello?", OPENING, "What is it about?"]


def test_an_inbound_call_is_greeted_by_twilio_whatever_the_opening() -> None:
    call = new_call(caller_agent(), greeting=GREETING)

    assert words(call.passes(10.0)) == ""
    assert asked(call.happens(Prompted("Hello?")))


def test_an_answering_machine_is_left_a_message_and_no_conversation() -> None:
    call = outbound()

    effects = call.happens(Prompted("You have reached Ann. Please leave a MESSAGE after the tone."))
    later = call.passes(2.0)

    assert words(effects) == MESSAGE
    assert asked(effects) == []
    assert ended(later)
    assert appended(later)[-1] == Ended(EndReason.VOICEMAIL)


def test_a_machine_that_talks_over_the_message_is_told_it_again() -> None:
    call = outbound()
    call.happens(Prompted("Please leave a message."))
    call.happens(AgentSpeaking(on=True))

    cut = call.happens(Interrupted("Acme")) + call.happens(AgentSpeaking(on=False))
    again = call.happens(Prompted("Beep."))

    assert not ended(cut)
    assert words(again) == f" {MESSAGE}"
    assert ended(call.passes(2.0))


def test_a_machine_that_never_lets_us_finish_is_hung_up_on() -> None:
    call = outbound()
    call.happens(Prompted("Please leave a message."))

    effects: list[Effect] = []
    for _ in range(3):
        call.happens(Interrupted("Ac"))
        effects += call.happens(Prompted("Beep."))

    assert ended(effects)


def test_a_machine_is_recognised_by_its_second_utterance_and_never_later() -> None:
    call = outbound("greet")
    for text in ("Hello?", "Who is it?"):
        assert asked(call.happens(Prompted(text)))

    assert asked(call.happens(Prompted("Shall I leave a message for her?")))


def test_without_a_message_for_machines_the_agent_hangs_up_at_once() -> None:
    silent = caller_agent().model_copy(update={"phrases": Phrases()})
    call = new_call(silent, greeting="", is_outbound=True)

    assert ended(call.happens(Prompted("Please leave a message.")))


def test_nobody_who_calls_us_is_taken_for_a_machine() -> None:
    call = new_call(caller_agent(), greeting=GREETING)

    assert asked(call.happens(Prompted("I want to leave a message.")))


def warned_agent() -> Agent:
    limits = Limits(call_seconds=100.0, warning_seconds=20.0)
    phrases = Phrases(ending_soon="One minute left.", goodbye="Goodbye.")
    return agent(limits=limits, phrases=phrases, silence=Silence(after_seconds=200.0))


def test_the_caller_is_warned_before_the_call_is_too_long() -> None:
    call = new_call(warned_agent())

    assert words(call.passes(79.0)) == ""
    assert words(call.passes(2.0)) == " One minute left."
    assert words(call.passes(19.0)) == " Goodbye."


def test_the_warning_waits_for_the_reply_to_end() -> None:
    call = listening_call(warned_agent())
    call.passes(77.0)
    run = call.prompted()
    call.writes(run.started(), run.chunk("We open "))

    during = call.passes(0.9)
    after = call.writes(run.chunk("at nine."), run.finished())

    assert words(during) == ""
    assert words(after) == "at nine. One minute left."


def test_an_agent_without_a_warning_gives_none() -> None:
    call = new_call(agent(call_seconds=100.0, silence=Silence(after_seconds=200.0)))

    assert words(call.passes(99.0)) == ""
