"""Twilio's news of calls, and gateways' of themselves. Fields: proto/trunkline/v1/twilio.proto."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StatusReported:
    """How far the call is: a call progress event of Twilio; `sequence` -1 if it gave none."""

    status: str
    sequence: int
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MachineJudged:
    """Who or what has answered, as Twilio's answering machine detection judges."""

    answered_by: str
    detection_ms: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutboundAnswered:
    """The call was answered, and its TwiML was asked for."""

    connected: bool
    answered_by: str = ""


CallbackEvent = StatusReported | MachineJudged | OutboundAnswered


@dataclass(frozen=True, slots=True)
class Callback:
    """One record of twilio.callbacks."""

    tenant_id: str
    attempt_id: str
    account_sid: str
    call_sid: str
    received_ms: int
    event: CallbackEvent


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many calls a gateway can hold and holds; what is older than 5 s says nothing."""

    gateway: str
    slots: int
    used: int
    kept_for_inbound: int
    draining: bool
    at_ms: int
