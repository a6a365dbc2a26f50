"""A question as the body of a request to Anthropic's Messages API; pure."""

from typing import Any

from llm_worker.model import ModelMessage, Question, Speaker, ToolSpec
from llm_worker.providers.calls import arguments_of
from llm_worker.providers.dialogue import split

# The instructions and the tools are the same in each turn of a call: after the first, they are
# read from the cache.
CACHED = {"cache_control": {"type": "ephemeral"}}

# Without a word about it, the newest models think at length, older ones do not. Those that
# cannot do without thinking take `minimal` (no thoughts before the first word) or an effort.
THINKING = {"none": {"type": "disabled"}, "minimal": {"type": "between_tools"}}

NONE = {"type": "none"}


def body(question: Question) -> dict[str, Any]:
    """What is posted."""
    system, dialogue = split(question.messages)
    choice = question.choice
    request: dict[str, Any] = {
        "model": choice.name,
        "max_tokens": choice.max_tokens,
        "messages": _messages(dialogue),
        "stream": True,
        **_tools(question),
        **_thinking(choice.reasoning_effort),
    }
    if system:
        request["system"] = [{"type": "text", "text": system, **CACHED}]
    if choice.temperature is not None:
        request["temperature"] = choice.temperature
    return request


def _tools(question: Question) -> dict[str, Any]:
    """The tools, also when none may be asked for: the API wants those of earlier calls."""
    if not question.tools:
        return {}
    tools = [_tool(tool) for tool in question.tools]
    tools[-1] |= CACHED
    return {"tools": tools} if question.may_call else {"tools": tools, "tool_choice": NONE}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "input_schema": tool.parameters,
    }


def _thinking(effort: str) -> dict[str, Any]:
    if not effort:
        return {}
    if effort in THINKING:
        return {"thinking": THINKING[effort]}
    return {"output_config": {"effort": effort}}


def _messages(dialogue: list[ModelMessage]) -> list[dict[str, Any]]:
    """By turns: what tools answer and what the caller says next are one message of the user.

    Thoughts are never sent back. They may be left out, and must be wherever anything before them
    has changed since, as it does when a caller interrupts.
    """
    messages: list[dict[str, Any]] = []
    for message in dialogue:
        role = "assistant" if message.speaker is Speaker.AGENT else "user"
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += _blocks(message)
        else:
            messages.append({"role": role, "content": _blocks(message)})
    return messages


def _blocks(message: ModelMessage) -> list[dict[str, Any]]:
    if message.speaker is Speaker.TOOL:
        return [_result(message)]
    text = [{"type": "text", "text": message.text}] if message.text.strip() else []
    return text + [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": arguments_of(call)}
        for call in message.calls
    ]


def _result(message: ModelMessage) -> dict[str, Any]:
    return {
        "type": "tool_result",
        "tool_use_id": message.call_id,
        "content": message.text,
        "is_error": message.is_error,
    }
