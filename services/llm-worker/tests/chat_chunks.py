"""Events of chat completions as providers send them; each is checked against the SDKs' types."""

import json
from collections.abc import Sequence

from groq.types.chat import ChatCompletionChunk as GroqChunk
from openai.types.chat import ChatCompletionChunk
from pydantic import TypeAdapter

DONE = b"data: [DONE]\n\n"
COMMENT = b": keep-alive\n\n"
USAGE = {
    "prompt_tokens": 80,
    "completion_tokens": 5,
    "total_tokens": 85,
    "prompt_tokens_details": {"cached_tokens": 64},
    "completion_tokens_details": {"reasoning_tokens": 3},
}

_OPENAI = TypeAdapter(ChatCompletionChunk)
_GROQ = TypeAdapter(GroqChunk)


def event(body: object) -> bytes:
    return f"data: {json.dumps(body)}\n\n".encode()


def chunk(
    delta: dict[str, object] | None = None,
    finish: str | None = None,
    *,
    usage: object = None,
    x_groq: object = None,
) -> bytes:
    """A chunk with one choice; without any for usage alone."""
    choice = {"index": 0, "delta": delta or {}, "logprobs": None, "finish_reason": finish}
    alone = usage is not None and delta is None and finish is None
    body: dict[str, object] = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "a-model",
        "choices": [] if alone else [choice],
    }
    body |= {"usage": usage} if usage is not None else {}
    body |= {"x_groq": x_groq} if x_groq is not None else {}
    (_GROQ if x_groq is not None else _OPENAI).validate_python(body)
    return event(body)


def calling(*parts: dict[str, object]) -> bytes:
    """Parts of calls; not checked, since some providers leave out what the types demand."""
    choice = {"index": 0, "delta": {"tool_calls": parts}, "finish_reason": None}
    return event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]})


def call_part(arguments: str = "", *, name: str | None = None, **keys: object) -> dict[str, object]:
    function: dict[str, object] = {"arguments": arguments}
    function |= {"name": name} if name is not None else {}
    return {**keys, "type": "function", "function": function}


def words(*texts: str) -> list[bytes]:
    return [chunk({"content": text}) for text in texts]


BEGIN: Sequence[bytes] = [chunk({"role": "assistant", "content": ""}), COMMENT]
WORDS: Sequence[bytes] = words("We open", " at eight.")
END: Sequence[bytes] = [chunk({}, "stop"), chunk(usage=USAGE), DONE]
GROQ_END: Sequence[bytes] = [chunk({}, "stop", x_groq={"id": "req_1", "usage": USAGE}), DONE]
