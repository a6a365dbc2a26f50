"""Tools of the outside world: what is asked of one, and what it answers.

A Python tool is an entry point of the group `trunkline.tools`: an async function that is given its
arguments, a `dict[str, object]`, and a `ToolContext`, and returns what JSON can hold. To say no it
raises `Refused` with a sentence for the model; after anything else that it raises, nobody knows
what it has done.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from trunkline.agents import Tool
from trunkline.errors import TrunklineError
from trunkline.events.call import ToolStatus

MAX_RESULT = 4000  # characters; more costs every later question, and a model reads no further
_CUT = " ... (cut: the answer was longer)"


class Refused(TrunklineError):
    """The tool could not do it, and has done nothing."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """For whom a tool is used. `use_id` is its idempotency key."""

    use_id: str
    call_sid: str
    tenant_id: str
    variables: Mapping[str, str] = field(default_factory=dict)
    language: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a use. `available` is false where this process cannot use the tool at all."""

    status: ToolStatus
    result: str
    available: bool = True


def succeeded(text: str) -> Answer:
    """The tool has answered."""
    return Answer(ToolStatus.SUCCEEDED, cut(text))


def failed(error: str, **more: object) -> Answer:
    """The tool has answered that it could not."""
    return Answer(ToolStatus.FAILED, cut(_json(error=error, **more)))


def not_run(error: str) -> Answer:
    """Nothing was begun, so that it can be tried again."""
    return Answer(ToolStatus.NOT_RUN, cut(_json(error=error, retryable=True)))


def unavailable(reason: str) -> Answer:
    """Nothing was begun, and nothing will be."""
    return Answer(ToolStatus.NOT_RUN, cut(_json(error=reason, retryable=False)), available=False)


def in_doubt(error: str, tool: Tool, **more: object) -> Answer:
    """It was begun, and nobody knows its end. Only an idempotent tool may then be used again."""
    status = ToolStatus.FAILED if tool.idempotent else ToolStatus.UNKNOWN
    return Answer(status, cut(_json(error=error, retryable=tool.idempotent, **more)))


def cut(text: str) -> str:
    """A result that is not too long, and says so if it was."""
    return text if len(text) <= MAX_RESULT else text[: MAX_RESULT - len(_CUT)] + _CUT


def _json(**fields: object) -> str:
    return json.dumps(fields, ensure_ascii=False)
