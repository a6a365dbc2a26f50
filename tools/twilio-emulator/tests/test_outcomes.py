"""Who is behind a number, and what a queue comes to."""

from __future__ import annotations

import pytest

from twilio_emulator.outcomes import Callee, Callees, Queue, callee, queue, ring
from twilio_emulator.verbs import Dial, Leg


def dial(*numbers: str, ring_seconds: float = 30.0, most_seconds: float = 3600.0) -> Dial:
    legs = tuple(Leg("number", number) for number in numbers)
    return Dial(legs, ring_seconds=ring_seconds, most_seconds=most_seconds)


@pytest.mark.parametrize(
    ("number", "does"),
    [
        ("+15005550001", "answer"),
        ("+15005550486", "busy"),
        ("+15005550480", "no-answer"),
        ("+15005550404", "failed"),
        ("sip:desk@a.example", "answer"),
    ],
)
def test_a_number_that_ends_in_a_sip_status_behaves_like_it(number: str, does: str) -> None:
    assert callee({}, number).does == does


def test_the_plan_s_longest_fitting_end_decides_before_the_usual_ones() -> None:
    callees: Callees = {"": Callee(talk_seconds=9.0), "0009": "busy", "9": "failed"}

    assert callee(callees, "+15005550009").does == "busy"
    assert callee(callees, "+15005550019").does == "failed"
    assert callee(callees, "+15005550486").talk_seconds == 9.0


def test_the_first_who_answers_gets_the_call() -> None:
    callees: Callees = {"1": "busy", "2": Callee(ring_seconds=3.0), "3": Callee(ring_seconds=2.0)}

    rung = ring(dial("+1", "+2", "+3"), callees)

    assert (rung.status, rung.leg.address, rung.ring_seconds) == ("completed", "+3", 2.0)


def test_when_nobody_answers_the_last_to_give_up_tells() -> None:
    callees: Callees = {"1": Callee("busy", 0.1), "2": Callee("no-answer", 60.0)}

    rung = ring(dial("+1", "+2", ring_seconds=20.0), callees)

    assert (rung.status, rung.ring_seconds, rung.talk_seconds) == ("no-answer", 20.0, 0.0)


def test_who_answers_after_the_timeout_does_not_answer_and_nobody_talks_past_the_limit() -> None:
    late: Callees = {"": Callee(ring_seconds=40.0)}
    long: Callees = {"": Callee(talk_seconds=100.0)}

    assert ring(dial("+1"), late).status == "no-answer"
    assert ring(dial("+1", most_seconds=5.0), long).talk_seconds == 5.0


def test_a_queue_bridges_unless_it_is_told_otherwise() -> None:
    full = Queue("queue-full")

    assert queue({}, "support").result == "bridged"
    assert queue({"": "leave", "support": full}, "support") is full
    assert queue({"": "leave"}, "WW1") == Queue("leave")
