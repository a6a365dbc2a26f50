"""What the doctor makes of the models' keys and names."""

from collections.abc import Sequence

import httpx
import pytest
from fake_server import fake_server
from fastapi import Response
from fastapi.responses import JSONResponse

from llm_worker.settings import WorkerSettings
from trunkline.agents import Provider
from trunkline_cli.doctor.finding import Finding, Level
from trunkline_cli.doctor.models import Question, check_models, questions

KEY = "the-key-that-nobody-may-see"
LISTED = JSONResponse({"data": [{"id": "openai/gpt-oss-20b"}, {"id": "models/gemini-3-flash"}]})


@pytest.fixture
def settings() -> WorkerSettings:
    names = ("groq", "openai", "anthropic", "gemini", "deepseek")
    keys = {f"{name}_api_key": KEY for name in names}
    others = {"kafka_bootstrap_servers": "", "ollama_base_url": "http://ollama/v1"}
    return WorkerSettings.model_validate({**keys, **others})


async def ask(
    provider: Provider, answer: Response, names: Sequence[str] = (), key: str = KEY
) -> list[Finding]:
    async with fake_server() as server, httpx.AsyncClient(trust_env=False) as client:
        server.answers["/models"] = answer
        headers = {"Authorization": f"Bearer {key}"}
        return await check_models(
            client, provider, Question(f"{server.url}/models", headers), names
        )


def test_each_provider_is_asked_where_and_how_it_wants(settings: WorkerSettings) -> None:
    asked = questions(settings, list(Provider))

    assert asked[Provider.GROQ].url == "https://api.groq.com/openai/v1/models"
    assert asked[Provider.OPENAI].headers == {"Authorization": f"Bearer {KEY}"}
    assert asked[Provider.ANTHROPIC].headers["x-api-key"] == KEY
    assert asked[Provider.OLLAMA] == Question("http://ollama/v1/models", {})
    assert not {Provider.OFFLINE, Provider.SCRIPTED} & asked.keys()
    assert KEY not in repr(asked)


@pytest.mark.parametrize(
    ("provider", "answer", "level", "words"),
    [
        (Provider.GROQ, LISTED, Level.FINE, "groq takes the key"),
        (Provider.GROQ, JSONResponse({}, 401), Level.WRONG, "groq refuses the key"),
        (Provider.OPENAI, JSONResponse({}, 403), Level.WRONG, "openai refuses the key"),
        (Provider.GEMINI, JSONResponse({}, 400), Level.WRONG, "gemini refuses the key"),
        (Provider.OPENAI, JSONResponse({}, 400), Level.WARNING, "openai answers 400"),
        (Provider.GROQ, Response(status_code=500), Level.WARNING, "groq answers 500"),
        (Provider.VLLM, Response("<html/>"), Level.FINE, "vllm takes the key"),
    ],
)
async def test_an_answer_tells_whether_the_key_is_good(
    provider: Provider, answer: Response, level: Level, words: str
) -> None:
    (finding,) = await ask(provider, answer)

    assert (finding.level, finding.what) == (level, words)
    assert KEY not in repr(finding)


async def test_a_name_that_the_provider_does_not_list_is_pointed_out() -> None:
    names = ["openai/gpt-oss-20b", "gemini-3-flash", "gpt-oss-21b"]

    _, finding = await ask(Provider.GROQ, LISTED, names)

    assert finding.level is Level.WARNING
    assert finding.what == "groq does not list the model gpt-oss-21b"


@pytest.mark.parametrize("answer", [Response("<html/>"), JSONResponse({"data": ["x"]})])
async def test_a_list_that_cannot_be_read_says_nothing_about_names(answer: Response) -> None:
    (finding,) = await ask(Provider.GROQ, answer, ["gpt-oss-21b"])

    assert finding.level is Level.FINE


async def test_a_key_that_no_header_can_hold_is_named() -> None:
    (finding,) = await ask(Provider.GROQ, LISTED, key=f"{KEY}…")

    assert finding.what == "the key of groq cannot be sent"


async def test_a_provider_that_does_not_answer_is_named() -> None:
    async with fake_server() as server:
        pass
    async with httpx.AsyncClient(trust_env=False) as client:
        (finding,) = await check_models(client, Provider.OLLAMA, Question(server.url, {}), [])

    assert finding.what == "ollama does not answer: ConnectError"
