"""A question as the body of a chat-completions request, in each provider's dialect; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from llm_worker.model import ModelCall, ModelMessage, Question, Speaker, ToolSpec
from llm_worker.providers.calls import arguments_of, extra_of
from llm_worker.providers.dialogue import split
from trunkline.agents import Provider

# Google documents this for calls that another model has made: without a signature it answers 400.
# https://ai.google.dev/gemini-api/docs/thought-signatures (FAQ)
UNSIGNED = {"extra_content": {"google": {"thought_signature": "skip_thought_signature_validator"}}}


@dataclass(frozen=True, slots=True)
class Dialect:
    """In what one provider differs from the others."""

    limit: str = "max_completion_tokens"
    stream_options: Mapping[str, bool] = field(default_factory=lambda: {"include_usage": True})
    strict: bool = False
    """Wants one system message first, then caller and agent by turns."""
    chooses: bool = True
    """Knows `tool_choice`."""
    signs: bool = False
    """Wants a signature with the first call of each message of the agent."""
    thinks: bool = False
    """Thinks unless it is told not to."""


DIALECTS: Mapping[Provider, Dialect] = {
    Provider.GROQ: Dialect(stream_options={}),  # its usage comes with x_groq, asked or not
    Provider.OPENAI: Dialect(
        # Obfuscation pads each chunk against listeners who guess words by their length; it would
        # double what is read here, and nobody listens between words that are spoken anyway.
        stream_options={"include_usage": True, "include_obfuscation": False}
    ),
    Provider.GEMINI: Dialect(strict=True, signs=True),
    Provider.DEEPSEEK: Dialect(limit="max_tokens", thinks=True),
    Provider.OLLAMA: Dialect(limit="max_tokens", strict=True, chooses=False),
    # Its chat templates are the models' own: some refuse a second system message, some two
    # messages of the caller in a row.
    Provider.VLLM: Dialect(limit="max_tokens", strict=True),
}


def body(question: Question) -> dict[str, Any]:
    """What is posted."""
    choice, dialect = question.choice, DIALECTS[question.choice.provider]
    request: dict[str, Any] = {
        "model": choice.name,
        "messages": _messages(question, dialect),
        "stream": True,
        dialect.limit: choice.max_tokens,
        **_tools(question, dialect),
        **_thinking(question, dialect),
    }
    if dialect.stream_options:
        request["stream_options"] = dialect.stream_options
    if choice.temperature is not None:
        request["temperature"] = choice.temperature
    return request


def _tools(question: Question, dialect: Dialect) -> dict[str, Any]:
    """The tools, also when none may be asked for: some providers want those of earlier calls."""
    if not question.tools or not (question.may_call or dialect.chooses):
        return {}
    tools = [_tool(tool) for tool in question.tools]
    return {"tools": tools} if question.may_call else {"tools": tools, "tool_choice": "none"}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return {"type": "function", "function": function}


def _thinking(question: Question, dialect: Dialect) -> dict[str, Any]:
    """DeepSeek wants its thoughts back with each earlier call; they are not kept, so that it
    thinks only in conversations without calls."""
    effort = question.choice.reasoning_effort
    if dialect.thinks and (
        effort in ("", "none") or any(message.calls for message in question.messages)
    ):
        return {"thinking": {"type": "disabled"}}
    return {"reasoning_effort": effort} if effort else {}


def _messages(question: Question, dialect: Dialect) -> list[dict[str, Any]]:
    if not dialect.strict:
        return [_message(message, question, dialect) for message in question.messages]
    system, dialogue = split(question.messages)
    leading = [ModelMessage(Speaker.SYSTEM, system)] if system else []
    return [_message(message, question, dialect) for message in [*leading, *dialogue]]


def _message(message: ModelMessage, question: Question, dialect: Dialect) -> dict[str, Any]:
    if message.speaker is Speaker.TOOL:
        return {"role": "tool", "tool_call_id": message.call_id, "content": message.text}
    if not message.calls:
        return {"role": message.speaker.value, "content": message.text}
    calls = [_call(call, question) for call in message.calls]
    if dialect.signs and "extra_content" not in calls[0]:
        calls[0] |= UNSIGNED
    return {"role": "assistant", "content": message.text or None, "tool_calls": calls}


def _call(call: ModelCall, question: Question) -> dict[str, Any]:
    arguments = msgspec.json.encode(arguments_of(call)).decode()
    function = {"name": call.name, "arguments": arguments}
    extra = extra_of(call, question)
    kept = {"extra_content": msgspec.json.decode(extra)} if extra else {}
    return {"id": call.id, "type": "function", "function": function, **kept}
