"""The models of every provider against a local server that streams as that provider does."""

import asyncio
import json
from contextlib import aclosing

import pytest
from families import FAMILIES, KEY, listen, serving
from questions import NAMES, question
from sdk_types import check_request
from stream_server import StreamServer
from wires import SAID, WIRES

from llm_worker.model import CallBegun, CallDelta, Fault, Finished, ModelFailed
from trunkline.agents import Provider

pytestmark = pytest.mark.parametrize("provider", FAMILIES)


async def test_a_question_goes_to_the_providers_path_and_its_words_come_back(
    provider: Provider,
) -> None:
    server = StreamServer(WIRES[provider].reply)

    async with serving(provider, server) as model:
        *said, finished = await listen(model, provider)

    (request,) = server.requests
    body = json.loads(request.body)
    check_request(provider, body)
    assert request.path == FAMILIES[provider].path
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert body["model"] == NAMES[provider]
    assert said == SAID
    assert isinstance(finished, Finished)
    assert finished.usage.model == f"{provider}/{NAMES[provider]}"
    assert (finished.usage.prompt_tokens, finished.usage.completion_tokens) == (80, 5)


async def test_calls_come_back_whole_with_what_the_provider_wants_to_be_given_again(
    provider: Provider,
) -> None:
    wire = WIRES[provider]
    server = StreamServer([*wire.begin, *wire.thoughts, *wire.calls, *wire.call_end])

    async with serving(provider, server) as model:
        deltas = await listen(model, provider)

    assert deltas[:2] == [CallBegun(), CallBegun()]
    assert deltas[2:-1] == list(wire.asked)
    assert isinstance(deltas[-1], Finished)


async def test_the_beginning_of_a_call_is_told_while_its_arguments_are_still_to_come(
    provider: Provider,
) -> None:
    wire = WIRES[provider]
    server = StreamServer([*wire.begin, *wire.thoughts, wire.calls[0]], then="stall")

    async with serving(provider, server) as model, asyncio.timeout(5):
        async with aclosing(model.reply(question(provider))) as deltas:
            assert await anext(deltas) == CallBegun()
        await server.gone.wait()


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("then", ["end", "cut"])
async def test_a_stream_without_its_end_is_cut_and_asks_for_nothing(
    provider: Provider, then: str, asks: bool
) -> None:
    wire = WIRES[provider]
    server = StreamServer([*wire.begin, *(wire.calls if asks else wire.words)], then=then)
    heard = []

    async with serving(provider, server) as model, asyncio.timeout(5):
        with pytest.raises(ModelFailed) as failed:
            async with aclosing(model.reply(question(provider))) as deltas:
                async for delta in deltas:
                    heard.append(delta)

    assert failed.value.fault is Fault.CUT
    assert not any(isinstance(delta, CallDelta | Finished) for delta in heard)


async def test_a_failure_in_the_stream_is_one_after_the_words_before_it(
    provider: Provider,
) -> None:
    wire = WIRES[provider]
    server = StreamServer([*wire.begin, *wire.words, *wire.broken])

    async with serving(provider, server) as model:
        with pytest.raises(ModelFailed) as failed:
            await listen(model, provider)

    assert (failed.value.fault, failed.value.retryable) == (wire.fault, True)


async def test_too_many_requests_are_told_at_once_with_how_long_to_wait(
    provider: Provider,
) -> None:
    body = json.dumps(WIRES[provider].too_many).encode()
    server = StreamServer([body], status=429, headers=["Retry-After: 7"])

    async with serving(provider, server) as model, asyncio.timeout(5):
        with pytest.raises(ModelFailed) as failed:
            await listen(model, provider)

    failure = failed.value
    assert (failure.fault, failure.retryable) == (Fault.RATE_LIMITED, True)
    assert failure.retry_after == 7.0
    assert len(server.requests) == 1


async def test_leaving_the_stream_closes_it_at_once(provider: Provider) -> None:
    wire = WIRES[provider]
    server = StreamServer([*wire.begin, *wire.words], then="stall")

    async with serving(provider, server) as model, asyncio.timeout(5):
        async with aclosing(model.reply(question(provider))) as deltas:
            assert await anext(deltas) == SAID[0]
        await server.gone.wait()


@pytest.mark.parametrize("then", ["hang", "stall"])
async def test_a_question_nobody_waits_for_any_more_is_left_before_its_first_word(
    provider: Provider, then: str
) -> None:
    """The caller has interrupted, or the time for a first word is over, while the model thinks."""
    wire = WIRES[provider]
    server = StreamServer([*wire.begin, *wire.thoughts], then=then)

    async with serving(provider, server) as model, asyncio.timeout(5):
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(listen(model, provider), name="asking")
            await server.asked.wait()
            asking.cancel()
        await server.gone.wait()
