"""What a model is to the worker: a question in, a stream of words out, and how that may fail."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from trunkline.agents import Agent, ModelChoice, Provider
from trunkline.errors import TrunklineError
from trunkline.events.call import Usage


class Speaker(StrEnum):
    """Who speaks a message, in the words that most providers use."""

    SYSTEM = "system"
    CALLER = "user"
    AGENT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A tool that a model has asked for, in a message of the agent; `arguments` are JSON.

    `extra` is what the provider `model` ("provider/model") wants to be given back with it, as JSON:
    nobody else's business.
    """

    id: str
    name: str
    arguments: str
    model: str = ""
    extra: str = ""


@dataclass(frozen=True, slots=True)
class ModelMessage:
    """One message of the conversation as a model is shown it.

    Only the agent has `calls`; a message of the tool follows for each of them, with the same
    `call_id`, before anybody else speaks.
    """

    speaker: Speaker
    text: str
    calls: tuple[ModelCall, ...] = ()
    call_id: str = ""
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model is shown it; `parameters` are a JSON Schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """All that a model may use for one reply.

    `prefix` are words of this reply that the caller was given already. A model goes on after them,
    or says them again: repetitions are taken away behind it.
    """

    agent: Agent
    choice: ModelChoice
    turn: int
    language: str
    messages: tuple[ModelMessage, ...]
    prefix: str = ""
    tools: tuple[ToolSpec, ...] = ()
    may_call: bool = True
    """Whether the model may ask for tools; they are shown all the same, for the calls before."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The call's variables, with the agent's own defaults."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More words of the reply, with their spaces."""

    text: str


@dataclass(frozen=True, slots=True)
class CallBegun:
    """The model has begun to ask for a tool: no word, and yet a sign that it answers."""


@dataclass(frozen=True, slots=True)
class CallDelta:
    """The model asks for a tool. The call is complete: `arguments` are all it said, JSON or not."""

    name: str
    arguments: str
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply is complete. Always the last delta: a stream that ends without it was cut."""

    usage: Usage = field(default_factory=Usage)


Delta = TextDelta | CallBegun | CallDelta | Finished


class Fault(StrEnum):
    """Why a model gave no (complete) reply."""

    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    RATE_LIMITED = "rate_limited"
    TOO_SLOW = "too_slow"
    CUT = "cut"
    BAD_CALL = "bad_call"
    EMPTY = "empty"


class ModelFailed(TrunklineError):
    """A model gave no complete reply. `retryable`: the same question may work a moment later.

    `retry_after` are the seconds for which the provider wants to be left alone.
    """

    def __init__(self, fault: Fault, *, retryable: bool = True, retry_after: float = 0.0) -> None:
        super().__init__(f"The model failed: {fault}.")
        self.fault = fault
        self.retryable = retryable
        self.retry_after = retry_after


class Model(Protocol):
    """One family of models."""

    def prepare(self, agent: Agent) -> None:
        """Do ahead of the first turn what can be done ahead; must be quick and may do nothing."""

    def reply(self, question: Question) -> AsyncGenerator[Delta, None]:
        """Stream the reply; closing the generator closes the provider's stream at once.

        Raises `ModelFailed`, before or between deltas, and nothing else that can be expected.
        """


Models = Mapping[Provider, Model]
