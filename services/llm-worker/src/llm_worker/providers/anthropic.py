"""Anthropic's models, through its SDK."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import anthropic
import httpx2

from llm_worker.model import Question
from llm_worker.providers import anthropic_request
from llm_worker.providers.anthropic_wire import AnthropicReply
from llm_worker.providers.calls import model_id
from llm_worker.providers.streamed import (
    CONNECT_SECONDS,
    LIMITS,
    READ_SECONDS,
    STREAM,
    Body,
    SdkErrors,
    StreamedModel,
)
from trunkline.agents import Agent

# The last version of the API that lets a temperature pass.
TEMPERATE = "2023-06-01"

_ERRORS = SdkErrors(anthropic.APIStatusError, anthropic.APIConnectionError, httpx2.HTTPError)


class AnthropicModel(StreamedModel):
    """One client for the whole process, so that connections are used again."""

    def __init__(self, client: anthropic.AsyncAnthropic, temperate: Mapping[str, str]) -> None:
        super().__init__(_ERRORS)
        self._client = client
        self._temperate = temperate

    @classmethod
    @asynccontextmanager
    async def open(cls, api_key: str, base_url: str) -> AsyncIterator["AnthropicModel"]:
        """Make the client. `base_url` is the host alone, as the SDK wants it."""
        http = anthropic.DefaultAsyncHttpxClient(
            limits=httpx2.Limits(**LIMITS),
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
        )
        # Retries are the turn's: the SDK would wait between them, and the caller with it.
        # Its spans would be made by whatever tracer the environment names.
        async with anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            http_client=http,
            open_telemetry=False,
        ) as client:
            client._custom_headers = {}  # the SDK's own: from an environment that is not ours
            # The SDK signs in as newer versions want it; the older one is sure of its own header.
            yield cls(client, {"anthropic-version": TEMPERATE, "X-Api-Key": api_key})

    def prepare(self, agent: Agent) -> None:
        """Nothing to do."""

    async def _post(self, question: Question) -> Body:
        temperate = question.choice.temperature is not None
        return await self._client.post(
            "/v1/messages",
            cast_to=httpx2.Response,
            body=anthropic_request.body(question),
            options={"headers": self._temperate} if temperate else {},
            stream=STREAM,
        )

    def _reading(self, question: Question) -> AnthropicReply:
        return AnthropicReply(model_id(question))
