"""Events as the gateways and the dialer tell them, with what does not matter filled in."""

from dataclasses import replace
from typing import Any

from cryptography.fernet import Fernet
from fake_intelligence import ACCOUNT

from trunkline.bus import Record
from trunkline.events.call import Timings, ToolStatus, Usage
from trunkline.events.intelligence import Notification, NotificationKind
from trunkline.events.lifecycle import CallEnded, CallResumed, CallStarted, OptOutRequested
from trunkline.events.topics import NOTIFICATIONS
from trunkline.events.turn import ToolUse, TurnFinished
from trunkline.events.wire import encode_notification
from trunkline.protect import NumberVault

NOW_MS = 1_795_000_000_000  # in November 2026
CALL = "CA" + "c" * 32
SESSION = "VX" + "5" * 32
PERSON = "+14155550123"
OURS = "+15005550100"
VAULT = NumberVault({"k1": bytes(range(32))}, [Fernet.generate_key().decode()])


def started(**values: Any) -> CallStarted:
    """An inbound call of PERSON."""
    told = CallStarted(
        tenant_id="acme",
        call_sid=CALL,
        epoch=3,
        attempt_id="",
        session_id=SESSION,
        agent_id="receptionist",
        agent_version="v1",
        direction="inbound",
        from_=PERSON,
        to=OURS,
        at_ms=NOW_MS,
    )
    return replace(told, **values)


def resumed(**values: Any) -> CallResumed:
    """The call was taken up again."""
    told = CallResumed("acme", CALL, 9, "", "VX" + "6" * 32, NOW_MS + 60_000)
    return replace(told, **values)


def ended(**values: Any) -> CallEnded:
    """The caller has hung up."""
    told = CallEnded("acme", CALL, 3, "", "caller_hung_up", "", 2, 90_000, NOW_MS + 90_000)
    return replace(told, **values)


def opted_out(**values: Any) -> OptOutRequested:
    """PERSON does not want to be called again."""
    return replace(OptOutRequested("acme", CALL, 3, PERSON, "receptionist", 2), **values)


def turn(number: int = 1, **values: Any) -> TurnFinished:
    """A turn in which a tool was used."""
    told = TurnFinished(
        tenant_id="acme",
        call_sid=CALL,
        epoch=3,
        agent_id="receptionist",
        agent_version="v1",
        turn=number,
        language="en-US",
        asked="I want to book an appointment",
        keys="",
        said="You are booked for Tuesday. Goodbye.",
        heard="You are booked for Tuesday.",
        interrupted=True,
        attempts=1,
        fillers=0,
        apologised=False,
        uses=(ToolUse("use-1", number, 0, "book", '{"day":"Tue"}', ToolStatus.SUCCEEDED, "ok"),),
        usage=Usage("groq/llama", 100, 20),
        timings=Timings(1, 200, 600, 50),
        asked_ms=NOW_MS + number * 1000,
        first_words_ms=300,
        finished_ms=NOW_MS + number * 1000 + 900,
    )
    return replace(told, **values)


def notification(subject_id: str, **values: Any) -> Notification:
    """A webhook of v2."""
    told = Notification(
        kind=NotificationKind.TWILIO_V2,
        subject_id=subject_id,
        account_sid=ACCOUNT,
        service_id="GA1",
        received_ms=NOW_MS,
        content_type="application/json",
        body=b"{}",
    )
    return replace(told, **values)


def notified(subject_id: str, offset: int = 0, **values: Any) -> Record:
    """Its record."""
    value = encode_notification(notification(subject_id, **values))
    return Record(NOTIFICATIONS.name, 0, offset, f"twilio-v2:{subject_id}", value, {}, NOW_MS)
