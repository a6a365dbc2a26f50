"""What holds for the models of every provider, against a local server that plays the provider."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass

import anthropic_events
import chat_chunks
import pytest
import structlog
from questions import CALLER, NAMES, TOOLS, question
from sdk_types import check_request
from stream_server import StreamServer, listening

from llm_worker.model import Delta, Fault, Finished, Model, ModelFailed, TextDelta
from llm_worker.providers.anthropic import TEMPERATE, AnthropicModel
from llm_worker.providers.groq import GroqModel
from llm_worker.providers.openai_compatible import OpenAiCompatibleModel
from trunkline.agents import Provider
from trunkline.logs import configure_logs
from trunkline.settings import LogSettings

KEY = "key-7f3a"
SAID = [TextDelta("We open"), TextDelta(" at eight.")]
BROKEN = [b'{"error":{"message":"no","type":"x","code":"y"}}']


@dataclass(frozen=True)
class Family:
    """How a provider's models are opened and what they stream."""

    open: Callable[[str, str], AbstractAsyncContextManager[Model]]
    base: str
    path: str
    begin: Sequence[bytes]
    words: Sequence[bytes]
    end: Sequence[bytes]
    error: bytes

    @property
    def reply(self) -> list[bytes]:
        return [*self.begin, *self.words, *self.end]


def chat(
    open_: Callable[[str, str], AbstractAsyncContextManager[Model]], base: str, path: str
) -> Family:
    error = chat_chunks.event({"error": {"message": "over"}})
    begin, words, end = chat_chunks.BEGIN, chat_chunks.WORDS, chat_chunks.END
    return Family(open_, base, f"{path}/chat/completions", begin, words, end, error)


FAMILIES: Mapping[Provider, Family] = {
    Provider.GROQ: chat(GroqModel.open, "", "/openai/v1"),
    Provider.OPENAI: chat(OpenAiCompatibleModel.open, "/v1", "/v1"),
    Provider.GEMINI: chat(OpenAiCompatibleModel.open, "/v1beta/openai/", "/v1beta/openai"),
    Provider.DEEPSEEK: chat(OpenAiCompatibleModel.open, "", ""),
    Provider.OLLAMA: chat(OpenAiCompatibleModel.open, "/v1/", "/v1"),
    Provider.VLLM: chat(OpenAiCompatibleModel.open, "/v1", "/v1"),
    Provider.ANTHROPIC: Family(
        AnthropicModel.open,
        "",
        "/v1/messages",
        anthropic_events.BEGIN,
        anthropic_events.WORDS,
        anthropic_events.END,
        anthropic_events.raw("error", {"type": "error", "error": {"type": "overloaded_error"}}),
    ),
}
SDKS = [Provider.GROQ, Provider.OPENAI, Provider.ANTHROPIC]


@asynccontextmanager
async def serving(provider: Provider, server: StreamServer) -> AsyncIterator[Model]:
    family = FAMILIES[provider]
    async with listening(server) as url, family.open(KEY, url + family.base) as model:
        yield model


async def listen(model: Model, provider: Provider, temperature: float | None = None) -> list[Delta]:
    asked = question(provider, tools=TOOLS, temperature=temperature)
    async with asyncio.timeout(10), aclosing(model.reply(asked)) as deltas:
        return [delta async for delta in deltas]


@pytest.mark.parametrize("provider", FAMILIES)
async def test_a_question_goes_to_the_providers_path_and_its_words_come_back(
    provider: Provider,
) -> None:
    family = FAMILIES[provider]
    server = StreamServer(family.reply)

    async with serving(provider, server) as model:
        deltas = await listen(model, provider)

    (request,) = server.requests
    body = json.loads(request.body)
    check_request(provider, body)
    assert request.path == family.path
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert body["model"] == NAMES[provider]
    assert deltas[:-1] == SAID
    assert isinstance(deltas[-1], Finished)
    assert deltas[-1].usage.model == f"{provider}/{NAMES[provider]}"
    assert (deltas[-1].usage.prompt_tokens, deltas[-1].usage.completion_tokens) == (80, 5)


@pytest.mark.parametrize("provider", SDKS)
async def test_one_connection_serves_a_conversation(provider: Provider) -> None:
    server = StreamServer(FAMILIES[provider].reply)

    async with serving(provider, server) as model:
        for _ in range(3):
            await listen(model, provider)

    assert (len(server.requests), server.connections) == (3, 1)


@pytest.mark.parametrize("provider", SDKS)
@pytest.mark.parametrize("then", ["end", "cut"])
async def test_a_stream_without_its_end_is_cut(provider: Provider, then: str) -> None:
    family = FAMILIES[provider]

    async with serving(provider, StreamServer([*family.begin, *family.words], then=then)) as model:
        with pytest.raises(ModelFailed) as failed:
            await listen(model, provider)

    assert failed.value.fault is Fault.CUT


@pytest.mark.parametrize("provider", SDKS)
async def test_an_error_in_the_stream_is_a_failure(provider: Provider) -> None:
    family = FAMILIES[provider]

    async with serving(provider, StreamServer([*family.words, family.error])) as model:
        with pytest.raises(ModelFailed) as failed:
            await listen(model, provider)

    assert failed.value.fault is Fault.UNAVAILABLE


@pytest.mark.parametrize("provider", SDKS)
@pytest.mark.parametrize(
    ("status", "headers", "fault", "retryable", "retry_after"),
    [
        (307, ["location: /elsewhere"], Fault.REFUSED, False, 0.0),
        (400, [], Fault.REFUSED, False, 0.0),
        (401, [], Fault.REFUSED, False, 0.0),
        (404, [], Fault.REFUSED, False, 0.0),
        (429, ["Retry-After: 60"], Fault.RATE_LIMITED, True, 60.0),
        (498, [], Fault.UNAVAILABLE, True, 0.0),
        (500, ["x-should-retry: true"], Fault.UNAVAILABLE, True, 0.0),
        (529, [], Fault.UNAVAILABLE, True, 0.0),
    ],
)
async def test_an_error_is_told_at_once_and_never_tried_again_here(
    provider: Provider,
    status: int,
    headers: list[str],
    fault: Fault,
    retryable: bool,
    retry_after: float,
) -> None:
    server = StreamServer(BROKEN, status=status, headers=headers)

    async with serving(provider, server) as model, asyncio.timeout(5):
        with pytest.raises(ModelFailed) as failed:
            await listen(model, provider)

    failure = failed.value
    assert (failure.fault, failure.retryable) == (fault, retryable)
    assert failure.retry_after == retry_after
    assert len(server.requests) == 1


@pytest.mark.parametrize("provider", SDKS)
async def test_a_server_that_is_not_there_is_unavailable(provider: Provider) -> None:
    async with FAMILIES[provider].open(KEY, "http://127.0.0.1:1") as model:
        with pytest.raises(ModelFailed) as failed:
            await listen(model, provider)

    assert failed.value.fault is Fault.UNAVAILABLE


@pytest.mark.parametrize("provider", SDKS)
async def test_leaving_the_stream_closes_it_at_once(provider: Provider) -> None:
    family = FAMILIES[provider]
    server = StreamServer([*family.begin, *family.words], then="stall")

    async with serving(provider, server) as model, asyncio.timeout(5):
        async with aclosing(model.reply(question(provider))) as deltas:
            assert await anext(deltas) == SAID[0]
        await server.gone.wait()


@pytest.mark.parametrize("provider", SDKS)
@pytest.mark.parametrize("then", ["hang", "stall"])
async def test_a_question_nobody_waits_for_any_more_is_left_before_its_first_word(
    provider: Provider, then: str
) -> None:
    """The caller has interrupted while the model still thinks, before or within its stream."""
    server = StreamServer(FAMILIES[provider].begin, then=then)

    async with serving(provider, server) as model, asyncio.timeout(5):
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(listen(model, provider), name="asking")
            await server.asked.wait()
            asking.cancel()
        await server.gone.wait()


@pytest.mark.parametrize("provider", SDKS)
async def test_the_sdk_takes_nothing_from_the_environment(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is meant for OpenAI must not be sent to another provider, nor a key to another host."""
    for sdk in ("OPENAI", "ANTHROPIC", "GROQ"):
        monkeypatch.setenv(f"{sdk}_CUSTOM_HEADERS", "X-Canary: canary")
        monkeypatch.setenv(f"{sdk}_BASE_URL", "http://127.0.0.1:1/canary")
        monkeypatch.setenv(f"{sdk}_API_KEY", "canary")
    for name in ("ORG_ID", "PROJECT_ID", "ADMIN_KEY"):
        monkeypatch.setenv(f"OPENAI_{name}", "canary")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "canary")
    server = StreamServer(FAMILIES[provider].reply)

    async with serving(provider, server) as model:
        await listen(model, provider)

    assert "canary" not in server.requests[0].head.lower()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged when everything is."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    configure_logs(LogSettings(log_level="debug"), stream=stream)
    yield stream
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.mark.parametrize("provider", SDKS)
@pytest.mark.parametrize("status", [200, 500])
async def test_no_word_no_key_and_no_address_is_logged(
    provider: Provider, status: int, log: io.StringIO
) -> None:
    server = StreamServer(FAMILIES[provider].reply if status == 200 else BROKEN, status=status)

    async with serving(provider, server) as model:
        try:
            await listen(model, provider)
        except ModelFailed as failed:
            logging.getLogger("test").exception("model_failed", exc_info=failed)

    for canary in (CALLER.text, "eight", KEY, "127.0.0.1", FAMILIES[provider].path):
        assert canary not in log.getvalue()


@pytest.mark.parametrize("temperature", [None, 0.3])
async def test_a_temperature_goes_to_the_version_of_anthropics_api_that_lets_it_pass(
    temperature: float | None,
) -> None:
    server = StreamServer(FAMILIES[Provider.ANTHROPIC].reply)

    async with serving(Provider.ANTHROPIC, server) as model:
        await listen(model, Provider.ANTHROPIC, temperature)

    (request,) = server.requests
    pinned = temperature is not None
    assert (request.headers["anthropic-version"] == TEMPERATE) == pinned
    assert request.headers.get("x-api-key") == (KEY if pinned else None)
    assert json.loads(request.body).get("temperature") == temperature
