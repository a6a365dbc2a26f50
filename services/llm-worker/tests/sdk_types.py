"""The official SDKs' own types as judges of what is sent and of the streams the tests play."""

from collections.abc import Iterable
from typing import Any

from anthropic.types.message_create_params import MessageCreateParamsStreaming
from groq.types.chat.completion_create_params import CompletionCreateParams as GroqParams
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from pydantic import ConfigDict, TypeAdapter

from trunkline.agents import Provider

_STRICT = ConfigDict(extra="forbid")  # taken over from the list, but not by the type alone
_OPENAI: TypeAdapter[Any] = TypeAdapter(list[CompletionCreateParamsStreaming], config=_STRICT)
_GROQ: TypeAdapter[Any] = TypeAdapter(list[GroqParams], config=_STRICT)
_ANTHROPIC: TypeAdapter[Any] = TypeAdapter(list[MessageCreateParamsStreaming], config=_STRICT)

# What a provider documents beside OpenAI's own, and OpenAI's types do not know.
BESIDE = {Provider.DEEPSEEK: "thinking"}


def check_request(provider: Provider, body: dict[str, Any]) -> None:
    """Raise unless the provider's SDK would have built this body; unknown keys are wrong too."""
    adapter = {Provider.GROQ: _GROQ, Provider.ANTHROPIC: _ANTHROPIC}.get(provider, _OPENAI)
    known = {key: value for key, value in body.items() if key != BESIDE.get(provider)}
    if provider is Provider.GEMINI:
        known["messages"] = [_unsigned(message) for message in known["messages"]]
    if provider is Provider.ANTHROPIC:
        known.pop("temperature", None)  # an older version of the API has it
    _exhaust(adapter.validate_python([known]))


def _unsigned(message: dict[str, Any]) -> dict[str, Any]:
    calls = message.get("tool_calls")
    if not calls:
        return message
    bare = [{key: call[key] for key in call if key != "extra_content"} for call in calls]
    return {**message, "tool_calls": bare}


def _exhaust(value: object) -> None:
    """What the types call iterable is validated only while somebody iterates."""
    if isinstance(value, str | bytes):
        return
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, Iterable):
        for part in value:
            _exhaust(part)
