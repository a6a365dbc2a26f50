"""The form fields of the callbacks about a call. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twilio_emulator.rest.placed import TERMINAL, PlacedCall
from twilio_emulator.rest.progress import Tell, TellDetected
from twilio_emulator.rest.quirks import USUAL, RestQuirks
from twilio_emulator.rest.resources import rfc2822

MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One piece of news for the account's server."""

    kind: str
    """`status` or `amd`."""

    url: str
    method: str
    params: Mapping[str, str]
    last: bool = False
    """It tells of the call's end."""


def status_callback(
    call: PlacedCall, tell: Tell, at: float, quirks: RestQuirks = USUAL
) -> Callback | None:
    """The callback of an event, which takes the next sequence number; None if nobody asked."""
    request = call.request
    if request is None or request.status_callback is None or tell.event not in request.events:
        return None
    target = request.status_callback
    params = {
        **_about(call),
        "CallStatus": tell.status,
        "CallbackSource": "call-progress-events",
        "Timestamp": rfc2822(at) or "",
        "SequenceNumber": str(call.sequence),
    }
    call.sequence += 1
    if call.to.startswith("+1"):
        params["StirStatus"] = "A"
    if call.answered_by is not None:
        params["AnsweredBy"] = call.answered_by
    if tell.status in TERMINAL:
        params |= _ending(call)
        if quirks.no_sip_code:
            del params["SipResponseCode"]
    return Callback(
        kind="status",
        url=target.url,
        method=target.method,
        params=params,
        last=tell.event == "completed",
    )


def amd_callback(call: PlacedCall, verdict: TellDetected) -> Callback | None:
    """What asynchronous detection found out; None if nobody asked."""
    target = call.request.amd_callback if call.request else None
    if target is None:
        return None
    params = {
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "AnsweredBy": verdict.by,
        "MachineDetectionDuration": str(verdict.milliseconds),
    }
    return Callback(kind="amd", url=target.url, method=target.method, params=params)


def _about(call: PlacedCall) -> dict[str, str]:
    return {
        "AccountSid": call.account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "Called": call.to,
        "Caller": call.from_number,
        "Direction": call.direction,
        "From": call.from_number,
        "To": call.to,
    }


def _ending(call: PlacedCall) -> dict[str, str]:
    """`CallDuration` is in seconds, `Duration` in minutes begun."""
    seconds = call.duration or 0
    return {
        "CallDuration": str(seconds),
        "Duration": str(-(-seconds // MINUTE)),
        "SipResponseCode": str(call.sip_code or 200),
    }
