"""The verbs that end a call or pass it on, as Twilio reads them."""

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.verbs import (
    MAX_SAY,
    MAX_TASK,
    hang_up,
    nothing,
    say_and_hang_up,
    task_attributes,
    transfer_answer,
)
from trunkline.agents import Dial, Enqueue, TransferTo

ACTION = "https://voice.example.com/twilio/voice/dial-action/abc"
ASKED = {"action": f"{ACTION}#rc=3&rp=all&ct=1000", "method": "POST"}
WORKFLOW = "WW" + "0" * 32


def verb_of(text: str) -> ElementTree.Element:
    (verb,) = ElementTree.fromstring(text)
    return verb


def dialled(**dial: object) -> ElementTree.Element:
    to = TransferTo(about="People.", dial=Dial.model_validate(dial))
    return verb_of(transfer_answer(to, "{}", ACTION))


def enqueued(task: str = "{}", **enqueue: object) -> ElementTree.Element:
    to = TransferTo(about="People.", enqueue=Enqueue.model_validate(enqueue))
    return verb_of(transfer_answer(to, task, ACTION))


def test_words_can_be_said_before_the_call_is_ended() -> None:
    response = ElementTree.fromstring(say_and_hang_up("Sorry & goodbye.", "en-GB"))

    say, hangup = response
    assert (say.tag, say.attrib, say.text) == ("Say", {"language": "en-GB"}, "Sorry & goodbye.")
    assert (hangup.tag, hangup.attrib) == ("Hangup", {})


def test_words_of_no_one_language_are_said_in_twilios_own() -> None:
    say, _ = ElementTree.fromstring(say_and_hang_up("Sorry.", "multi"))

    assert say.attrib == {}


def test_no_more_is_said_than_twilio_takes() -> None:
    say, _ = ElementTree.fromstring(say_and_hang_up("x" * 10_000, "en-US"))

    assert len(say.text or "") == MAX_SAY


@given(st.text())
def test_no_word_can_make_the_answer_unreadable(words: str) -> None:
    say, _ = ElementTree.fromstring(say_and_hang_up(words, "en-US"))

    assert set(say.text or "") <= {*words, "\n"}


def test_a_call_can_be_ended_or_left_alone() -> None:
    assert [child.tag for child in ElementTree.fromstring(hang_up())] == ["Hangup"]
    assert list(ElementTree.fromstring(nothing())) == []


def test_a_call_is_passed_on_to_a_number() -> None:
    dial = dialled(number="+15005550111", timeout_seconds=40, caller_id="+15005550100")

    assert dial.tag == "Dial"
    assert dial.attrib == {
        **ASKED,
        "timeout": "40",
        "callerId": "+15005550100",
        "answerOnBridge": "true",
    }
    assert [(noun.tag, noun.attrib, noun.text) for noun in dial] == [("Number", {}, "+15005550111")]


def test_the_callers_own_number_is_shown_where_no_other_is_set() -> None:
    assert dialled(number="+15005550111").attrib == {
        **ASKED,
        "timeout": "25",
        "answerOnBridge": "true",
    }


def test_a_call_is_passed_on_to_a_sip_address() -> None:
    dial = dialled(number="sip:desk@example.com;transport=tls")

    assert [(noun.tag, noun.attrib, noun.text) for noun in dial] == [
        ("Sip", {}, "sip:desk@example.com;transport=tls")
    ]


def test_a_call_is_passed_on_to_a_queue() -> None:
    enqueue = enqueued(queue="Front & Back")

    assert (enqueue.tag, enqueue.attrib, enqueue.text) == ("Enqueue", ASKED, "Front & Back")
    assert list(enqueue) == []


def test_a_call_is_passed_on_to_a_workflow() -> None:
    task = task_attributes({"reason": 'asked for "Ann"'}, {"skill": "billing"})
    enqueue = enqueued(task, workflow_sid=WORKFLOW, priority=5, timeout_seconds=90)

    (noun,) = enqueue
    assert (enqueue.tag, enqueue.attrib) == ("Enqueue", {**ASKED, "workflowSid": WORKFLOW})
    assert (enqueue.text or "").strip() == ""
    assert (noun.tag, noun.attrib) == ("Task", {"priority": "5", "timeout": "90"})
    assert json.loads(noun.text or "") == {"reason": 'asked for "Ann"', "skill": "billing"}


def test_a_task_has_no_priority_and_no_timeout_that_the_agent_does_not_set() -> None:
    (noun,) = enqueued(workflow_sid=WORKFLOW)

    assert noun.attrib == {}


def test_a_priority_of_zero_is_one() -> None:
    (noun,) = enqueued(workflow_sid=WORKFLOW, priority=0)

    assert noun.attrib == {"priority": "0"}


@pytest.mark.parametrize("name", ["reason", "language", "call_sid"])
def test_what_is_said_of_the_call_is_not_for_the_agent_file_to_say(name: str) -> None:
    call = {"call_sid": "CA1", "language": "en-US", "reason": "billing"}

    assert json.loads(task_attributes(call, {name: "forged", "skill": "x"})) == {
        **call,
        "skill": "x",
    }


def test_an_attribute_that_does_not_fit_is_left_out_whole() -> None:
    attributes = {"long": "x" * MAX_TASK, "skill": "billing"}

    assert json.loads(task_attributes({"reason": "r"}, attributes)) == {
        "reason": "r",
        "skill": "billing",
    }


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=2000), max_size=6))
def test_a_task_is_bounded_json_that_survives_the_document(attributes: dict[str, str]) -> None:
    task = task_attributes({"call_sid": "CA1"}, attributes)
    (noun,) = enqueued(task, workflow_sid=WORKFLOW)

    assert len(task) <= MAX_TASK
    assert noun.text == task
    assert {"call_sid": "CA1", **attributes}.items() >= json.loads(task).items() - {
        ("call_sid", attributes.get("call_sid"))
    }
