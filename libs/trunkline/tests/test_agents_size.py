"""Agents that would not fit into an answer to Twilio."""

from pathlib import Path

import pytest

from trunkline.agents.load import AgentError, load_files

HEAD = "id: desk\ngreeting: Hello.\ninstructions: Be kind.\nmodels: [{provider: offline}]\n"
ONE = "languages: [{code: en-US}]\n"
HINTS = ", ".join(["a hint of thirty characters..."] * 500)
QUOTES = ", ".join(["'" + '"' * 100 + "'"] * 60)
OWN = f"languages: [{{code: en-US, hints: [{HINTS}]}}, {{code: es-US}}]\n"


def mistakes(folder: Path, text: str) -> list[str]:
    path = folder / "desk.yaml"
    path.write_text(HEAD + text)
    try:
        load_files([path])
    except AgentError as error:
        return [f"{mistake.line}: {mistake.message}" for mistake in error.mistakes]
    return []


@pytest.mark.parametrize("text", [ONE, f"{ONE}relay: {{hints: [{HINTS}]}}", OWN])
def test_an_agent_may_have_hundreds_of_hints(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"{OWN}relay:\n  hints: [{HINTS}]",
        f"{ONE}relay:\n  hints: [{QUOTES}]",
        ONE + "relay:\n  parameters:\n" + "".join(f"    a{n}: {'x' * 500}\n" for n in range(70)),
    ],
)
def test_an_agent_that_twilio_would_not_take_is_a_mistake(tmp_path: Path, text: str) -> None:
    (told,) = mistakes(tmp_path, text)

    assert told.startswith("6: relay: languages, hints and parameters take ")
    assert "more than 31744: shorten the hints" in told
