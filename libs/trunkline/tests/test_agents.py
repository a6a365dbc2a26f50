"""Agents as values: variables, the sample agents, the published schema."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from trunkline.agents import Sound
from trunkline.agents.file import json_schema, schema_text
from trunkline.agents.load import load_agents
from trunkline.agents.variables import placeholders, render

AGENTS = Path(__file__).resolve().parents[3] / "agents"


def test_variables_are_filled_in_with_or_without_spaces() -> None:
    text = render("Hello {{name}}, this is {{ clinic }}.", {"name": "Ann", "clinic": "the Clinic"})

    assert text == "Hello Ann, this is the Clinic."


def test_a_variable_without_a_value_is_nothing() -> None:
    assert render("Hello{{name}}.", {}) == "Hello."


def test_braces_inside_a_value_are_spoken_and_not_filled_in() -> None:
    assert render("{{a}}", {"a": "{{b}}", "b": "secret"}) == "{{b}}"


@given(st.text(), st.dictionaries(st.sampled_from(["a", "b"]), st.text()))
def test_a_text_without_placeholders_stays_as_it_is(text: str, values: dict[str, str]) -> None:
    if not list(placeholders(text)):
        assert render(text, values) == text


def test_a_call_s_variables_win_over_the_agent_s_defaults() -> None:
    agent = load_agents(AGENTS).answering("+15005550100")

    assert agent is not None
    assert agent.render("{{clinic_name}}", {}) == "Harbour Street Clinic"
    assert agent.render("{{clinic_name}}", {"clinic_name": "Elm Clinic"}) == "Elm Clinic"


def test_the_published_schema_is_current() -> None:
    assert (AGENTS / "schema.json").read_text() == schema_text(), (
        "run `trunkline agents check --write-schema`"
    )


def test_the_schema_describes_the_file_and_not_the_loaded_agent() -> None:
    schema = json_schema()

    assert "version" not in schema["properties"]
    assert schema["properties"]["knowledge"]["items"]["type"] == "string"
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"id", "greeting", "instructions", "languages", "models"}


def test_a_sound_may_be_its_url_alone() -> None:
    url = "https://a.example/ding.mp3"

    sounds = TypeAdapter(dict[str, Sound]).validate_python({"a": url, "b": {"url": url}})

    assert sounds["a"] == sounds["b"] == Sound(url=url)
    schema = Draft202012Validator(Sound.model_json_schema())
    assert [schema.is_valid(one) for one in (url, {"url": url}, "ding.mp3", {"loop": 2}, 7)] == [
        *(True, True),
        *(False, False, False),
    ]


def test_every_field_of_the_schema_says_what_it_is_for() -> None:
    schema = json_schema()
    parts = [schema, *(part for part in schema["$defs"].values() if "properties" in part)]
    silent = [
        f"{part['title']}.{name}"
        for part in parts
        for name, field in part["properties"].items()
        if "description" not in field
    ]

    assert silent == []


def test_every_sample_points_editors_to_the_schema() -> None:
    for path in AGENTS.glob("*.yaml"):
        assert path.read_text().startswith("# yaml-language-server: $schema=schema.json\n")
