"""Which fault strikes when, and what it makes of callbacks."""

from __future__ import annotations

import random

import msgspec
import pytest

from twilio_emulator.rest.callbacks import Callback
from twilio_emulator.rest.disorder import Copy, Mailbag
from twilio_emulator.rest.faults import Fault, Faults


def faults(*given: Fault, at: float = 0.0, seed: int = 1) -> Faults:
    made = Faults(random.Random(seed).random)
    for fault in given:
        made.add(fault, at)
    return made


def strikes(made: Faults, times: int, now: float = 0.0, to: str | None = None) -> int:
    return sum(
        made.strike("slow", "error_placed", now=now, to=to) is not None for _ in range(times)
    )


def test_a_fault_strikes_so_many_times() -> None:
    assert strikes(faults(Fault(kind="slow", count=3)), 10) == 3


def test_a_fault_strikes_until_its_time_is_over() -> None:
    made = faults(Fault(kind="slow", for_seconds=5), at=10)

    assert strikes(made, 2, now=14.9) == 2
    assert strikes(made, 2, now=15.0) == 0


def test_a_fault_strikes_by_chance_and_the_same_seed_brings_the_same() -> None:
    runs = [strikes(faults(Fault(kind="slow", probability=0.2)), 1000) for _ in range(2)]

    assert runs[0] == runs[1]
    assert 150 < runs[0] < 250


def test_a_fault_of_one_number_leaves_the_others_alone() -> None:
    made = faults(Fault(kind="slow", to="+447700900101"))

    assert strikes(made, 1, to="+447700900102") == 0
    assert strikes(made, 1, to="+447700900101") == 1


def test_a_fault_of_a_range_of_numbers_leaves_the_others_alone() -> None:
    made = faults(Fault(kind="slow").only_to("+4477009001"))

    assert strikes(made, 1) == 0
    assert strikes(made, 1, to="+447700900201") == 0
    assert strikes(made, 1, to="+447700900101") == 1


def test_only_the_kinds_that_are_asked_for_strike() -> None:
    assert strikes(faults(Fault(kind="list_down")), 5) == 0


def test_faults_may_be_taken_back() -> None:
    made = faults()
    number = made.add(Fault(kind="slow"), 0)

    assert made.remove(number)
    assert not made.remove(number)
    assert strikes(made, 1) == 0


def test_a_fault_that_nobody_knows_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"kind": "earthquake"}', type=Fault)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"kind": "slow", "often": true}', type=Fault)


def status(name: str, number: int, last: bool = False) -> Callback:
    params = {"CallSid": "CA12", "CallStatus": name, "SequenceNumber": str(number)}
    return Callback(
        kind="status", url="https://a.example/status", method="POST", params=params, last=last
    )


AMD = Callback(kind="amd", url="https://a.example/amd", method="POST", params={"CallSid": "CA12"})


def sent(*disorder: str, url: str | None = None) -> list[Copy]:
    """What goes out of a whole call."""
    bag = Mailbag(disorder, url)
    news = [status("ringing", 0), status("in-progress", 1), AMD, status("completed", 2, True)]
    return [copy for callback in news for copy in bag.send(callback)]


def names(copies: list[Copy]) -> list[str]:
    return [copy.callback.params.get("CallStatus", "amd") for copy in copies]


@pytest.mark.parametrize(
    ("disorder", "expected"),
    [
        ((), ["ringing", "in-progress", "amd", "completed"]),
        (("reversed",), ["completed", "amd", "in-progress", "ringing"]),
        (("amd_after_completed",), ["ringing", "in-progress", "completed", "amd"]),
        (("contradictory",), ["ringing", "in-progress", "amd", "completed", "failed"]),
    ],
)
def test_callbacks_come_in_the_order_of_the_fault(
    disorder: tuple[str, ...], expected: list[str]
) -> None:
    assert names(sent(*disorder)) == expected


def test_the_contradiction_claims_to_be_later() -> None:
    assert sent("contradictory")[-1].callback.params["SequenceNumber"] == "3"


def test_a_repeated_callback_is_one_request_five_times() -> None:
    copies = sent("repeated")

    assert len(copies) == 20
    assert len({copy.token for copy in copies}) == 4


def test_the_loss_of_the_end_loses_nothing_else() -> None:
    assert [copy.lost for copy in sent("completed_lost")] == [False, False, False, True]


def test_forgeries_come_before_the_truth_and_claim_its_end() -> None:
    copies = sent("forged", "unsigned")

    assert [(copy.how, copy.callback.params["CallStatus"]) for copy in copies[:3]] == [
        ("unsigned", "completed"),
        ("forged", "completed"),
        ("signed", "ringing"),
    ]


def test_news_of_an_unknown_call_are_signed_and_go_where_they_are_wanted() -> None:
    unknown = sent("unknown_call", url="https://a.example/status?attempt=none")[1]

    assert unknown.how == "signed"
    assert unknown.callback.url.endswith("attempt=none")
    assert unknown.callback.params["CallSid"] == "CA21"
