"""What the doctor makes of agents, with what the worker is given for them."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from llm_worker.settings import WorkerSettings
from llm_worker.tools import in_python
from llm_worker.tools.in_python import GROUP
from trunkline.agents import Agent
from trunkline_cli.doctor.agents import check_agents
from trunkline_cli.doctor.finding import Level

TOOL = {
    "name": "find_slot",
    "description": "Finds a slot.",
    "http": {
        "url": "https://clinic.example/slots",
        "headers": {"Authorization": "Bearer ${clinic_token}"},
    },
}


def agent(**fields: object) -> Agent:
    return Agent.model_validate(
        {
            "id": "desk",
            "numbers": ["+15005550100"],
            "greeting": "Hello.",
            "instructions": "Be brief.",
            "languages": [{"code": "en-US"}],
            "models": [{"provider": "offline"}],
            **fields,
        }
    )


def found(one: Agent, **given: object) -> list[tuple[Level, str]]:
    settings = WorkerSettings.model_validate({"kafka_bootstrap_servers": "", **given})
    return [(finding.level, finding.what) for finding in check_agents([one], settings)]


def test_an_agent_that_needs_nothing_is_fine() -> None:
    assert found(agent()) == [(Level.FINE, "desk answers +15005550100")]


def test_an_agent_without_a_number_is_pointed_out() -> None:
    assert found(agent(numbers=[])) == [(Level.WARNING, "desk answers no number")]


@pytest.mark.parametrize(
    ("provider", "setting"), [("groq", "GROQ_API_KEY"), ("ollama", "OLLAMA_BASE_URL")]
)
def test_a_model_without_its_key_is_a_warning_while_another_can_be_asked(
    provider: str, setting: str
) -> None:
    models = [{"provider": provider, "name": "x"}, {"provider": "offline"}]

    assert found(agent(models=models))[1:] == [
        (Level.WARNING, f"desk names {provider}, and {setting} is not set")
    ]
    assert found(agent(models=models), **{setting.lower(): "given"})[1:] == []


def test_an_agent_whose_models_all_lack_their_keys_is_wrong() -> None:
    levels = found(agent(models=[{"provider": "groq", "name": "x"}]))

    assert levels[-1] == (Level.WRONG, "desk has no model that can be asked")


@pytest.mark.parametrize(
    ("host", "folder", "words"),
    [
        ("", "", ["may not call clinic.example", "needs the secret clinic_token"]),
        ("clinic.example", "", ["needs the secret clinic_token"]),
        ("", "secrets", ["may not call clinic.example"]),
        ("clinic.example", "elsewhere", ["needs the secret clinic_token"]),
        ("clinic.example", "secrets", []),
    ],
)
def test_a_tool_needs_its_host_and_its_secret(
    tmp_path: Path, host: str, folder: str, words: list[str]
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "clinic_token").write_text("secret")

    secrets = tmp_path / folder if folder else None
    warnings = found(agent(tools=[TOOL]), tool_hosts=host, tool_secrets_dir=secrets)[1:]

    assert [level for level, _ in warnings] == [Level.WARNING] * len(words)
    assert all(text in what for text, (_, what) in zip(words, warnings, strict=True))


def test_a_host_that_is_listed_is_not_to_be_added() -> None:
    tool = {**TOOL, "http": {"url": "http://clinic.example/slots"}}
    settings = WorkerSettings.model_validate(
        {"kafka_bootstrap_servers": "", "tool_hosts": "clinic.example"}
    )

    finding = list(check_agents([agent(tools=[tool])], settings))[-1]

    assert finding.what.endswith("may not call clinic.example: its URL must begin with https://")
    assert finding.mend == "Write it so in the agent file."


def test_a_python_tool_that_no_package_offers_is_pointed_out() -> None:
    tool = {"name": "find_slot", "description": "Finds a slot.", "python": "no_such_tool"}

    assert found(agent(tools=[tool]))[1:] == [
        (
            Level.WARNING,
            "desk: tool find_slot cannot be used: no Python package offers no_such_tool as a tool",
        )
    ]


def test_a_python_tool_that_a_package_offers_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = EntryPoint("find_slot", "pathlib:Path", GROUP)
    monkeypatch.setattr(in_python, "entry_points", lambda group, name: (offered,))
    tool = {"name": "find_slot", "description": "Finds a slot.", "python": "find_slot"}

    assert found(agent(tools=[tool]))[1:] == []
