"""Twilio's forms about calls that were placed, as events; pure."""

from collections.abc import Callable, Mapping

from trunkline.errors import Invalid
from trunkline.events.twilio import CallbackEvent, MachineJudged, StatusReported

MAX_NUMBER = 2**31 - 1  # what the contract's fields hold

Form = Mapping[str, str]
Read = Callable[[Form], CallbackEvent]


def status_of(form: Form) -> StatusReported:
    """A call progress event. Raises `Invalid` if it names no call."""
    sequence = _number(form.get("SequenceNumber", ""), -1)
    return StatusReported(form.get("CallStatus", ""), sequence, _named(form))


def verdict_of(form: Form) -> MachineJudged:
    """A verdict of answering machine detection. Raises `Invalid` if it names no call."""
    took = _number(form.get("MachineDetectionDuration", ""), 0)
    return MachineJudged(form.get("AnsweredBy", ""), took, _named(form))


def _named(form: Form) -> Form:
    if not form.get("CallSid"):
        raise Invalid("The form names no call.")
    return form


def _number(text: str, otherwise: int) -> int:
    return min(int(text), MAX_NUMBER) if text.isascii() and text.isdigit() else otherwise
