"""Three ways to read one reply: raw lines, our adapter, and the SDK's own types."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import httpx2
import msgspec
from anthropic import AsyncAnthropic
from groq import AsyncGroq
from model_server import TOKENS
from openai import AsyncOpenAI

from llm_worker.model import Model, ModelMessage, Question, Speaker, TextDelta
from llm_worker.providers import anthropic_request, chat_request
from llm_worker.providers.anthropic import AnthropicModel
from llm_worker.providers.groq import GroqModel
from llm_worker.providers.openai_compatible import OpenAiCompatibleModel
from trunkline.agents import Agent, Language, ModelChoice, Provider

KEY = "a-key"
Read = Callable[[], Awaitable[int]]


@dataclass(frozen=True)
class Readers:
    """Each reads one reply and returns how many tokens it saw."""

    raw: Read
    ours: Read
    typed: Read


@asynccontextmanager
async def open_readers(base: str) -> AsyncIterator[Mapping[Provider, Readers]]:
    async with AsyncExitStack() as stack:
        old = await stack.enter_async_context(httpx.AsyncClient())
        new = await stack.enter_async_context(httpx2.AsyncClient())
        groq = await stack.enter_async_context(GroqModel.open(KEY, base))
        openai = await stack.enter_async_context(OpenAiCompatibleModel.open(KEY, base))
        claude = await stack.enter_async_context(AnthropicModel.open(KEY, base))
        groq_sdk = await stack.enter_async_context(AsyncGroq(api_key=KEY, base_url=base))
        openai_sdk = await stack.enter_async_context(AsyncOpenAI(api_key=KEY, base_url=base))
        claude_sdk = await stack.enter_async_context(AsyncAnthropic(api_key=KEY, base_url=base))
        chat = chat_request.body(question(Provider.OPENAI))
        groq_chat = chat_request.body(question(Provider.GROQ))
        message = anthropic_request.body(question(Provider.ANTHROPIC))
        yield {
            Provider.GROQ: Readers(
                lambda: raw(old, f"{base}/openai/v1/chat/completions", groq_chat, "choices"),
                lambda: ours(groq, question(Provider.GROQ)),
                lambda: typed_chat(groq_sdk, groq_chat),
            ),
            Provider.OPENAI: Readers(
                lambda: raw(new, f"{base}/chat/completions", chat, "choices"),
                lambda: ours(openai, question(Provider.OPENAI)),
                lambda: typed_chat(openai_sdk, chat),
            ),
            Provider.ANTHROPIC: Readers(
                lambda: raw(new, f"{base}/v1/messages", message, "delta"),
                lambda: ours(claude, question(Provider.ANTHROPIC)),
                lambda: typed_messages(claude_sdk, message),
            ),
        }


async def raw(
    client: httpx.AsyncClient | httpx2.AsyncClient, url: str, body: dict[str, Any], key: str
) -> int:
    """The least that can be done: post, split into lines, decode; count what may be text."""
    tokens = 0
    headers = {"authorization": f"Bearer {KEY}"}
    async with client.stream("POST", url, json=body, headers=headers) as response:
        async for line in response.aiter_lines():
            if line.startswith("data:") and line != "data: [DONE]":
                tokens += key in msgspec.json.decode(line[5:])
    return min(tokens, TOKENS)


async def ours(model: Model, asked: Question) -> int:
    return sum([isinstance(delta, TextDelta) async for delta in model.reply(asked)])


async def typed_chat(client: Any, body: dict[str, Any]) -> int:
    stream = await client.chat.completions.create(**body)
    return sum([bool(c.choices and c.choices[0].delta.content) async for c in stream])


async def typed_messages(client: AsyncAnthropic, body: dict[str, Any]) -> int:
    stream = await client.messages.create(**body)
    return sum([event.type == "content_block_delta" async for event in stream])


def question(provider: Provider) -> Question:
    """Ten messages after instructions of some 2,000 characters: a call in its fifth turn."""
    choice = ModelChoice(provider=provider, name="a-model")
    agent = Agent(
        id="bench",
        greeting="Hello.",
        instructions="Help.",
        languages=(Language(code="en-US"),),
        models=(choice,),
    )
    asked = ModelMessage(Speaker.CALLER, "When are you open on Saturdays, please?")
    said = ModelMessage(Speaker.AGENT, "On Saturdays we are open from eight to noon.")
    system = ModelMessage(Speaker.SYSTEM, "You are a clinic's receptionist. Be brief. " * 45)
    dialogue = (system, *(message for _ in range(4) for message in (asked, said)), asked)
    return Question(agent, choice, turn=5, language="en-US", messages=dialogue)
