"""The form of one request to place a call: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trunkline.outbound import OutboundUrls

EVENTS = ("initiated", "ringing", "answered", "completed")

Form = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class CallRequest:
    """One call as Twilio is asked for it. The numbers are E.164, and secret."""

    to: str = field(repr=False)
    from_: str = field(repr=False)
    urls: OutboundUrls = field(repr=False)
    ring_seconds: int
    talk_seconds: int
    detects_machines: bool = False
    awaits_beep: bool = False
    """Whether the verdict on a machine waits for the end of its greeting: to leave a message."""


def form_of(request: CallRequest) -> Form:
    """The fields as Twilio names them, each one that we rely on written out.

    Detection is asynchronous: else whoever answers hears nothing while Twilio listens.
    """
    form: dict[str, str | Sequence[str]] = {
        "To": request.to,
        "From": request.from_,
        "Url": request.urls.twiml,
        "Method": "POST",
        "StatusCallback": request.urls.status,
        "StatusCallbackMethod": "POST",
        "StatusCallbackEvent": EVENTS,
        "Timeout": str(request.ring_seconds),
        "TimeLimit": str(request.talk_seconds),
    }
    if request.detects_machines:
        form |= {
            "MachineDetection": "DetectMessageEnd" if request.awaits_beep else "Enable",
            "AsyncAmd": "true",
            "AsyncAmdStatusCallback": request.urls.amd,
            "AsyncAmdStatusCallbackMethod": "POST",
        }
    return form
