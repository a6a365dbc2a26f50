"""Which providers' models the settings let this process ask.

An SDK is loaded when it is needed, and not with this file: each takes some 30 MB and up to a
second, which a worker that starts again after a crash would rather answer callers in.
"""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager

from pydantic import SecretStr

from llm_worker.model import Model
from llm_worker.settings import WorkerSettings
from trunkline.agents import Provider

Opening = tuple[Provider, AbstractAsyncContextManager[Model]]


def remote_models(settings: WorkerSettings) -> Iterator[Opening]:
    """Every provider that has a key, or an address where it needs none, with its client to open."""
    if key := settings.groq_api_key:
        from llm_worker.providers.groq import GroqModel

        yield Provider.GROQ, GroqModel.open(key.get_secret_value(), settings.groq_base_url)
    if key := settings.anthropic_api_key:
        from llm_worker.providers.anthropic import AnthropicModel

        url = settings.anthropic_base_url
        yield Provider.ANTHROPIC, AnthropicModel.open(key.get_secret_value(), url)
    yield from _compatible(settings)


def _compatible(settings: WorkerSettings) -> Iterator[Opening]:
    for provider, (base_url, key) in _addresses(settings).items():
        if base_url and key:
            from llm_worker.providers.openai_compatible import OpenAiCompatibleModel

            yield provider, OpenAiCompatibleModel.open(key.get_secret_value(), base_url)


def _addresses(settings: WorkerSettings) -> dict[Provider, tuple[str | None, SecretStr | None]]:
    """Address and key of those that speak as OpenAI does; both are needed."""
    none = SecretStr("none")  # for servers that ask for no key: the SDK must have one
    return {
        Provider.OPENAI: (settings.openai_base_url, settings.openai_api_key),
        Provider.GEMINI: (settings.gemini_base_url, settings.gemini_api_key),
        Provider.DEEPSEEK: (settings.deepseek_base_url, settings.deepseek_api_key),
        Provider.OLLAMA: (settings.ollama_base_url, none),
        Provider.VLLM: (settings.vllm_base_url, settings.vllm_api_key or none),
    }
