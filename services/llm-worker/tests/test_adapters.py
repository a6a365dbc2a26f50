"""What each SDK does with a question, an error and its surroundings, as we have set it up."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from families import FAMILIES, KEY, SDKS, listen, serving
from questions import CALLER
from stream_server import StreamServer
from wires import WIRES

from llm_worker.model import Fault, ModelFailed
from llm_worker.providers.anthropic import TEMPERATE
from trunkline.agents import Provider
from trunkline.logs import configure_logs
from trunkline.settings import LogSettings

BROKEN = [b'{"error":{"message":"no","type":"x","code":"y"}}']


@pytest.mark.parametrize("provider", SDKS)
async def test_one_connection_serves_a_conversation(provider: Provider) -> None:
    server = StreamServer(WIRES[provider].reply)

    async with serving(provider, server) as model:
        for _ in range(3):
            await listen(model, provider)

    assert (len(server.requests), server.connections) == (3, 1)


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
    server = StreamServer(WIRES[provider].reply)

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
    server = StreamServer(WIRES[provider].reply if status == 200 else BROKEN, status=status)

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
    server = StreamServer(WIRES[Provider.ANTHROPIC].reply)

    async with serving(Provider.ANTHROPIC, server) as model:
        await listen(model, Provider.ANTHROPIC, temperature)

    (request,) = server.requests
    pinned = temperature is not None
    assert (request.headers["anthropic-version"] == TEMPERATE) == pinned
    assert request.headers.get("x-api-key") == (KEY if pinned else None)
    assert json.loads(request.body).get("temperature") == temperature
