"""How an answering machine is known, and how often it is left a message."""

import pytest
from builders import agent, attached, attachment, record
from rooms import ASKED

from gateway.effects import StartTimer, Timer
from gateway.machines import (
    MACHINE_SECONDS,
    MACHINE_SILENCE_SECONDS,
    MAX_MESSAGES_LEFT,
    VERDICT_SECONDS,
    Machine,
)
from gateway.scribe import Scribe
from gateway.story import tell
from trunkline.agents import Voicemail
from trunkline.events.call import PhraseKind, PhraseSent
from trunkline.outbound import OnMachine

WHOM = agent(voicemail=Voicemail(phrases=("after the tone",)))
TONE = "Speak after the tone."


def machine(
    on_machine: OnMachine = OnMachine.MESSAGE,
    *,
    is_outbound: bool = True,
    detects_machines: bool = False,
) -> tuple[Machine, Scribe]:
    me = attachment(
        is_outbound=is_outbound, on_machine=on_machine, detects_machines=detects_machines
    )
    story = tell([record(attached("")), record(ASKED, 2)])
    scribe = Scribe(me, WHOM, story, written=2)
    return Machine(scribe, WHOM), scribe


@pytest.mark.parametrize(
    ("on_machine", "is_outbound", "found"),
    [
        (OnMachine.MESSAGE, True, True),
        (OnMachine.HANGUP, True, True),
        (OnMachine.TALK, True, False),
        (OnMachine.MESSAGE, False, False),
    ],
)
def test_a_machine_is_looked_for_where_it_would_change_something(
    on_machine: OnMachine, is_outbound: bool, found: bool
) -> None:
    answered, _ = machine(on_machine, is_outbound=is_outbound)

    assert answered.is_found("machine_start") is found
    assert answered.is_heard_in(TONE) is found


@pytest.mark.parametrize("answered_by", ["human", "unknown", ""])
def test_a_verdict_that_names_no_machine_finds_none(answered_by: str) -> None:
    assert not machine()[0].is_found(answered_by)


def test_a_machine_that_was_left_a_message_is_no_news() -> None:
    answered, _ = machine()
    answered.count_message()

    assert not answered.is_found("machine_end_beep")


@pytest.mark.parametrize(
    ("on_machine", "answered_by", "ready"),
    [
        (OnMachine.MESSAGE, "machine_start", False),
        (OnMachine.MESSAGE, "machine_end_beep", True),
        (OnMachine.MESSAGE, "machine_end_silence", True),
        (OnMachine.HANGUP, "machine_start", True),
    ],
)
def test_a_greeting_is_waited_for_by_who_leaves_a_message(
    on_machine: OnMachine, answered_by: str, ready: bool
) -> None:
    assert machine(on_machine)[0].is_ready(answered_by) is ready


def test_a_message_is_left_so_often_and_no_more() -> None:
    answered, _ = machine()
    takes = []
    for _ in range(MAX_MESSAGES_LEFT + 1):
        takes.append(answered.takes_more)
        answered.count_message()

    assert takes == [True] * MAX_MESSAGES_LEFT + [False]


def test_a_greeting_and_the_silence_after_it_have_their_time() -> None:
    answered, scribe = machine()
    answered.await_greeting()
    answered.await_silence()

    assert scribe.take_effects() == [
        StartTimer(Timer.GOODBYE, MACHINE_SECONDS),
        StartTimer(Timer.OPENING, MACHINE_SILENCE_SECONDS),
    ]


@pytest.mark.parametrize(
    ("on_machine", "is_outbound", "detects_machines", "judged"),
    [
        (OnMachine.MESSAGE, True, True, True),
        (OnMachine.HANGUP, True, True, True),
        (OnMachine.MESSAGE, True, False, False),
        (OnMachine.TALK, True, True, False),
        (OnMachine.MESSAGE, False, True, False),
    ],
)
def test_a_verdict_is_awaited_where_one_comes_and_matters(
    on_machine: OnMachine, is_outbound: bool, detects_machines: bool, judged: bool
) -> None:
    answered, _ = machine(on_machine, is_outbound=is_outbound, detects_machines=detects_machines)

    assert answered.is_to_be_judged is judged


def test_a_verdict_is_awaited_once_and_for_a_moment() -> None:
    answered, scribe = machine(detects_machines=True)
    answered.await_verdict()

    assert scribe.take_effects() == [StartTimer(Timer.OPENING, VERDICT_SECONDS)]
    assert answered.holds_greeting
    assert not answered.is_to_be_judged


def test_a_verdict_that_has_come_is_not_awaited() -> None:
    answered, _ = machine(detects_machines=True)
    answered.is_found("human")

    assert not answered.is_to_be_judged


def test_a_greeting_is_held_until_it_is_said() -> None:
    answered, scribe = machine(detects_machines=True)
    before = answered.holds_greeting
    answered.await_verdict()
    scribe.append(PhraseSent(1, 0, "Hello.", PhraseKind.GREETING))

    assert not before
    assert not answered.holds_greeting
