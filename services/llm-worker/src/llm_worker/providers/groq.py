"""Groq's models, through its SDK."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import groq
import httpx

from llm_worker.model import Question
from llm_worker.providers import chat_request
from llm_worker.providers.calls import model_id
from llm_worker.providers.chat_wire import ChatReply
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

_ERRORS = SdkErrors(groq.APIStatusError, groq.APIConnectionError, httpx.HTTPError)


class GroqModel(StreamedModel):
    """One client for the whole process, so that connections are used again."""

    def __init__(self, client: groq.AsyncGroq) -> None:
        super().__init__(_ERRORS)
        self._client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, api_key: str, base_url: str) -> AsyncIterator["GroqModel"]:
        """Make the client. `base_url` is the host alone, as the SDK wants it."""
        http = groq.DefaultAsyncHttpxClient(
            limits=httpx.Limits(**LIMITS),
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
        )
        # Retries are the turn's: the SDK would wait between them, and the caller with it.
        async with groq.AsyncGroq(
            api_key=api_key, base_url=base_url, max_retries=0, http_client=http
        ) as client:
            client._custom_headers = {}  # the SDK's own: from an environment that is not ours
            yield cls(client)

    def prepare(self, agent: Agent) -> None:
        """Nothing to do."""

    async def _post(self, question: Question) -> Body:
        return await self._client.post(
            "/openai/v1/chat/completions",
            cast_to=httpx.Response,
            body=chat_request.body(question),
            stream=STREAM,
        )

    def _reading(self, question: Question) -> ChatReply:
        return ChatReply(model_id(question))
