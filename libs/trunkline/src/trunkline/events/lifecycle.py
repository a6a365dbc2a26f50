"""What becomes of calls. Field meanings and units: proto/trunkline/v1/lifecycle.proto."""

from dataclasses import dataclass

GONE = "gone"
"""The reason of an end that no session has told: Twilio has, when it asked what to do next."""


@dataclass(frozen=True, slots=True)
class OptOutRequested:
    """The person on the other side of the line does not want to be called any more."""

    tenant_id: str
    call_sid: str
    epoch: int
    number: str
    agent_id: str
    turn: int
    attempt_id: str = ""


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A gateway has taken the call for the first time."""

    tenant_id: str
    call_sid: str
    epoch: int
    attempt_id: str
    session_id: str
    agent_id: str
    agent_version: str
    direction: str
    from_: str
    to: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class CallResumed:
    """A gateway has taken the call up again."""

    tenant_id: str
    call_sid: str
    epoch: int
    attempt_id: str
    session_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The call is over for us; `reason` is the end reason of its log, in lower case, or GONE."""

    tenant_id: str
    call_sid: str
    epoch: int
    attempt_id: str
    reason: str
    transferred_to: str
    turns: int
    duration_ms: int
    at_ms: int


Lifecycle = OptOutRequested | CallStarted | CallResumed | CallEnded
