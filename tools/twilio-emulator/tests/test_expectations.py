"""What a scenario may expect, and the sentences about what does not hold."""

from __future__ import annotations

import pytest

from twilio_emulator.events import (
    AgentPlayed,
    AgentSpoke,
    CallEnded,
    CallerSpoke,
    Event,
    KeyPressed,
    LanguagesSet,
    PassedOn,
    SessionClosed,
    SessionOpened,
    TokenArrived,
    VerbRun,
    WebhookAnswered,
)
from twilio_emulator.expectations import holds, unmet
from twilio_emulator.ledger import CallLedger
from twilio_emulator.scenario import Expect

HANDED = '{"reason":"human","details":{"order":"A1","urgent":true}}'

EVENTS: list[Event] = [
    SessionOpened(0.0, "VX1", "wss://a", "Welcome to the shop."),
    LanguagesSet(0.0, "en-US", "en-US"),
    CallerSpoke(1.0, 1, "Español, por favor", "en-US"),
    LanguagesSet(1.1, "es-MX", "es-MX"),
    TokenArrived(1.2, 1, "Claro, dígame.", True, "es-MX"),
    AgentSpoke(2.0, 1, "Claro, dígame.", "Claro, dígame.", 1.2, "finished", "text", ("es-MX",)),
    AgentPlayed(2.0, 1, "https://a.example/jingle.mp3"),
    AgentSpoke(4.0, 1, "https://a.example/jingle.mp3", "", 2.0, "finished", "play"),
    AgentSpoke(5.0, 1, "12w3", "12w3", 4.0, "finished", "keys"),
    CallerSpoke(6.0, 2, "A human, please", "es-MX"),
    SessionClosed(6.5, "VX1", "ended", 6.5, handoff_data=HANDED),
    WebhookAnswered(6.6, "action", "http://a", {"SessionStatus": "ended"}, 200, 1, 0.1, ""),
    VerbRun(6.7, "Say", "One moment"),
    VerbRun(6.8, "Dial", "+15005550486", ("+15005550486",)),
    PassedOn(7.0, "Dial", "busy", False, 0.0),
    VerbRun(7.1, "Enqueue", "WW1", ("WW1",), {"reason": "human", "tier": 2}),
    PassedOn(8.0, "Enqueue", "bridged", True, 1.0),
    KeyPressed(8.5, "1"),
    CallEnded(9.0, "transfer", "after it was passed on, no TwiML was left"),
]


def ledger() -> CallLedger:
    made = CallLedger()
    for event in EVENTS:
        made.add(event)
    return made


@pytest.mark.parametrize(
    "expect",
    [
        Expect(),
        Expect(said="welcome to the shop"),
        Expect(said="claro"),
        Expect(spoken_lang="es-MX", language="es-MX"),
        Expect(played="jingle", keys_heard="123"),
        Expect(handoff={"reason": "human"}),
        Expect(handoff={"details": {"urgent": True}}),
        Expect(verbs=("Say", "Enqueue"), transfer="bridged"),
        Expect(transferred_to="+15005550486"),
        Expect(transferred_to="WW1", task={"tier": 2}),
        Expect(ended_by="transfer", ends_within_seconds=0.5, action_called="ended"),
        Expect(turns=2, sessions=1, interrupts=0),
    ],
)
def test_what_holds_is_not_complained_about(expect: Expect) -> None:
    assert unmet(expect, ledger()) == []


@pytest.mark.parametrize(
    ("expect", "complaint"),
    [
        (Expect(contains="claro"), "the reply does not contain 'claro': ''"),
        (Expect(said="goodbye"), "the agent never said 'goodbye'"),
        (Expect(lang="en-US"), "the reply is not in en-US, but None"),
        (Expect(spoken_lang="en-US"), "what was heard last is not in en-US, but es-MX"),
        (Expect(language="en-US"), "the agent speaks es-MX, not en-US"),
        (Expect(played="siren"), "'siren' was not played, but ['https://a.example/jingle.mp3']"),
        (Expect(keys_heard="12"), "the keys heard are '123', not '12'"),
        (Expect(handoff={"reason": "fax"}), "nothing was handed over with {'reason': 'fax'}"),
        (Expect(handoff={"details": {"order": "B2"}}), "nothing was handed over with"),
        (Expect(verbs=("Enqueue", "Dial")), "the verbs Enqueue, Dial did not run in this order"),
        (Expect(transferred_to="+1"), "the call was not passed on to +1, but ['+15005550486',"),
        (Expect(task={"tier": 3}), "there was no task with {'tier': 3}, but [{'reason'"),
        (Expect(transfer="busy"), "the transfer was not busy: ['busy', 'bridged']"),
        (Expect(ended_by="caller"), "the call was ended by transfer, not by the caller"),
        (Expect(ends_within_seconds=0.4), "the call ended after 0.5 s, not 0.4"),
        (Expect(heard_contains="Claro"), "'Claro' was not heard: ''"),
        (Expect(first_token_within_ms=9), "the first token took None ms, not 9"),
    ],
)
def test_what_does_not_hold_is_told_in_a_sentence(expect: Expect, complaint: str) -> None:
    [told] = unmet(expect, ledger())

    assert told.startswith(complaint)


def test_an_empty_ledger_holds_nothing_of_it() -> None:
    expect = Expect(said="x", spoken_lang="en", language="en", handoff={}, task={}, transfer="busy")

    assert len(unmet(expect, CallLedger())) == 6


@pytest.mark.parametrize("handed", ["", "not JSON", "[1]", "[" * 100_000])
def test_handed_over_data_may_be_anything(handed: str) -> None:
    made = ledger()
    made.closed = [SessionClosed(1.0, "VX1", "ended", 1.0, handoff_data=handed)]

    assert len(unmet(Expect(handoff={"reason": "human"}), made)) == 1


def test_objects_may_hold_more_than_expected_and_lists_may_not() -> None:
    assert holds({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3})
    assert not holds({"a": {"b": 1}}, {"a": 1})
    assert not holds([1], [1, 2])
