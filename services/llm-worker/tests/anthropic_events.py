"""Events of Anthropic's Messages API; each is checked against the SDK's types."""

import json
from collections.abc import Sequence
from typing import Any

from anthropic.types import RawMessageStreamEvent
from pydantic import TypeAdapter

_EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)

PING = b'event: ping\ndata: {"type": "ping"}\n\n'
START_USAGE = {
    "input_tokens": 20,
    "cache_creation_input_tokens": 10,
    "cache_read_input_tokens": 50,
    "output_tokens": 1,
}


def event(kind: str, **fields: object) -> bytes:
    body = {"type": kind, **fields}
    _EVENT.validate_python(body)
    return raw(kind, body)


def raw(kind: str, body: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(body)}\n\n".encode()


def start() -> bytes:
    message: dict[str, object] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-5-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": START_USAGE,
    }
    return event("message_start", message=message)


def block(index: int, content: dict[str, object], *deltas: dict[str, object]) -> list[bytes]:
    return [
        event("content_block_start", index=index, content_block=content),
        *(event("content_block_delta", index=index, delta=delta) for delta in deltas),
        event("content_block_stop", index=index),
    ]


def text(index: int, *texts: str) -> list[bytes]:
    deltas: list[dict[str, object]] = [{"type": "text_delta", "text": part} for part in texts]
    return block(index, {"type": "text", "text": ""}, *deltas)


def thought(index: int) -> list[bytes]:
    return block(
        index,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Hours?"},
        {"type": "signature_delta", "signature": "c2ln"},
    )


def call(index: int, name: str, *parts: str) -> list[bytes]:
    asked: dict[str, object] = {
        "type": "tool_use",
        "id": f"toolu_{index}",
        "name": name,
        "input": {},
    }
    deltas: list[dict[str, object]] = [
        {"type": "input_json_delta", "partial_json": part} for part in parts
    ]
    return block(index, asked, *deltas)


def stop(reason: str | None = "end_turn", tokens: int = 5) -> list[bytes]:
    delta = {"stop_reason": reason, "stop_sequence": None}
    usage = {"output_tokens": tokens, "output_tokens_details": {"thinking_tokens": 3}}
    return [event("message_delta", delta=delta, usage=usage), event("message_stop")]


BEGIN: Sequence[bytes] = [start(), PING]
WORDS: Sequence[bytes] = text(0, "We open", " at eight.")
END: Sequence[bytes] = stop()
