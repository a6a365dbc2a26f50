"""What a model is offered, and what it means when it asks for it."""

import json
from typing import Any

import pytest
from clinic import BOOK, FIND, clinic
from jsonschema import Draft202012Validator

from llm_worker.actions import ENDING, to_action
from llm_worker.toolbox import Toolbox, tool_specs
from trunkline.agents import ActionName
from trunkline.events.call import (
    Action,
    CollectDigits,
    EndCall,
    OptOut,
    PlaySound,
    SendDigits,
    SwitchLanguage,
    Transfer,
)

ALL = clinic(actions=[*ActionName])


def test_a_model_is_offered_the_tools_and_the_actions_that_are_allowed() -> None:
    names = [spec.name for spec in tool_specs(clinic(actions=["end_call", "end_call"]))]

    assert names == [FIND, BOOK, "end_call"]


@pytest.mark.parametrize(
    ("missing", "action"),
    [
        ({"transfers": {}}, "transfer"),
        ({"languages": [{"code": "en-US"}]}, "switch_language"),
        ({"sounds": {}}, "play_sound"),
    ],
)
def test_an_action_that_could_not_work_is_not_offered(
    missing: dict[str, object], action: str
) -> None:
    assert action in {spec.name for spec in tool_specs(ALL)}
    agent = ALL.model_validate({**ALL.model_dump(), **missing})

    assert action not in {spec.name for spec in tool_specs(agent)}


def test_no_model_is_offered_a_language_that_no_voice_speaks() -> None:
    detecting = {
        "code": "multi",
        "tts_provider": "ElevenLabs",
        "transcription_provider": "Deepgram",
    }
    agent = clinic(actions=["switch_language"], languages=[{"code": "en-US"}, detecting])
    other = clinic(actions=["switch_language"], languages=[detecting, {"code": "es-US"}])

    assert "switch_language" not in {spec.name for spec in tool_specs(agent)}
    (offered,) = [spec for spec in tool_specs(other) if spec.name == "switch_language"]
    assert json.loads(json.dumps(offered.parameters))["properties"]["language"]["enum"] == ["es-US"]


def test_every_action_is_described_and_its_schema_is_one() -> None:
    specs = {spec.name: spec for spec in tool_specs(ALL)}

    for name in ActionName:
        assert len(specs[name].description) > 30
        Draft202012Validator.check_schema(specs[name].parameters)
    assert "desk: For people." in specs["transfer"].description


@pytest.mark.parametrize(
    ("name", "arguments", "action"),
    [
        ("end_call", {}, EndCall()),
        ("end_call", {"reason": "done"}, EndCall("done")),
        ("transfer", {"destination": "desk", "reason": "asked"}, Transfer("desk", "asked")),
        ("switch_language", {"language": "es-US"}, SwitchLanguage("es-US")),
        ("collect_digits", {}, CollectDigits(0, "#", 3000)),
        (
            "collect_digits",
            {"max_digits": 4, "finish_key": "*", "timeout_seconds": 2.5},
            CollectDigits(4, "*", 2500),
        ),
        ("send_digits", {"digits": "1w2#"}, SendDigits("1w2#")),
        ("play_sound", {"sound": "chime"}, PlaySound("chime")),
        ("opt_out", {}, OptOut()),
    ],
)
def test_what_a_model_asks_for_becomes_an_action(
    name: str, arguments: dict[str, Any], action: Action
) -> None:
    wish = Toolbox(ALL).read(name, json.dumps(arguments))

    assert wish.complaint == ""
    assert to_action(ActionName(name), wish.arguments.values, ALL) == action


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("transfer", '{"destination": "nowhere"}'),
        ("transfer", "{}"),
        ("switch_language", '{"language": "fr-FR"}'),
        ("send_digits", '{"digits": "call me"}'),
        ("collect_digits", '{"timeout_seconds": 3600}'),
        ("end_call", '{"when": "now"}'),
        ("play_sound", '{"sound": "https://elsewhere.example/x.mp3"}'),
    ],
)
def test_an_action_takes_only_what_the_agent_file_names(name: str, arguments: str) -> None:
    assert Toolbox(ALL).read(name, arguments).complaint


def test_a_tool_that_does_not_exist_is_answered_with_those_that_do() -> None:
    wish = Toolbox(clinic(actions=["end_call"])).read("cancel all\n", "{}")

    assert wish.name == "cancel_all_"
    assert wish.complaint == "There is no tool cancel_all_. There are: find_slot, book, end_call."


def test_an_action_that_is_not_allowed_does_not_exist() -> None:
    assert "There is no tool" in Toolbox(clinic(actions=[])).read("end_call", "{}").complaint


def test_only_what_does_no_more_when_done_twice_counts_as_idempotent() -> None:
    box = Toolbox(ALL)
    names = [FIND, BOOK, *ActionName]
    idempotent = {name for name in names if box.read(name, "{}").is_idempotent}

    assert set(names) - idempotent == {BOOK, "send_digits", "play_sound"}
    assert idempotent >= ENDING
