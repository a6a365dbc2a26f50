from typing import Any

import pytest

from llm_worker.main import open_models
from llm_worker.providers.remote import remote_models
from llm_worker.settings import WorkerSettings
from trunkline.agents import Provider

NEEDS = {
    Provider.GROQ: "groq_api_key",
    Provider.OPENAI: "openai_api_key",
    Provider.ANTHROPIC: "anthropic_api_key",
    Provider.GEMINI: "gemini_api_key",
    Provider.DEEPSEEK: "deepseek_api_key",
    Provider.OLLAMA: "ollama_base_url",
    Provider.VLLM: "vllm_base_url",
}


def settings(**values: Any) -> WorkerSettings:
    unset: dict[str, Any] = {name: None for name in [*NEEDS.values(), "vllm_api_key"]}
    return WorkerSettings(kafka_bootstrap_servers="x", **{**unset, **values})


@pytest.mark.parametrize(("provider", "setting"), NEEDS.items())
def test_a_provider_is_asked_when_it_has_what_it_needs(provider: Provider, setting: str) -> None:
    given = settings(**{setting: "http://127.0.0.1:1"})

    assert [opened for opened, _ in remote_models(given)] == [provider]


async def test_all_of_them_can_be_open_at_once_beside_those_that_need_nothing() -> None:
    given = settings(**dict.fromkeys(NEEDS.values(), "http://127.0.0.1:1"))

    async with open_models(given) as models:
        assert set(models) == set(Provider)


def test_without_keys_there_is_nothing_to_open() -> None:
    assert list(remote_models(settings())) == []
