"""Scenarios out of YAML; every mistake is told with its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from twilio_emulator import scenario
from twilio_emulator.scenario import Manner, Scenario, Step

STEPS: dict[str, tuple[type[Step], str]] = {
    "say": (scenario.Say, "text"),
    "say_now": (scenario.SayNow, "text"),
    "interrupt": (scenario.Interrupt, "say"),
    "press": (scenario.Press, "digits"),
    "wait_for_reply": (scenario.WaitForReply, "within_seconds"),
    "silence": (scenario.Silence, "seconds"),
    "hang_up": (scenario.HangUp, ""),
    "drop_connection": (scenario.DropConnection, ""),
    "send_raw": (scenario.SendRaw, "frame"),
    "wait_for_end": (scenario.WaitForEnd, "within_seconds"),
    "expect": (scenario.Expect, "contains"),
}
"""The name of each step, and the field that a plain value after the name stands for."""

T = TypeVar("T")


class ScenarioError(Exception):
    """A scenario cannot be read; the message begins with file and line."""


def load_scenario(path: str | Path) -> Scenario:
    """Read a scenario file, or one of the shipped ones by its name. Raises `ScenarioError`."""
    source = Path(path)
    shipped = {file.name.removesuffix(".yaml"): file for file in shipped_scenarios()}
    try:
        if not source.exists() and str(path) in shipped:
            return parse_scenario(shipped[str(path)].read_text(), f"{path}.yaml")
        return parse_scenario(source.read_text(), str(path))
    except OSError as problem:
        known = ", ".join(sorted(shipped))
        raise ScenarioError(f"{path}: {problem.strerror}; shipped scenarios: {known}") from problem


def shipped_scenarios() -> list[Traversable]:
    """The scenario files in this package."""
    folder = resources.files("twilio_emulator") / "scenarios"
    return sorted(
        (file for file in folder.iterdir() if file.name.endswith(".yaml")),
        key=lambda file: file.name,
    )


def parse_scenario(text: str, source: str) -> Scenario:
    """The scenario in a YAML text; `source` names it in errors."""
    return _Reader(source).read(text)


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source

    def read(self, text: str) -> Scenario:
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ScenarioError(f"{self._source}:{line}: {error.problem}") from error
        if not isinstance(root, yaml.MappingNode):
            raise ScenarioError(f"{self._source}:1: a scenario is a mapping with a list of steps")
        steps: tuple[Step, ...] = ()
        others = []
        for key, value in root.value:
            if key.value == "steps":
                steps = tuple(self._steps(value))
            else:
                others.append((key, value))
        head = yaml.MappingNode(root.tag, others, root.start_mark, root.end_mark)
        manner = self._convert(head, Manner)
        return Scenario(steps=steps, **msgspec.structs.asdict(manner))

    def _steps(self, node: yaml.Node) -> Iterator[Step]:
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node, "steps must be a list")
        for item in node.value:
            yield self._step(item)

    def _step(self, node: yaml.Node) -> Step:
        if isinstance(node, yaml.ScalarNode):  # `- hang_up` on its own
            name, value = node, None
        elif isinstance(node, yaml.MappingNode) and len(node.value) == 1:
            name, value = node.value[0]
        else:
            raise self._error(node, "a step is one name with its value, such as `say: Hello`")
        if name.value not in STEPS:
            known = ", ".join(STEPS)
            raise self._error(name, f"unknown step {name.value!r}; there are: {known}")
        kind, field = STEPS[name.value]
        if isinstance(value, yaml.MappingNode):
            return self._convert(value, kind)
        plain = _construct(value) if value is not None else None
        if plain is not None and not field:
            raise self._error(name, f"{name.value} takes no value")
        pairs = {} if plain is None else {field: plain}
        return self._make(pairs, kind, name)

    def _convert(self, node: yaml.MappingNode, kind: type[T]) -> T:
        return self._make(_construct(node), kind, node)

    def _make(self, value: object, kind: type[T], node: yaml.Node) -> T:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            problem = (
                str(error)
                .replace("Object missing", "it lacks the")
                .replace("Object", "it")
                .replace("`", "'")
            )
            raise self._error(_culprit(node, str(error)), problem) from error

    def _error(self, node: yaml.Node, problem: str) -> ScenarioError:
        return ScenarioError(f"{self._source}:{node.start_mark.line + 1}: {problem}")


def _construct(node: yaml.Node) -> object:
    """The plain value of a node."""
    value: object = yaml.SafeLoader("").construct_object(node, deep=True)
    return value


def _culprit(node: yaml.Node, problem: str) -> yaml.Node:
    """The key that a message of msgspec speaks of, for its line; else the node itself."""
    names = re.findall(r"unknown field `(\w+)`|\$\.(\w+)", problem)
    wanted = {name for pair in names for name in pair if name}
    keys = [key for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    return next((key for key in keys if key.value in wanted), node)
