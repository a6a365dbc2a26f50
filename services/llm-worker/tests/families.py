"""Every provider's models as the tests open and ask them, and a server in the provider's place."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass

from questions import TOOLS, question
from stream_server import StreamServer, listening

from llm_worker.model import Delta, Model
from llm_worker.providers.anthropic import AnthropicModel
from llm_worker.providers.groq import GroqModel
from llm_worker.providers.openai_compatible import OpenAiCompatibleModel
from trunkline.agents import Provider

KEY = "key-7f3a"


@dataclass(frozen=True)
class Family:
    """How a provider's models are opened, with what behind the host, and which path they ask."""

    open: Callable[[str, str], AbstractAsyncContextManager[Model]]
    base: str
    path: str


FAMILIES: Mapping[Provider, Family] = {
    Provider.GROQ: Family(GroqModel.open, "", "/openai/v1/chat/completions"),
    Provider.OPENAI: Family(OpenAiCompatibleModel.open, "/v1", "/v1/chat/completions"),
    Provider.GEMINI: Family(
        OpenAiCompatibleModel.open, "/v1beta/openai/", "/v1beta/openai/chat/completions"
    ),
    Provider.DEEPSEEK: Family(OpenAiCompatibleModel.open, "", "/chat/completions"),
    Provider.OLLAMA: Family(OpenAiCompatibleModel.open, "/v1/", "/v1/chat/completions"),
    Provider.VLLM: Family(OpenAiCompatibleModel.open, "/v1", "/v1/chat/completions"),
    Provider.ANTHROPIC: Family(AnthropicModel.open, "", "/v1/messages"),
}
SDKS = [Provider.GROQ, Provider.OPENAI, Provider.ANTHROPIC]


@asynccontextmanager
async def serving(provider: Provider, server: StreamServer) -> AsyncIterator[Model]:
    """The provider's model, which asks this server."""
    family = FAMILIES[provider]
    async with listening(server) as url, family.open(KEY, url + family.base) as model:
        yield model


async def listen(model: Model, provider: Provider, temperature: float | None = None) -> list[Delta]:
    """A whole reply."""
    asked = question(provider, tools=TOOLS, temperature=temperature)
    async with asyncio.timeout(10), aclosing(model.reply(asked)) as deltas:
        return [delta async for delta in deltas]
