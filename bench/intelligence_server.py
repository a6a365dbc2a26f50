"""Plays Twilio's Intelligence API for a benchmark: a process of its own, as light as can be.

python bench/intelligence_server.py --latency-ms 50 --sentences 10 --results 8

Prints its port. Every transcript exists, and has as many sentences and results as asked for.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import urlsplit

import uvloop

TYPES = (
    {"operator_type": "conversation-classify", "predicted_label": "positive"},
    {"operator_type": "utterance-classify", "utterance_match": True, "match_probability": "0.8"},
    {"operator_type": "extract", "extract_match": True, "extract_results": {"day": ["Tuesday"]}},
    {"operator_type": "extract-normalize", "normalized_result": "booked"},
    {"operator_type": "pii-extract", "extract_results": {"name": ["Ann"]}},
    {
        "operator_type": "text-generation",
        "text_generation_results": {"format": "text", "result": "An appointment was booked."},
    },
    {"operator_type": "json", "json_results": {"score": 7, "reasons": ["polite", "quick"]}},
)
SAYING = "I would like to book an appointment on Tuesday at nine in the morning please"


class Connection(asyncio.Protocol):
    """Answers requests one after the other, each as late as it was told to."""

    def __init__(self, answer: Callable[[str], bytes], latency: float) -> None:
        self._answer = answer
        self._latency = latency
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one but for its type

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            target = head.split(b" ", 2)[1].decode()
            asyncio.get_running_loop().call_later(self._latency, self._write, target)

    def _write(self, target: str) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._answer(target))


def answers(sentences: int, results: int) -> Callable[[str], bytes]:
    """The answer to each path, put together beforehand but for the transcript's sid."""
    said = [sentence(n) for n in range(sentences)]
    found = [operator_result(n) for n in range(results)]
    listed = {
        "Sentences": page("sentences", said),
        "OperatorResults": page("operator_results", found),
        "Transcripts": page("transcripts", []),
    }

    def answer(target: str) -> bytes:
        last = urlsplit(target).path.rpartition("/")[2]
        return listed.get(last) or response(transcript(last))

    return answer


def response(document: Mapping[str, object]) -> bytes:
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def page(key: str, items: list[dict[str, object]]) -> bytes:
    return response({"meta": {"key": key, "next_page_url": None}, key: items})


def transcript(sid: str) -> Mapping[str, object]:
    return {
        "sid": sid,
        "account_sid": "AC" + "0" * 32,
        "status": "completed",
        "language_code": "en-US",
        "date_created": "2026-11-20T10:00:00Z",
        "redaction": False,
        "channel": {
            "media_properties": {"source": "ConversationRelay", "source_sid": f"VX{sid[2:]}"}
        },
    }


def sentence(n: int) -> dict[str, object]:
    words = [{"word": word, "start_time": "1.0", "end_time": "1.2"} for word in SAYING.split()]
    return {
        "sentence_index": n,
        "media_channel": 1 + n % 2,
        "transcript": SAYING,
        "start_time": str(n * 3.0),
        "end_time": str(n * 3.0 + 2.5),
        "confidence": "0.97",
        "words": words,
    }


def operator_result(n: int) -> dict[str, object]:
    typed = TYPES[n % len(TYPES)]
    return {"operator_sid": f"LY{n:032x}", "name": f"Operator {n}", **typed}


async def main(latency: float, sentences: int, results: int) -> None:
    answer = answers(sentences, results)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(answer, latency), "127.0.0.1", 0
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency-ms", type=float, default=50.0)
    parser.add_argument("--sentences", type=int, default=10)
    parser.add_argument("--results", type=int, default=8)
    options = parser.parse_args()
    uvloop.run(main(options.latency_ms / 1000, options.sentences, options.results))
