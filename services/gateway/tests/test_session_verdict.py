"""An agent that lets the other side speak first, and Twilio's verdict about who that is."""

import pytest
from builders import Call, agent, asked, new_call, words

from gateway.effects import CallerSpeaking, Effect, KeyPressed, MachineFound, Prompted, SendEnd
from trunkline.agents import Opening, Phrases, Silence, Voicemail
from trunkline.outbound import OnMachine

GREETING, MESSAGE = "Hello, this is Acme.", "Acme called."
HELLO, HUMAN = Prompted("Hello?"), MachineFound("human")
START, BEEP = MachineFound("machine_start"), MachineFound("machine_end_beep")


def placed(
    *,
    detects_machines: bool = True,
    on_machine: OnMachine = OnMachine.MESSAGE,
    mode: str = "listen",
) -> Call:
    whom = agent(
        greeting=GREETING,
        opening=Opening(mode=mode, listen_seconds=3.0),
        voicemail=Voicemail(phrases=("after the tone",)),
        phrases=Phrases(voicemail=MESSAGE),
        silence=Silence(after_seconds=30.0),
    )
    return new_call(
        whom,
        greeting="" if mode == "listen" else GREETING,
        is_outbound=True,
        on_machine=on_machine,
        detects_machines=detects_machines,
    )


def ended(effects: list[Effect]) -> bool:
    return any(isinstance(effect, SendEnd) for effect in effects)


@pytest.mark.parametrize("verdict", [HUMAN, MachineFound("unknown")])
def test_whoever_speaks_first_is_greeted_once_they_are_known_to_be_no_machine(
    verdict: MachineFound,
) -> None:
    call = placed()

    assert words(call.happens(HELLO)) == ""
    assert words(call.happens(verdict)) == GREETING
    assert words(call.passes(5.0)) == ""


def test_a_verdict_that_is_late_is_not_waited_for_long() -> None:
    call = placed()
    call.happens(HELLO)

    assert words(call.passes(1.4)) == ""
    assert words(call.passes(0.2)) == GREETING
    assert words(call.happens(HUMAN)) == ""


def test_a_verdict_that_was_there_first_is_not_waited_for() -> None:
    call = placed()
    call.happens(HUMAN)

    assert words(call.happens(HELLO)) == GREETING


def test_somebody_who_speaks_again_is_greeted_at_once() -> None:
    call = placed()
    call.happens(HELLO)

    effects = call.happens(Prompted("Who is there?"))

    assert words(effects) == GREETING
    assert asked(effects) == []
    assert asked(call.happens(Prompted("What is it about?")))


def test_nobody_who_goes_on_speaking_is_cut_in_on() -> None:
    call = placed()
    call.happens(HELLO)
    call.happens(CallerSpeaking(on=True))

    assert words(call.passes(8.0)) == ""
    call.happens(CallerSpeaking(on=False))
    assert words(call.passes(1.6)) == GREETING


def test_a_machine_is_left_its_message_and_no_greeting() -> None:
    call = placed()
    call.happens(Prompted("You have reached Ann."))

    said = words(call.happens(BEEP) + call.passes(5.0))

    assert said.strip() == MESSAGE


def test_a_machine_that_still_greets_is_not_greeted_back() -> None:
    call = placed()
    call.happens(Prompted("You have reached Ann."))

    said = words(call.happens(START) + call.passes(10.0))

    assert said.strip() == MESSAGE


def test_a_machine_that_is_to_be_hung_up_on_hears_nothing() -> None:
    call = placed(on_machine=OnMachine.HANGUP)

    effects = call.happens(Prompted("You have reached Ann.")) + call.happens(START)

    assert words(effects) == ""
    assert ended(effects)


def test_whoever_says_nothing_is_greeted_without_a_verdict() -> None:
    call = placed()

    assert words(call.passes(3.1)) == GREETING


def test_whoever_presses_a_key_meanwhile_is_past_the_greeting() -> None:
    call = placed()
    call.happens(HELLO)
    for _ in range(2):
        call.happens(KeyPressed("5"))
        call.passes(6.0)

    assert words(call.happens(HUMAN)) == ""


@pytest.mark.parametrize(
    ("detects_machines", "on_machine"), [(False, OnMachine.MESSAGE), (True, OnMachine.TALK)]
)
def test_where_no_verdict_comes_or_matters_none_is_waited_for(
    detects_machines: bool, on_machine: OnMachine
) -> None:
    call = placed(detects_machines=detects_machines, on_machine=on_machine)

    assert words(call.happens(HELLO)) == GREETING


def test_an_agent_that_speaks_first_waits_for_no_verdict() -> None:
    """Whoever answers would hear nothing for seconds."""
    call = placed(mode="greet")
    call.passes(3.0)

    assert asked(call.happens(HELLO))
