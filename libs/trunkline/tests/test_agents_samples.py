"""The sample agents: complete, honest, and never at a loss for words."""

import re
from pathlib import Path

import pytest

from trunkline.agents import Agent, Language, ModelChoice
from trunkline.agents.load import load_agents, load_files

AGENTS = Path(__file__).resolve().parents[3] / "agents"
TESTERS = {"scripted"}  # spoken to by tests alone
SAMPLES = {agent.id: agent for agent in load_agents(AGENTS) if agent.id not in TESTERS}
AUTOMATED = {
    "en": "automated assistant",
    "es": "asistente automático",
    "pt": "assistente automático",
}

BLANK = Agent(
    id="blank",
    greeting="Hello.",
    instructions="None.",
    languages=(Language(code="en-US"),),
    models=(ModelChoice(provider="offline"),),
)


IN_EACH_LANGUAGE = [
    pytest.param(agent, one.code, id=f"{agent.id}-{one.code}")
    for agent in SAMPLES.values()
    for one in agent.languages
]


def said_by_itself(agent: Agent, code: str) -> set[str]:
    """All that the gateway says for this agent, whatever the model answers."""
    words = agent.words(code).model_dump().values()
    lines = [line for one in words for line in (one if isinstance(one, tuple) else [one])]
    return {line for line in lines if line}


@pytest.mark.parametrize(("agent", "code"), IN_EACH_LANGUAGE)
def test_a_sample_says_at_once_that_it_is_not_a_person(agent: Agent, code: str) -> None:
    assert AUTOMATED[code[:2]] in (agent.words(code).disclosure or "")


@pytest.mark.parametrize(("agent", "code"), IN_EACH_LANGUAGE)
def test_a_sample_speaks_its_own_language_only(agent: Agent, code: str) -> None:
    if not code.startswith("en"):
        assert not said_by_itself(agent, code) & said_by_itself(BLANK, "en-US")


@pytest.mark.parametrize(("agent", "code"), IN_EACH_LANGUAGE)
def test_nothing_that_a_sample_says_by_itself_is_left_unfilled(agent: Agent, code: str) -> None:
    assert not [line for line in said_by_itself(agent, code) if "{" in agent.render(line, {})]


@pytest.mark.parametrize("agent", SAMPLES.values(), ids=SAMPLES)
def test_a_sample_has_words_for_whatever_comes_of_its_tools(agent: Agent) -> None:
    rules = [rule for model in agent.models for rule in model.rules]
    always = {rule.after for rule in rules if rule.say and not rule.status}
    unknown = {rule.after for rule in rules if rule.say and rule.status == "unknown"}

    assert {tool.name for tool in agent.tools} <= always
    assert {tool.name for tool in agent.tools if not tool.idempotent} <= unknown


@pytest.mark.parametrize("agent", SAMPLES.values(), ids=SAMPLES)
def test_a_sample_answers_without_any_key(agent: Agent) -> None:
    assert [model.provider for model in agent.models] == ["scripted", "offline"]


def test_the_host_of_the_conference_has_documents_for_each_of_its_languages() -> None:
    host = SAMPLES["event-host"]
    known = [{one.source for one in host.knows(language.code)} for language in host.languages]

    assert [len(sources) for sources in known] == [4, 4, 4]
    assert len(set.union(*known)) == 12


def test_the_examples_of_the_manual_are_good_agent_files(tmp_path: Path) -> None:
    (tmp_path / "front-desk").mkdir()
    (tmp_path / "front-desk" / "hours.md").write_text("We open at eight.")
    (tmp_path / "front-desk" / "horario.md").write_text("Abrimos a las ocho.")
    first, *parts = re.findall("```yaml\n(.*?)```", (AGENTS / "README.md").read_text(), re.DOTALL)
    path = tmp_path / "front-desk.yaml"
    for part in ["", *parts]:
        path.write_text(replace_keys(first, part))

        assert load_files([path]).current("front-desk") is not None

    assert len(parts) >= 4


def replace_keys(text: str, part: str) -> str:
    """The file with the top-level keys of this part in the place of its own."""
    for key in re.findall(r"^(\w+):", part, re.MULTILINE):
        text = re.sub(rf"^{key}:.*\n(?:(?:[ #-].*)?\n)*", "", text, flags=re.MULTILINE)
    return text + part
