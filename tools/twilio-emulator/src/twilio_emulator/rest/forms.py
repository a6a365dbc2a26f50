"""What a request to create or change a call asks for, checked as Twilio checks it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from twilio_emulator.rest.errors import ApiError, invalid

Form = Mapping[str, Sequence[str]]
"""Form fields as they came; some may be given more than once."""

CallEvent = Literal["initiated", "ringing", "answered", "completed"]
Detection = Literal["Enable", "DetectMessageEnd"]

MAX_TWIML = 4000
MAX_URL = 4000
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
DIGITS = re.compile(r"[0-9#*wWA-D]{1,32}")
RANGES = {
    "MachineDetectionTimeout": (3, 59),
    "MachineDetectionSpeechThreshold": (1000, 6000),
    "MachineDetectionSpeechEndThreshold": (500, 5000),
    "MachineDetectionSilenceTimeout": (2000, 10_000),
}
URLS = {
    "Url": (21205, "Url is not a valid URL"),
    "FallbackUrl": (21205, "FallbackUrl is not a valid URL"),
    "StatusCallback": (21609, "The StatusCallback is not a valid URL"),
    "AsyncAmdStatusCallback": (21609, "The AsyncAmdStatusCallback is not a valid URL"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where news or questions go."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """Where a call's TwiML comes from: written out, or to be asked for."""

    twiml: str | None = None
    voice: Webhook | None = None
    fallback: Webhook | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """A call that is to be placed."""

    to: str
    from_number: str
    instructions: Instructions
    status_callback: Webhook | None = None
    events: frozenset[CallEvent] = frozenset({"completed"})
    ring_seconds: int = 60
    max_seconds: int = 14_400
    detection: Detection | None = None
    detection_seconds: int = 30
    async_amd: bool = False
    amd_callback: Webhook | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUpdate:
    """A change of a call that is queued or live."""

    status: Literal["canceled", "completed"] | None = None
    instructions: Instructions | None = None


def read_create(form: Form, applications: Mapping[str, str]) -> CallRequest:
    """The call that a form asks for; raises `ApiError`. `applications` are voice URLs by AP sid."""
    to, from_number = _first(form, "To"), _first(form, "From")
    if not to:
        raise invalid(21201, "No 'To' number is specified")
    if not from_number:
        raise invalid(21213, "No 'From' number is specified")
    if not NUMBER.fullmatch(to):
        raise invalid(21211, "Invalid 'To' Phone Number")
    if not NUMBER.fullmatch(from_number):
        raise invalid(21212, "Invalid 'From' Phone Number")
    application = _first(form, "ApplicationSid")
    callbacks = {} if application else form  # Twilio passes them over, and uses the application's
    return CallRequest(
        to=to,
        from_number=from_number,
        instructions=_instructions(form, applications, application),
        status_callback=_webhook(callbacks, "StatusCallback", "StatusCallbackMethod"),
        events=_events(callbacks),
        ring_seconds=_number(form, "Timeout", 60, 1, 600),
        max_seconds=_number(form, "TimeLimit", 14_400, 1, 86_400),
        detection=None if _digits(form) else _detection(form),
        detection_seconds=_ranges(form).get("MachineDetectionTimeout", 30),
        async_amd=_first(form, "AsyncAmd").lower() == "true",
        amd_callback=_webhook(form, "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod"),
    )


def read_update(form: Form) -> CallUpdate:
    """The change that a form asks for; raises `ApiError`."""
    status = _first(form, "Status")
    if status not in ("", "canceled", "completed"):
        raise invalid(20001, "Status must be 'canceled' or 'completed'")
    chosen: Literal["canceled", "completed"] | None = None
    if status:
        chosen = "canceled" if status == "canceled" else "completed"
    if not (_first(form, "Url") or _first(form, "Twiml")):
        return CallUpdate(status=chosen)
    if _first(form, "Url") and _first(form, "Twiml"):
        raise invalid(20001, "Url and Twiml are mutually exclusive")
    return CallUpdate(status=chosen, instructions=_instructions(form, {}, ""))


def _instructions(form: Form, applications: Mapping[str, str], application: str) -> Instructions:
    if application:
        if application not in applications:
            raise invalid(21218, "Invalid ApplicationSid")
        return Instructions(voice=Webhook(url=applications[application]))
    voice = _webhook(form, "Url", "Method")
    twiml = _first(form, "Twiml")
    if len(twiml) > MAX_TWIML:
        raise invalid(32018, f"Twiml must not be longer than {MAX_TWIML} characters")
    if voice is None and not twiml:
        raise invalid(21205, "One of Url, Twiml and ApplicationSid is required")
    return Instructions(
        twiml=twiml if voice is None else None,  # with both, Twilio passes the Twiml over
        voice=voice,
        fallback=_webhook(form, "FallbackUrl", "FallbackMethod"),
    )


def _webhook(form: Form, name: str, method_name: str) -> Webhook | None:
    url = _first(form, name)
    if not url:
        return None
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or "_" in host or len(url) > MAX_URL:
        raise ApiError(400, *URLS[name])
    method = _first(form, method_name).upper() or "POST"
    if method not in ("GET", "POST"):
        raise invalid(20001, f"{method_name} must be GET or POST")
    return Webhook(url=url, method=method)


def _events(form: Form) -> frozenset[CallEvent]:
    """Given one by one, or in one field with spaces between, as older clients do."""
    asked = " ".join(form.get("StatusCallbackEvent", ())).split()
    known = frozenset(event for event in get_args(CallEvent) if event in asked)
    if len(known) != len(set(asked)):
        raise invalid(21626, "Invalid value of StatusCallbackEvent")
    return known or frozenset({"completed"})


def _detection(form: Form) -> Detection | None:
    match _first(form, "MachineDetection"):
        case "":
            return None
        case "Enable":
            return "Enable"
        case "DetectMessageEnd":
            return "DetectMessageEnd"
    raise invalid(20001, "MachineDetection must be Enable or DetectMessageEnd")


def _digits(form: Form) -> str:
    digits = _first(form, "SendDigits")
    if digits and not DIGITS.fullmatch(digits):
        raise invalid(20001, "SendDigits must be at most 32 of 0-9, #, * and w")
    return digits


def _ranges(form: Form) -> dict[str, int]:
    return {
        name: _number(form, name, low, low, high)
        for name, (low, high) in RANGES.items()
        if _first(form, name)
    }


def _number(form: Form, name: str, default: int, low: int, high: int) -> int:
    value = _first(form, name)
    if not value:
        return default
    if not value.isdecimal() or not low <= int(value) <= high:
        raise invalid(20001, f"{name} must be a whole number from {low} to {high}")
    return int(value)


def _first(form: Form, name: str) -> str:
    values = form.get(name, ())
    return values[0] if values else ""
