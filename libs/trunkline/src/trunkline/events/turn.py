"""What gateways ask of llm-workers. Field meanings and units: proto/trunkline/v1/turn.proto."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from trunkline.events.call import Timings, ToolStatus, Usage


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
    turn: int = 0
    keys: str = ""
    """Keys that the caller pressed before the words, or instead of them."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool is to be used; the arguments are a JSON object."""

    tool: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One use of a tool or of an action, as the call's log tells of it."""

    use_id: str
    turn: int
    round: int
    tool: str
    arguments: str
    status: ToolStatus = ToolStatus.UNSPECIFIED
    result: str = ""
    model: str = ""
    extra: str = ""


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
    uses: tuple[ToolUse, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    """Tools to be used before the model is asked: the caller's keys are meant for them."""


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


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """One record of calls.turns: a turn that is over, so that what was heard of it is final."""

    tenant_id: str
    call_sid: str
    epoch: int
    agent_id: str
    agent_version: str
    turn: int
    language: str
    asked: str
    keys: str
    said: str
    heard: str
    interrupted: bool
    attempts: int
    fillers: int
    apologised: bool
    uses: tuple[ToolUse, ...]
    usage: Usage
    timings: Timings
    asked_ms: int
    first_words_ms: int
    finished_ms: int
