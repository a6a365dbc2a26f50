"""Answering machines by Twilio's verdict: hung up on, left a message, or talked to."""

import pytest
from builders import (
    Call,
    agent,
    appended,
    asked,
    cancelled,
    frames,
    new_call,
    words,
)

from gateway.effects import (
    AgentSpeaking,
    CallerSpeaking,
    DropUnsent,
    Effect,
    Interrupted,
    MachineFound,
    Prompted,
    SendEnd,
)
from trunkline.agents import Opening, Phrases, Silence, Voicemail
from trunkline.events.call import (
    CallerInterrupted,
    Ended,
    EndReason,
    PhraseKind,
    PhraseSent,
)
from trunkline.outbound import OnMachine

MESSAGE = "Acme called."
START, BEEP = MachineFound("machine_start"), MachineFound("machine_end_beep")
HANGUP, MESSAGES, TALK = OnMachine.HANGUP, OnMachine.MESSAGE, OnMachine.TALK


def placed(on_machine: OnMachine, mode: str = "greet", message: str = MESSAGE) -> Call:
    """A call that was answered a moment ago."""
    whom = agent(
        opening=Opening(mode=mode),
        voicemail=Voicemail(phrases=("after the tone",)),
        phrases=Phrases(voicemail=message),
        silence=Silence(after_seconds=30.0),
    )
    greeting = "Hello, this is Acme." if mode == "greet" else ""
    call = new_call(whom, greeting=greeting, is_outbound=True, on_machine=on_machine)
    call.passes(0.5)
    return call


def ended(effects: list[Effect]) -> bool:
    return any(isinstance(effect, SendEnd) for effect in effects)


@pytest.mark.parametrize("mode", ["greet", "listen"])
@pytest.mark.parametrize("verdict", [START, BEEP, MachineFound("fax")])
def test_a_machine_that_nobody_wants_to_talk_to_is_hung_up_on_without_a_word(
    verdict: MachineFound, mode: str
) -> None:
    call = placed(HANGUP, mode)

    effects = call.happens(verdict)

    assert DropUnsent() in effects
    assert words(effects) == ""
    assert ended(effects)
    assert appended(effects)[-1] == Ended(EndReason.VOICEMAIL)


def test_what_the_agent_was_saying_to_a_machine_is_stopped_in_mid_sentence() -> None:
    call = placed(HANGUP)
    run = call.prompted("Hello?")
    call.writes(run.started(), run.chunk("Good morning. "))

    effects = call.happens(BEEP)

    assert len(cancelled(effects)) == 1
    assert ended(effects)
    assert words(call.writes(run.chunk("This is Acme."))) == ""


@pytest.mark.parametrize("mode", ["greet", "listen"])
@pytest.mark.parametrize("end", ["beep", "silence", "other"])
def test_a_machine_that_records_is_left_the_message_at_once(end: str, mode: str) -> None:
    call = placed(MESSAGES, mode)

    effects = call.happens(MachineFound(f"machine_end_{end}"))
    later = call.passes(2.0)

    assert words(effects).strip() == MESSAGE
    assert appended(effects)[-1] in (
        PhraseSent(0, 5, f" {MESSAGE}", PhraseKind.VOICEMAIL),
        PhraseSent(0, 0, MESSAGE, PhraseKind.VOICEMAIL),
    )
    assert ended(later)
    assert appended(later)[-1] == Ended(EndReason.VOICEMAIL)


def test_of_what_was_said_before_only_what_was_spoken_counts() -> None:
    call = placed(MESSAGES)

    assert appended(call.happens(START)) == [CallerInterrupted(0, "", 5, "")]


@pytest.mark.parametrize("mode", ["greet", "listen"])
def test_a_machine_that_still_greets_is_left_the_message_when_it_has_fallen_silent(
    mode: str,
) -> None:
    call = placed(MESSAGES, mode)
    call.happens(CallerSpeaking(on=True))

    during = call.happens(START) + call.happens(AgentSpeaking(on=False)) + call.passes(20.0)
    after = call.happens(CallerSpeaking(on=False)) + call.passes(2.1)

    assert words(during) == ""
    assert not ended(during)
    assert words(after).strip() == MESSAGE
    assert ended(call.passes(2.0))


def test_a_machines_words_are_the_end_of_its_greeting_and_ask_nothing() -> None:
    call = placed(MESSAGES)
    call.happens(START)

    effects = call.happens(Prompted("I am not here. Please leave your name."))

    assert asked(effects) == []
    assert words(effects).strip() == MESSAGE


def test_a_machine_of_which_nothing_is_heard_is_left_the_message_soon() -> None:
    call = placed(MESSAGES)

    assert words(call.happens(START) + call.passes(1.9)) == ""
    assert words(call.passes(0.2)).strip() == MESSAGE


def test_a_second_verdict_that_it_records_now_is_believed() -> None:
    call = placed(MESSAGES)
    call.happens(START)

    assert words(call.happens(BEEP)).strip() == MESSAGE


def test_a_machine_that_never_falls_silent_is_hung_up_on_after_a_minute() -> None:
    call = placed(MESSAGES)
    call.happens(CallerSpeaking(on=True))
    call.happens(START)

    assert not ended(call.passes(59.0))
    assert ended(call.passes(2.0))


def test_a_verdict_that_comes_twice_leaves_one_message() -> None:
    call = placed(MESSAGES)
    call.happens(BEEP)

    assert call.happens(BEEP) == []
    assert call.happens(MachineFound("machine_start")) == []


def test_a_message_that_the_machine_talks_over_is_left_again() -> None:
    call = placed(MESSAGES)
    call.happens(BEEP)
    call.happens(AgentSpeaking(on=True))
    call.happens(Interrupted("Acme"))
    call.happens(AgentSpeaking(on=False))

    again = call.happens(CallerSpeaking(on=False)) + call.passes(2.1)

    assert words(again).strip() == MESSAGE


@pytest.mark.parametrize("verdict", [START, BEEP])
def test_without_a_message_the_agent_hangs_up(verdict: MachineFound) -> None:
    call = placed(MESSAGES, message="")

    effects = call.happens(verdict) + call.passes(2.1)

    assert words(effects) == ""
    assert ended(effects)


def test_a_fax_is_left_no_message() -> None:
    effects = placed(MESSAGES).happens(MachineFound("fax"))

    assert words(effects) == ""
    assert ended(effects)


@pytest.mark.parametrize("on_machine", OnMachine)
@pytest.mark.parametrize("answered_by", ["human", "unknown", "", "something-new"])
def test_a_verdict_that_names_no_machine_changes_nothing(
    answered_by: str, on_machine: OnMachine
) -> None:
    assert placed(on_machine).happens(MachineFound(answered_by)) == []


@pytest.mark.parametrize("verdict", [START, BEEP])
def test_an_agent_that_talks_to_machines_goes_on(verdict: MachineFound) -> None:
    call = placed(TALK)

    assert call.happens(verdict) == []
    assert asked(call.happens(Prompted("Who is this?")))


def test_nobody_who_calls_us_is_a_machine() -> None:
    call = new_call(on_machine=HANGUP)

    assert call.happens(BEEP) == []


def test_a_verdict_to_a_call_that_is_ending_comes_too_late() -> None:
    call = placed(MESSAGES)
    call.passes(600.0)  # too long: it says goodbye

    assert frames(call.happens(BEEP)) == []


def test_a_machine_that_gives_itself_away_by_its_words_is_met_as_the_attempt_says() -> None:
    text = "Please speak after the tone."

    hung_up, left, talked = (
        placed(on_machine).happens(Prompted(text)) for on_machine in (HANGUP, MESSAGES, TALK)
    )

    assert (ended(hung_up), words(hung_up)) == (True, "")
    assert words(left).strip() == MESSAGE
    assert asked(talked)
