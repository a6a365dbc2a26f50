"""Plays the providers for a benchmark, in a process of its own: its work is not counted.

Prints its port, then answers every request with the same reply of 24 tokens until it is killed.
Each token is sent by itself, as models do, so that the reader is woken up for each.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence

TOKENS = 24
PAUSE_SECONDS = 0.001  # long enough that two tokens never come in one read


def chat() -> list[bytes]:
    """A chat completion, as OpenAI, Groq and all compatible servers stream it."""
    deltas = [{"role": "assistant", "content": ""}]
    deltas += [{"content": f" word{i}"} for i in range(TOKENS)]
    usage = {"prompt_tokens": 80, "completion_tokens": TOKENS, "total_tokens": 80 + TOKENS}
    chunks: list[dict[str, object]] = [{"choices": [_choice(delta)]} for delta in deltas]
    chunks += [{"choices": [_choice({}, "stop")]}, {"choices": [], "usage": usage}]
    head = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "a-model",
        "system_fingerprint": "fp_1",
    }
    return [*(f"data: {json.dumps(head | c)}\n\n".encode() for c in chunks), b"data: [DONE]\n\n"]


def _choice(delta: dict[str, str], finish: str | None = None) -> dict[str, object]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}


def messages() -> list[bytes]:
    """A message, as Anthropic streams it."""
    usage = {"input_tokens": 80, "output_tokens": 1}
    message: dict[str, object] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "a-model",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    return [
        _event("message_start", message=message),
        _event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *(
            _event("content_block_delta", index=0, delta={"type": "text_delta", "text": f" w{i}"})
            for i in range(TOKENS)
        ),
        _event("content_block_stop", index=0),
        _event("message_delta", delta=stop, usage={"output_tokens": TOKENS}),
        _event("message_stop"),
    ]


def _event(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length:")[2].partition("\r\n")[0])
            await reader.readexactly(length)
            await _stream(writer, MESSAGES if "/messages" in head else CHAT)
    writer.close()


async def _stream(writer: asyncio.StreamWriter, events: Sequence[bytes]) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    for event in events:
        writer.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
        await writer.drain()
        await asyncio.sleep(PAUSE_SECONDS)
    writer.write(b"0\r\n\r\n")
    await writer.drain()


CHAT, MESSAGES = chat(), messages()


async def main() -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
