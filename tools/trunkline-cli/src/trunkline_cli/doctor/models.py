"""The models' keys and names: a list of models costs nothing, and needs the key."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from llm_worker.settings import WorkerSettings
from trunkline.agents import Provider
from trunkline_cli.doctor.finding import Finding, fine, warning, wrong

AREA = "models"
ANTHROPIC_VERSION = "2023-06-01"
REFUSALS = {Provider.GEMINI: (400, 401, 403)}  # it calls a wrong key a wrong request


@dataclass(frozen=True, slots=True)
class Question:
    """How a provider's list of models is asked for. The headers hold the key."""

    url: str
    headers: Mapping[str, str] = field(repr=False)


def questions(settings: WorkerSettings, providers: Iterable[Provider]) -> dict[Provider, Question]:
    """The question for each of these providers that has a list of models; pure."""
    known = {
        Provider.GROQ: (f"{settings.groq_base_url}/openai/v1/models", settings.groq_api_key),
        Provider.OPENAI: (f"{settings.openai_base_url}/models", settings.openai_api_key),
        Provider.GEMINI: (f"{settings.gemini_base_url}/models", settings.gemini_api_key),
        Provider.DEEPSEEK: (f"{settings.deepseek_base_url}/models", settings.deepseek_api_key),
        Provider.ANTHROPIC: (
            f"{settings.anthropic_base_url}/v1/models?limit=1000",
            settings.anthropic_api_key,
        ),
        Provider.VLLM: (f"{settings.vllm_base_url}/models", settings.vllm_api_key),
        Provider.OLLAMA: (f"{settings.ollama_base_url}/models", None),
    }
    found: dict[Provider, Question] = {}
    for provider in providers:
        if provider in known:
            url, key = known[provider]
            secret = key.get_secret_value() if key else ""
            found[provider] = Question(url, _headers(provider, secret))
    return found


def _headers(provider: Provider, key: str) -> Mapping[str, str]:
    if provider is Provider.ANTHROPIC:
        return {"x-api-key": key, "anthropic-version": ANTHROPIC_VERSION}
    return {"Authorization": f"Bearer {key}"} if key else {}


async def check_models(
    client: httpx.AsyncClient, provider: Provider, question: Question, names: Sequence[str]
) -> list[Finding]:
    """Ask one provider for its models, of which agents name these."""
    try:
        answer = await client.get(question.url, headers=question.headers)
    except UnicodeEncodeError:
        mend = "Copy the key anew: keys are plain letters, digits and signs."
        return [wrong(AREA, f"the key of {provider} cannot be sent", mend)]
    except httpx.HTTPError as error:
        mend = "Is its address right, and may this machine reach it?"
        return [wrong(AREA, f"{provider} does not answer: {type(error).__name__}", mend)]
    return list(check_answer(provider, answer, names))


def check_answer(
    provider: Provider, answer: httpx.Response, names: Sequence[str]
) -> Iterator[Finding]:
    """What the answer tells of the key and of the models' names; pure."""
    if answer.status_code in REFUSALS.get(provider, (401, 403)):
        yield wrong(AREA, f"{provider} refuses the key", "Copy the key anew, without spaces.")
    elif not answer.is_success:
        mend = "Its status page may tell more; agents fall back to their next model."
        yield warning(AREA, f"{provider} answers {answer.status_code}", mend)
    else:
        yield fine(AREA, f"{provider} takes the key")
        offered = _offered(answer)
        for name in names if offered else ():
            if name not in offered:
                mend = "Correct the name in the agent files; until then the next model answers."
                yield warning(AREA, f"{provider} does not list the model {name}", mend)


def _offered(answer: httpx.Response) -> set[str]:
    """The models' names, as far as they can be read; Gemini puts `models/` before them."""
    try:
        listed = answer.json()["data"]
        names = {str(model["id"]) for model in listed}
    except (ValueError, LookupError, TypeError):
        return set()
    return names | {name.removeprefix("models/") for name in names}
