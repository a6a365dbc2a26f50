"""Twilio's forms about placed calls, whatever is in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.reports import status_of, verdict_of
from trunkline.errors import Invalid
from trunkline.events.twilio import Callback, MachineJudged, StatusReported
from trunkline.events.wire import decode_callback, encode_callback


def test_a_status_is_told_with_all_its_fields() -> None:
    form = {"CallSid": "CA1", "CallStatus": "completed", "SequenceNumber": "3", "New": ""}

    assert status_of(form) == StatusReported("completed", 3, form)


def test_a_verdict_is_told_with_all_its_fields() -> None:
    form = {"CallSid": "CA1", "AnsweredBy": "machine_start", "MachineDetectionDuration": "2800"}

    assert verdict_of(form) == MachineJudged("machine_start", 2800, form)


@pytest.mark.parametrize("read", [status_of, verdict_of])
def test_a_form_that_names_no_call_is_invalid(read: object) -> None:
    assert callable(read)
    for form in ({}, {"CallSid": ""}):
        with pytest.raises(Invalid, match="names no call"):
            read(form)


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "²", " 1"])
def test_a_number_that_is_none_counts_as_not_given(text: str) -> None:
    form = {"CallSid": "CA1", "SequenceNumber": text, "MachineDetectionDuration": text}

    assert status_of(form).sequence == -1
    assert verdict_of(form).detection_ms == 0


@given(
    fields=st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=5),
    number=st.text("0123456789", max_size=30) | st.text(max_size=5),
)
def test_whatever_twilio_sends_fits_into_a_record(fields: dict[str, str], number: str) -> None:
    form = {
        **fields,
        "CallSid": "CA1",
        "SequenceNumber": number,
        "MachineDetectionDuration": number,
    }

    for event in (status_of(form), verdict_of(form)):
        callback = Callback("acme", "attempt", "AC1", "CA1", 1, event)
        assert decode_callback(encode_callback(callback)) == callback
