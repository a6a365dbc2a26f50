"""What goes into a turn, and what comes out of it. Times are seconds of any steady clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from llm_worker.model import CallDelta, Fault, Finished, TextDelta
from trunkline.agents import ModelChoice, Tool
from trunkline.events.call import ToolIntended, ToolStatus, WorkerEvent
from trunkline.events.turn import ToolUse


class Timer(Enum):
    """What a turn wants to be woken up for."""

    HEARTBEAT = "heartbeat"
    GROUP = "group"
    ASK = "ask"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class PromptRead:
    """The worker has read the prompt; there may be no slot for it yet."""

    worker: str
    partition: int


@dataclass(frozen=True, slots=True)
class SlotTaken:
    """A model may be asked now."""


@dataclass(frozen=True, slots=True)
class ModelGaveUp:
    """The model that was asked has failed, or its time for the first word has passed.

    `retryable` and `retry_after` are the failure's; `jitter` lies in [0, 1).
    """

    fault: Fault = Fault.UNAVAILABLE
    retryable: bool = False
    retry_after: float = 0.0
    jitter: float = 0.0


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """A tool that was to be used has come to its end."""

    use_id: str
    status: ToolStatus
    result: str


@dataclass(frozen=True, slots=True)
class Fired:
    """A timer has come to its time."""

    timer: Timer


Event = PromptRead | SlotTaken | TextDelta | CallDelta | Finished | ModelGaveUp | ToolEnded | Fired


@dataclass(frozen=True, slots=True)
class Round:
    """One answer of the model that asked for tools: its words, and what became of the tools."""

    words: str
    uses: tuple[ToolUse, ...]
    language: str = ""
    """The language to speak after it, if known."""


@dataclass(frozen=True, slots=True)
class Append:
    """Write a record to the call's log."""

    event: WorkerEvent


@dataclass(frozen=True, slots=True)
class Use:
    """Write the intent; once the bus has it, and at once, use the tool."""

    intent: ToolIntended
    tool: Tool
    arguments: Mapping[str, object]
    language: str


@dataclass(frozen=True, slots=True)
class Wake:
    """Let the timer fire at this time, and no more at another."""

    timer: Timer
    at: float


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask this model to reply, or to go on after `prefix`; the model asked before is left."""

    choice: ModelChoice
    prefix: str
    first_token_by: float
    complete_by: float
    rounds: tuple[Round, ...] = ()
    may_call: bool = True


@dataclass(frozen=True, slots=True)
class End:
    """The attempt is over: nothing will be written after what was asked for so far."""


Effect = Append | Use | Wake | Ask | End
