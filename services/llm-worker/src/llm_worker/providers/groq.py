"""Groq's models: its SDK for address, key, request and errors; the stream is read line by line."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
from groq import APIConnectionError, APIError, APIStatusError, AsyncGroq, RateLimitError, omit
from groq.types.chat import ChatCompletionMessageParam

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
from llm_worker.providers.groq_wire import decode
from trunkline.agents import Agent
from trunkline.events.call import Usage

# The turn has its own deadlines, much shorter than the SDK's minute; these only bound what those
# cannot see: a connection that is never made, a stream that stalls after its first word.
TIMEOUT = httpx.Timeout(20.0, connect=3.0)


class GroqModel:
    """One client for the whole process, so that connections are used again."""

    def __init__(self, client: AsyncGroq) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, api_key: str, base_url: str) -> AsyncIterator["GroqModel"]:
        """Make the client. `base_url` is the host alone: the SDK adds `/openai/v1`."""
        # Retries are the turn's: the SDK would wait between them, and the caller with it.
        async with AsyncGroq(
            api_key=api_key, base_url=base_url, max_retries=0, timeout=TIMEOUT
        ) as client:
            yield cls(client)

    def prepare(self, agent: Agent) -> None:
        """Nothing to do."""

    async def reply(self, question: Question) -> AsyncGenerator[Delta, None]:
        choice = question.choice
        request = self._client.chat.completions.with_streaming_response.create(
            model=choice.name,
            messages=[_message(message) for message in question.messages],
            max_completion_tokens=choice.max_tokens,
            temperature=omit if choice.temperature is None else choice.temperature,
            stream=True,
        )
        finished, usage = False, Usage(f"groq/{choice.name}")
        with _our_errors():
            async with request as response:
                async for line in response.iter_lines():
                    if (chunk := decode(line)) is None:
                        continue
                    if text := chunk.text:
                        yield TextDelta(text)
                    finished = finished or chunk.finishes
                    usage = chunk.usage or usage
        if not finished:
            raise ModelFailed(Fault.CUT)  # a stream cut between two events looks complete
        yield Finished(usage)


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except RateLimitError as error:
        raise ModelFailed(Fault.RATE_LIMITED) from error
    except APIStatusError as error:
        refused = error.status_code < 498  # 498 is Groq's "no capacity" of its flex tier
        fault = Fault.REFUSED if refused else Fault.UNAVAILABLE
        raise ModelFailed(fault, retryable=not refused) from error
    except APIConnectionError as error:
        raise ModelFailed(Fault.UNAVAILABLE) from error
    except (APIError, httpx.HTTPError) as error:  # a socket cut within the stream is httpx's own
        raise ModelFailed(Fault.CUT) from error


def _message(message: ModelMessage) -> ChatCompletionMessageParam:
    match message.speaker:
        case Speaker.SYSTEM:
            return {"role": "system", "content": message.text}
        case Speaker.CALLER:
            return {"role": "user", "content": message.text}
        case Speaker.AGENT:
            return {"role": "assistant", "content": message.text}
