"""The models' keys: a list of models costs nothing, and needs the key."""

from collections.abc import Iterable, Mapping

import httpx

from llm_worker.settings import WorkerSettings
from trunkline.agents import Provider
from trunkline_cli.doctor.finding import Finding, fine, warning, wrong

AREA = "models"
ANTHROPIC_VERSION = "2023-06-01"


def requests_of(
    settings: WorkerSettings, providers: Iterable[Provider]
) -> dict[Provider, tuple[str, Mapping[str, str]]]:
    """Address and headers of the list of models of each provider that is set up; pure."""
    known = {
        Provider.GROQ: (f"{settings.groq_base_url}/openai/v1/models", settings.groq_api_key),
        Provider.OPENAI: (f"{settings.openai_base_url}/models", settings.openai_api_key),
        Provider.GEMINI: (f"{settings.gemini_base_url}/models", settings.gemini_api_key),
        Provider.DEEPSEEK: (f"{settings.deepseek_base_url}/models", settings.deepseek_api_key),
        Provider.ANTHROPIC: (
            f"{settings.anthropic_base_url}/v1/models",
            settings.anthropic_api_key,
        ),
        Provider.VLLM: (f"{settings.vllm_base_url}/models", settings.vllm_api_key),
        Provider.OLLAMA: (f"{settings.ollama_base_url}/models", None),
    }
    found: dict[Provider, tuple[str, Mapping[str, str]]] = {}
    for provider in providers:
        if provider in known:
            url, key = known[provider]
            secret = key.get_secret_value() if key else ""
            found[provider] = (url, _headers(provider, secret))
    return found


def _headers(provider: Provider, key: str) -> Mapping[str, str]:
    if provider is Provider.ANTHROPIC:
        return {"x-api-key": key, "anthropic-version": ANTHROPIC_VERSION}
    return {"Authorization": f"Bearer {key}"} if key else {}


async def check_model(
    client: httpx.AsyncClient, provider: Provider, url: str, headers: Mapping[str, str]
) -> Finding:
    """Ask one provider for its models."""
    try:
        answer = await client.get(url, headers=headers)
    except httpx.HTTPError as error:
        mend = "Is its address right, and may this machine reach it?"
        return wrong(AREA, f"{provider} does not answer: {type(error).__name__}", mend)
    if answer.status_code in (401, 403):
        return wrong(AREA, f"{provider} refuses the key", "Copy the key anew, without spaces.")
    if not answer.is_success:
        mend = "Its status page may tell more; agents fall back to their next model."
        return warning(AREA, f"{provider} answers {answer.status_code}", mend)
    return fine(AREA, f"{provider} takes the key")
