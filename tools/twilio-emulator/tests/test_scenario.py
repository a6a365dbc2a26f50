"""Scenario files, and what is said about those that are wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twilio_emulator.outcomes import Callee
from twilio_emulator.scenario import Expect, HangUp, Interrupt, Press, Say, WaitForReply
from twilio_emulator.scenario_file import ScenarioError, load_scenario, parse_scenario


def test_steps_may_be_short_or_long() -> None:
    script = parse_scenario(
        """
name: mixed
speaking_cps: 30
steps:
  - say: Hello
  - say: {text: Hallo, lang: de-DE}
  - interrupt: {after_chars: 20, say: Stop}
  - wait_for_reply
  - wait_for_reply: 3
  - hang_up:
""",
        "f.yaml",
    )

    assert (script.name, script.speaking_cps) == ("mixed", 30)
    assert script.steps == (
        Say("Hello"),
        Say("Hallo", "de-DE"),
        Interrupt("Stop", after_chars=20),
        WaitForReply(),
        WaitForReply(3),
        HangUp(),
    )


def test_a_script_may_say_who_answers_and_how_long_sounds_are() -> None:
    script = parse_scenario(
        """
partial_gap_ms: 20
sounds: {hold-music: 30}
callees: {"": busy, "0009": {does: answer, talk_seconds: 3}}
queues: {support: queue-full}
steps:
  - press: {digits: "1234#", gap_ms: 150}
  - hang_up: {while_saying: I would}
  - expect: {transferred_to: "+15005550009", task: {reason: human}, verbs: [Say, Dial]}
""",
        "f.yaml",
    )

    assert (script.partial_gap_ms, script.sounds) == (20, {"hold-music": 30})
    assert script.callees == {"": "busy", "0009": Callee("answer", talk_seconds=3)}
    assert script.queues == {"support": "queue-full"}
    assert script.steps == (
        Press("1234#", 150),
        HangUp("I would"),
        Expect(transferred_to="+15005550009", task={"reason": "human"}, verbs=("Say", "Dial")),
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- x", "f.yaml:1: a scenario is a mapping"),
        ("name: [", "f.yaml:1: "),
        ("name: a\npace: 3", "f.yaml:2: it contains unknown field 'pace'"),
        ("steps: 3", "f.yaml:1: steps must be a list"),
        ("steps:\n  - say: a\n  - sya: b", "f.yaml:3: unknown step 'sya'"),
        ("steps:\n  - say", "f.yaml:2: it lacks the required field 'text'"),
        ("steps:\n  - {say: a, press: b}", "f.yaml:2: a step is one name with its value"),
        ("steps:\n  - hang_up: now", "f.yaml:2: hang_up takes no value"),
        ("steps:\n  - silence: long", "f.yaml:2: Expected 'float', got 'str'"),
        ("steps:\n  - interrupt:\n      after_chars: x", "f.yaml:3: Expected 'int | null'"),
        ("steps:\n  - expect:\n      turns: 1\n      trn: 2", "f.yaml:4: it contains unknown"),
        ("steps:\n  - expect:\n      task: human", "f.yaml:3: Expected 'object | null'"),
        ("steps:\n  - expect: {transfer: gone}", "f.yaml:2: Invalid enum value 'gone'"),
        ("name: a\ncallees: {'': rude}", "f.yaml:2: Invalid enum value 'rude'"),
        ("name: a\n\ncallees: {'': {does: answer, for: 3}}", "f.yaml:3: it contains unknown"),
        ("queues: [support]", "f.yaml:1: Expected 'object'"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(ScenarioError) as mistake:
        parse_scenario(text, "f.yaml")

    assert str(mistake.value).startswith(complaint)


def test_a_missing_file_names_the_scenarios_that_there_are() -> None:
    with pytest.raises(ScenarioError, match="barge-in, burst, "):
        load_scenario("nowhere")


def test_a_scenario_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nsteps: [hang_up]\n")

    assert load_scenario(file).steps == (HangUp(),)


def test_the_scenarios_of_the_readme_can_be_read() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
    texts = [f"steps:\n{block}" if block.startswith("  - ") else block for block in blocks]

    scripts = [parse_scenario(text, "README.md") for text in texts]

    assert [len(script.steps) for script in scripts] == [0, 13, 5]
