"""The records of one call's log. Field meanings and units: proto/trunkline/v1/call.proto."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

NO_EPOCH = -1
"""The epoch of an attachment whose call has no topic, or whose `Attached` was not read back yet."""


class PhraseKind(IntEnum):
    """Why the gateway spoke for itself."""

    UNSPECIFIED = 0
    APOLOGY = 1
    REPROMPT = 2
    GOODBYE = 3
    FILLER = 4
    WARNING = 5
    GREETING = 6
    VOICEMAIL = 7
    OPTED_OUT = 8
    TRANSFER = 9
    TRANSFER_FAILED = 10
    RESUMED = 11
    DISCLOSURE = 12
    LOST_TRACK = 13


class EndReason(IntEnum):
    """Why a call has ended."""

    UNSPECIFIED = 0
    CALLER_HUNG_UP = 1
    AGENT_ENDED = 2
    SILENCE = 3
    TOO_LONG = 4
    LOST = 5
    TRANSFERRED = 6
    VOICEMAIL = 7


class FailureReason(IntEnum):
    """Why a run has no (further) reply."""

    UNSPECIFIED = 0
    OVERLOADED = 1
    EXPIRED = 2
    MODELS_FAILED = 3
    UNKNOWN_AGENT = 4
    INTERNAL = 5


class ToolStatus(IntEnum):
    """What is known about the use of a tool; without an answer the effect may have happened."""

    UNSPECIFIED = 0
    SUCCEEDED = 1
    FAILED = 2
    NOT_RUN = 3
    UNKNOWN = 4


@dataclass(frozen=True, slots=True)
class EndCall:
    """End the call, once what was said has been heard."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Pass the call on to a destination of the agent file, once what was said has been heard."""

    destination: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SwitchLanguage:
    """Go on in another of the agent's languages."""

    language: str


@dataclass(frozen=True, slots=True)
class CollectDigits:
    """Take the keys that the caller presses next as one input; `max_digits` 0: any number."""

    max_digits: int = 0
    finish_key: str = "#"
    timeout_ms: int = 5000


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Press keys towards the other side; `w` waits half a second."""

    digits: str


@dataclass(frozen=True, slots=True)
class PlaySound:
    """Play a sound that the agent file names."""

    sound: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """The person does not want to be called any more."""


Action = EndCall | Transfer | SwitchLanguage | CollectDigits | SendDigits | PlaySound | OptOut


@dataclass(frozen=True, slots=True)
class Attached:
    """A gateway has taken the call."""

    gateway: str
    tries: int
    agent_id: str
    agent_version: str
    language: str
    variables: Mapping[str, str] = field(default_factory=dict)
    greeting: str = ""
    from_: str = ""
    to: str = ""
    direction: str = ""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class CallerSpoke:
    """The caller has finished an utterance; it opens a turn and the turn's attempt 0."""

    turn: int
    text: str
    language: str = ""
    keys: str = ""
    """Keys that were collected before the words, or instead of them."""


@dataclass(frozen=True, slots=True)
class KeysPressed:
    """The caller has pressed a key."""

    turn: int
    digits: str


@dataclass(frozen=True, slots=True)
class AttemptOpened:
    """A further attempt at the turn's reply was asked for."""

    turn: int
    attempt: int
    through: int


@dataclass(frozen=True, slots=True)
class PhraseSent:
    """The gateway itself has put words into the turn."""

    turn: int
    through: int
    text: str
    kind: PhraseKind


@dataclass(frozen=True, slots=True)
class Spoken:
    """Part of the turn's text has been spoken to the caller."""

    turn: int
    through: int


@dataclass(frozen=True, slots=True)
class CallerInterrupted:
    """The caller has cut the agent short."""

    turn: int
    run: str
    through: int
    heard: str


@dataclass(frozen=True, slots=True)
class Detached:
    """The gateway's socket has ended without the call having ended."""

    code: int


@dataclass(frozen=True, slots=True)
class RoutedElsewhere:
    """The call's prompts are answered in another topic, because this one was ready too late."""

    topic: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over."""

    reason: EndReason


@dataclass(frozen=True, slots=True)
class ActionDone:
    """Something was done to the call itself; `use_id` is empty where no worker asked for it."""

    turn: int
    use_id: str
    event: Action
    round: int = 0


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """A worker has read the prompt and answers it."""

    turn: int
    attempt: int
    worker: str
    partition: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The worker lives, though it has nothing to say yet."""

    turn: int
    attempt: int


@dataclass(frozen=True, slots=True)
class ReplyChunk:
    """Words of the reply. `seq` counts the run's chunks from 0."""

    turn: int
    attempt: int
    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What one reply cost, as the provider counts it."""

    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Timings:
    """How long one reply took, in milliseconds since the worker read the prompt."""

    queued_ms: int = 0
    first_token_ms: int = 0
    total_ms: int = 0
    tools_ms: int = 0


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """The reply is complete: the run has written `chunks` chunks."""

    turn: int
    attempt: int
    chunks: int
    usage: Usage = field(default_factory=Usage)
    timings: Timings = field(default_factory=Timings)


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    """There will be no (further) reply from this run."""

    turn: int
    attempt: int
    reason: FailureReason


@dataclass(frozen=True, slots=True)
class ToolIntended:
    """A tool is about to be used; `use_id` names the use and is its idempotency key."""

    turn: int
    attempt: int
    use_id: str
    round: int
    tool: str
    arguments: str
    model: str = ""
    extra: str = ""


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A tool that was to be used has come to an end. True of any attempt, also a cancelled one."""

    turn: int
    attempt: int
    use_id: str
    status: ToolStatus
    result: str = ""


@dataclass(frozen=True, slots=True)
class ActionRequested:
    """The gateway shall do something to the call itself; fenced like words."""

    turn: int
    attempt: int
    use_id: str
    event: Action
    round: int = 0


GatewayEvent = (
    Attached
    | CallerSpoke
    | KeysPressed
    | AttemptOpened
    | PhraseSent
    | Spoken
    | CallerInterrupted
    | Detached
    | RoutedElsewhere
    | Ended
    | ActionDone
)
WorkerEvent = (
    TurnStarted
    | Heartbeat
    | ReplyChunk
    | ReplyFinished
    | ReplyFailed
    | ToolIntended
    | ToolReturned
    | ActionRequested
)
CallEvent = GatewayEvent | WorkerEvent


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One record of a call's log. (writer, n) identifies it: a retried write is recognised."""

    tenant_id: str
    call_sid: str
    writer: str
    n: int
    attachment_id: str
    epoch: int
    event: CallEvent
