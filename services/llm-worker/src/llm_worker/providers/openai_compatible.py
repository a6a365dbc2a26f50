"""OpenAI's models, and those of all who speak its chat completions, through its SDK."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import openai

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

_ERRORS = SdkErrors(openai.APIStatusError, openai.APIConnectionError, httpx2.HTTPError)


class OpenAiCompatibleModel(StreamedModel):
    """One provider's models; one client for the whole process."""

    def __init__(self, client: openai.AsyncOpenAI) -> None:
        super().__init__(_ERRORS)
        self._client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, api_key: str, base_url: str) -> AsyncIterator["OpenAiCompatibleModel"]:
        """Make the client. `base_url` is what stands before `/chat/completions`."""
        http = openai.DefaultAsyncHttpxClient(
            limits=httpx2.Limits(**LIMITS),
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
        )
        # Retries are the turn's: the SDK would wait between them, and the caller with it.
        async with openai.AsyncOpenAI(
            api_key=api_key, base_url=base_url, max_retries=0, http_client=http
        ) as client:
            _forget_environment(client)
            yield cls(client)

    def prepare(self, agent: Agent) -> None:
        """Nothing to do."""

    async def _post(self, question: Question) -> Body:
        return await self._client.post(
            "/chat/completions",
            cast_to=httpx2.Response,
            body=chat_request.body(question),
            stream=STREAM,
        )

    def _reading(self, question: Question) -> ChatReply:
        return ChatReply(model_id(question))


def _forget_environment(client: openai.AsyncOpenAI) -> None:
    """What the SDK takes from OPENAI_* variables is OpenAI's: no other provider must be sent it."""
    client.organization = client.project = client.admin_api_key = client.webhook_secret = None
    client._custom_headers = {}
