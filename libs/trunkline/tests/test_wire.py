"""Every event survives the wire, and every dataclass has the fields of its message."""

from dataclasses import fields
from enum import IntEnum
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.errors import Invalid
from trunkline.events import call, commands, dial, intelligence, lifecycle, turn, twilio
from trunkline.events._pb import call_pb2
from trunkline.events.wire import (
    decode_callback,
    decode_capacity,
    decode_command,
    decode_dial,
    decode_interrupt,
    decode_lifecycle,
    decode_notification,
    decode_prompt,
    decode_record,
    decode_turn,
    encode_callback,
    encode_capacity,
    encode_command,
    encode_dial,
    encode_interrupt,
    encode_lifecycle,
    encode_notification,
    encode_prompt,
    encode_record,
    encode_turn,
    message_of,
)

text = st.text(max_size=20)
count = st.integers(0, 2**31)
for kind in (str, int):
    st.register_type_strategy(kind, text if kind is str else count)

events = st.one_of([st.from_type(kind) for kind in get_args(call.CallEvent)])
records = st.builds(call.CallRecord, event=events)
EVERY_TYPE = [
    *get_args(call.CallEvent),
    *get_args(call.Action),
    *get_args(turn.Prompt),
    *get_args(lifecycle.Lifecycle),
    *get_args(twilio.CallbackEvent),
    *get_args(dial.DialNews),
    dial.DialEvent,
    commands.MachineAnswered,
    turn.ToolCall,
    turn.TurnFinished,
    intelligence.Notification,
    turn.ToolUse,
    call.CallRecord,
    call.Timings,
    call.Usage,
    turn.Message,
    turn.TurnCancelled,
    turn.TurnRef,
    twilio.Callback,
    twilio.Capacity,
]


@given(records)
def test_a_call_record_survives_the_wire(record: call.CallRecord) -> None:
    assert decode_record(encode_record(record)) == record


@given(st.one_of(st.from_type(turn.TurnRequested), st.from_type(turn.CallOpened)))
def test_a_prompt_survives_the_wire(event: turn.Prompt) -> None:
    assert decode_prompt(encode_prompt(event)) == event


@given(st.from_type(turn.TurnCancelled))
def test_an_interrupt_survives_the_wire(event: turn.TurnCancelled) -> None:
    assert decode_interrupt(encode_interrupt(event)) == event


@given(st.one_of([st.from_type(kind) for kind in get_args(lifecycle.Lifecycle)]))
def test_what_becomes_of_a_call_survives_the_wire(event: lifecycle.Lifecycle) -> None:
    assert decode_lifecycle(encode_lifecycle(event)) == event


@given(
    st.builds(
        twilio.Callback,
        event=st.one_of([st.from_type(kind) for kind in get_args(twilio.CallbackEvent)]),
    )
)
def test_what_twilio_tells_survives_the_wire(callback: twilio.Callback) -> None:
    assert decode_callback(encode_callback(callback)) == callback


@given(st.from_type(twilio.Capacity))
def test_a_gateways_capacity_survives_the_wire(capacity: twilio.Capacity) -> None:
    assert decode_capacity(encode_capacity(capacity)) == capacity


@given(st.from_type(commands.MachineAnswered))
def test_a_command_survives_the_wire(event: commands.Command) -> None:
    assert decode_command(encode_command(event)) == event


@given(
    st.builds(
        dial.DialEvent, event=st.one_of([st.from_type(kind) for kind in get_args(dial.DialNews)])
    )
)
def test_what_becomes_of_a_campaign_survives_the_wire(event: dial.DialEvent) -> None:
    assert decode_dial(encode_dial(event)) == event


@given(st.from_type(turn.TurnFinished))
def test_a_finished_turn_survives_the_wire(finished: turn.TurnFinished) -> None:
    assert decode_turn(encode_turn(finished)) == finished


@given(st.from_type(intelligence.Notification))
def test_a_notification_survives_the_wire(notification: intelligence.Notification) -> None:
    assert decode_notification(encode_notification(notification)) == notification


@pytest.mark.parametrize("kind", EVERY_TYPE, ids=lambda kind: kind.__name__)
def test_a_dataclass_has_the_fields_of_its_message(kind: type) -> None:
    ours = {field.name.rstrip("_") for field in fields(kind)}
    descriptor = message_of(kind).DESCRIPTOR
    theirs = {
        field.containing_oneof.name if field.containing_oneof else field.name
        for field in descriptor.fields
    }

    assert ours == theirs


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (call.PhraseKind, call_pb2.PhraseKind),
        (call.EndReason, call_pb2.EndReason),
        (call.FailureReason, call_pb2.FailureReason),
    ],
)
def test_an_enum_has_the_numbers_of_its_contract(ours: type[IntEnum], theirs: object) -> None:
    names = {name.split("_", 2)[2]: number for name, number in theirs.items()}  # type: ignore[attr-defined]  # generated

    assert {member.name: member.value for member in ours} == names


@given(st.binary(min_size=1, max_size=60))
def test_bytes_that_are_no_record_are_invalid_and_nothing_else(data: bytes) -> None:
    try:
        decode_record(data)
    except Invalid:
        return


def test_an_event_of_a_newer_version_is_invalid() -> None:
    without_event = call_pb2.CallRecord(call_sid="CA1").SerializeToString()

    with pytest.raises(Invalid, match="no event"):
        decode_record(without_event)


def test_a_number_of_a_newer_version_is_unspecified() -> None:
    ended = call_pb2.CallRecord(ended=call_pb2.Ended(reason=99))  # type: ignore[arg-type]  # not one of ours

    assert decode_record(ended.SerializeToString()).event == call.Ended(call.EndReason.UNSPECIFIED)
