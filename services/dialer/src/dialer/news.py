"""What the bus tells, as what the inbox keeps and what attempts understand: pure.

A record is one piece of `News`: by which attempt, which call, what is new, and the events that it
is for the attempt's life. What is personal in it is only in `body`, which is stored encrypted.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from uuid import UUID

from dialer.attempt_events import (
    Answered,
    Connected,
    Event,
    LifecycleEnded,
    MachineDetected,
)
from dialer.attempt_events import StatusReported as Reported
from trunkline.errors import Invalid
from trunkline.events.lifecycle import (
    GONE,
    CallEnded,
    CallResumed,
    CallStarted,
    Lifecycle,
    OptOutRequested,
)
from trunkline.events.twilio import Callback, MachineJudged, OutboundAnswered, StatusReported

MAX_CODE = 32_767


@dataclass(frozen=True, slots=True)
class OptOut:
    """Somebody does not want to be called any more."""

    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class News:
    """One record of the bus."""

    tenant_id: str
    kind: str
    """status, amd, answered or lifecycle."""
    call_sid: str
    account_sid: str
    attempt_id: UUID | None
    sequence: int
    """Twilio's, or the epoch of who tells of a session; -1 where there is none."""
    news: str
    """The part that decides."""
    events: tuple[Event, ...] = ()
    opt_out: OptOut | None = None
    final: bool = False
    """Whether no later attachment of the call can make it untrue."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """Columns of the attempt that decide nothing."""
    body: str = field(default="", repr=False)


def of_callback(callback: Callback) -> News:
    """A record of twilio.callbacks. Raises `Invalid` for one that cannot be true."""
    received = _moment(callback.received_ms)
    told = partial(
        News,
        tenant_id=callback.tenant_id,
        call_sid=callback.call_sid,
        account_sid=callback.account_sid,
        attempt_id=_attempt(callback.attempt_id),
    )
    match callback.event:
        case StatusReported(status, sequence, fields):
            return told(
                kind="status",
                sequence=sequence,
                news=status,
                events=(_reported(callback, status, sequence, fields, received),),
                facts=_facts(fields),
                body=json.dumps(dict(fields)),
            )
        case MachineJudged(answered_by, _, fields):
            detected = MachineDetected(callback.call_sid, callback.account_sid, answered_by)
            body = json.dumps(dict(fields))
            return told(kind="amd", sequence=-1, news=answered_by, events=(detected,), body=body)
        case OutboundAnswered(connected, answered_by):
            events = _answered(callback, connected, answered_by, received)
            word = "connected" if connected else "not_connected"
            return told(kind="answered", sequence=-1, news=word, events=events)


def _reported(
    callback: Callback, status: str, sequence: int, fields: Mapping[str, str], received: datetime
) -> Reported:
    return Reported(
        sid=callback.call_sid,
        account_sid=callback.account_sid,
        status=status,
        at=_time(fields.get("Timestamp", ""), received),
        sequence=sequence,
        sip_code=_code(fields.get("SipResponseCode", "")),
        error_code=_number(fields.get("ErrorCode", "")),
    )


def _answered(
    callback: Callback, connected: bool, answered_by: str, at: datetime
) -> tuple[Event, ...]:
    sid, account = callback.call_sid, callback.account_sid
    answered = Answered(sid, account, at, expired=not connected)
    if not answered_by:
        return (answered,)
    return answered, MachineDetected(sid, account, answered_by)


def of_lifecycle(event: Lifecycle) -> News:
    """A record of calls.lifecycle. Raises `Invalid` for one that cannot be true."""
    events: tuple[Event, ...] = ()
    opt_out = None
    match event:
        case CallStarted(direction="outbound-api"):  # others were called back by the person
            events = (Connected(event.call_sid, _moment(event.at_ms)),)
        case CallEnded():
            events = (LifecycleEnded(event.call_sid),)
        case OptOutRequested():
            opt_out = OptOut(event.number)
        case CallStarted() | CallResumed():
            pass
    return News(
        tenant_id=event.tenant_id,
        kind="lifecycle",
        call_sid=event.call_sid,
        account_sid="",
        attempt_id=_attempt(event.attempt_id),
        sequence=event.epoch,
        news=type(event).__name__,
        events=events,
        opt_out=opt_out,
        final=isinstance(event, CallEnded) and event.reason == GONE,
        body=json.dumps(asdict(event)),
    )


def _attempt(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("An attempt is named by what is no UUID.") from None


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _time(text: str, received: datetime) -> datetime:
    """The latest moment that Twilio's words allow: it tells whole seconds, and leaves the rest out.

    Else somebody who answered late in a second would seem to have waited for the agent since its
    beginning.
    """
    try:
        told = parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError):
        return received
    return min(told + timedelta(seconds=1), max(told, received))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _code(text: str) -> int | None:
    number = _number(text)
    return number if number is not None and number <= MAX_CODE else None


def _facts(fields: Mapping[str, str]) -> dict[str, object]:
    facts: dict[str, object] = {}
    if (seconds := _number(fields.get("CallDuration", ""))) is not None:
        facts["call_seconds"] = seconds
    if (attestation := fields.get("StirStatus", "")) in ("A", "B", "C"):
        facts["attestation"] = attestation
    return facts
