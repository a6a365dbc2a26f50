"""The Groq adapter against a local server that streams its wire format, with its quirks."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

import pytest

from llm_worker.model import (
    Delta,
    Fault,
    Finished,
    ModelFailed,
    ModelMessage,
    Question,
    Speaker,
    TextDelta,
)
from llm_worker.providers.groq import GroqModel
from trunkline.agents import Agent, Language, ModelChoice, Provider
from trunkline.events.call import Usage

NAME = "openai/gpt-oss-20b"


def chunk(delta: dict[str, object], finish: str | None = None, **groq: object) -> str:
    body: dict[str, object] = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": NAME,
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }
    if groq:
        body["x_groq"] = groq
    return f"data: {json.dumps(body)}\n\n"


BEGIN = [
    chunk({"role": "assistant", "content": ""}, id="req_1"),
    ": keep-alive\n\n",
    chunk({"reasoning": "The caller asks for hours."}),
]
WORDS = [chunk({"content": "We open"}), chunk({"content": " at eight."})]
USAGE = {"prompt_tokens": 80, "completion_tokens": 5, "total_tokens": 85, "queue_time": 0.01}
END = [chunk({}, "stop", id="req_1", usage=USAGE), "data: [DONE]\n\n"]


class Groq:
    """A server that answers each request with the same events; then ends well, cuts or stalls."""

    def __init__(self, events: Sequence[str], *, status: int = 200, then: str = "end") -> None:
        self._events = events
        self._status = status
        self._then = then
        self.requests: list[str] = []
        self.gone = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line[16:])
            for line in head.splitlines()
            if line.lower().startswith("content-length:")
        )
        self.requests.append(head + (await reader.readexactly(length)).decode())
        kind = "text/event-stream" if self._status == 200 else "application/json"
        writer.write(
            f"HTTP/1.1 {self._status} X\r\ncontent-type: {kind}\r\n"
            "transfer-encoding: chunked\r\nconnection: close\r\n\r\n".encode()
        )
        for event in self._events:
            data = event.encode()
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await writer.drain()
        if self._then == "stall":
            await reader.read()
            self.gone.set()
        if self._then == "end":
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        writer.close()


async def test_the_words_are_streamed_and_reasoning_is_never_spoken() -> None:
    async with serving(Groq([*BEGIN, *WORDS, *END])) as model:
        deltas = await listen(model)

    usage = Usage(f"groq/{NAME}", 80, 5)
    assert deltas == [TextDelta("We open"), TextDelta(" at eight."), Finished(usage)]


async def test_the_request_goes_to_groqs_path_with_key_model_and_conversation() -> None:
    groq = Groq([*BEGIN, *WORDS, *END])
    async with serving(groq) as model:
        await listen(model)

    head, _, body = groq.requests[0].partition("\r\n\r\n")
    sent = json.loads(body)
    assert head.startswith("POST /openai/v1/chat/completions ")
    assert "authorization: bearer gsk-test" in head.lower()
    assert (sent["model"], sent["stream"], sent["max_completion_tokens"]) == (NAME, True, 400)
    assert sent["messages"] == [{"role": "user", "content": "When are you open?"}]
    assert "temperature" not in sent


@pytest.mark.parametrize(
    ("events", "then", "fault"),
    [
        pytest.param(WORDS, "end", Fault.CUT, id="a clean end without finish_reason"),
        pytest.param(WORDS, "cut", Fault.CUT, id="a socket cut in the stream"),
        pytest.param(
            [*WORDS, 'data: {"error":{"message":"over"}}\n\n'],
            "end",
            Fault.UNAVAILABLE,
            id="an error object in the stream",
        ),
        pytest.param(
            [*WORDS, 'event: error\ndata: {"error":{"message":"over"}}\n\n'],
            "end",
            Fault.UNAVAILABLE,
            id="an error event in the stream",
        ),
        pytest.param(
            [*WORDS, chunk({}, None, error="failed")], "end", Fault.UNAVAILABLE, id="x_groq.error"
        ),
        pytest.param([*WORDS, "data: {broken\n\n"], "end", Fault.CUT, id="a broken line"),
    ],
)
async def test_a_stream_that_does_not_finish_is_a_failure(
    events: Sequence[str], then: str, fault: Fault
) -> None:
    async with serving(Groq(events, then=then)) as model:
        with pytest.raises(ModelFailed) as failed:
            await listen(model)

    assert failed.value.fault is fault


@pytest.mark.parametrize(
    ("status", "fault", "retryable"),
    [
        (400, Fault.REFUSED, False),
        (401, Fault.REFUSED, False),
        (404, Fault.REFUSED, False),
        (429, Fault.RATE_LIMITED, True),
        (498, Fault.UNAVAILABLE, True),
        (500, Fault.UNAVAILABLE, True),
        (503, Fault.UNAVAILABLE, True),
    ],
)
async def test_an_error_is_told_once_and_never_tried_again_here(
    status: int, fault: Fault, retryable: bool
) -> None:
    groq = Groq(['{"error":{"message":"no","type":"x","code":"y"}}'], status=status)
    async with serving(groq) as model:
        with pytest.raises(ModelFailed) as failed:
            await listen(model)

    assert (failed.value.fault, failed.value.retryable) == (fault, retryable)
    assert len(groq.requests) == 1


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    async with GroqModel.open("gsk-test", "http://127.0.0.1:1") as model:
        with pytest.raises(ModelFailed) as failed:
            await listen(model)

    assert failed.value.fault is Fault.UNAVAILABLE


async def test_leaving_the_stream_closes_it_at_once() -> None:
    groq = Groq([*BEGIN, *WORDS], then="stall")
    async with serving(groq) as model, asyncio.timeout(2):
        async with aclosing(model.reply(question())) as deltas:
            await anext(deltas)
        await groq.gone.wait()

    assert groq.gone.is_set()


async def listen(model: GroqModel) -> list[Delta]:
    async with asyncio.timeout(10), aclosing(model.reply(question())) as deltas:
        return [delta async for delta in deltas]


@asynccontextmanager
async def serving(groq: Groq) -> AsyncIterator[GroqModel]:
    server = await asyncio.start_server(groq.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, GroqModel.open("gsk-test", f"http://127.0.0.1:{port}") as model:
        yield model


def question() -> Question:
    choice = ModelChoice(provider=Provider.GROQ, name=NAME)
    agent = Agent(
        id="clinic",
        greeting="Hello.",
        instructions="Help.",
        languages=(Language(code="en-US"),),
        models=(choice,),
    )
    caller = ModelMessage(Speaker.CALLER, "When are you open?")
    return Question(agent, choice, turn=1, language="en-US", messages=(caller,))
