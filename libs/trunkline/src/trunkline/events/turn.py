"""What gateways ask of llm-workers. Field meanings and units: proto/trunkline/v1/turn.proto."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Role(IntEnum):
    """Who said something."""

    UNSPECIFIED = 0
    CALLER = 1
    AGENT = 2
    SUMMARY = 3


@dataclass(frozen=True, slots=True)
class Message:
    """One utterance of the conversation; of the agent's words only those the caller has heard."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class TurnRef:
    """Names one attempt at one turn of one call."""

    tenant_id: str
    call_sid: str
    attachment_id: str
    epoch: int
    turn: int
    attempt: int


@dataclass(frozen=True, slots=True)
class TurnRequested:
    """A reply is wanted. It holds all that a worker needs: workers remember nothing."""

    ref: TurnRef
    reply_topic: str
    deadline_ms: int
    agent_id: str
    agent_version: str
    language: str
    variables: Mapping[str, str] = field(default_factory=dict)
    history: tuple[Message, ...] = ()
    spoken_prefix: str = ""


@dataclass(frozen=True, slots=True)
class CallOpened:
    """A call has begun; its first turn is near."""

    tenant_id: str
    call_sid: str
    agent_id: str
    agent_version: str
    reply_topic: str


@dataclass(frozen=True, slots=True)
class TurnCancelled:
    """A turn's reply is no longer wanted, up to and including `through_attempt`."""

    tenant_id: str
    call_sid: str
    attachment_id: str
    turn: int
    through_attempt: int


Prompt = TurnRequested | CallOpened
