"""What is wrong with an agent file, where, and how to mend it; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from trunkline.agents.file import json_schema
from trunkline.agents.positions import Positions, Problem
from trunkline.errors import Invalid

_COMPUTED = "the version is computed from the content: remove this line"


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """Something wrong in an agent file, and how to mend it."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class AgentError(Invalid):
    """The agent files have mistakes. The message has one line for each."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))


def explain(error: ValidationError, positions: Positions) -> list[Problem]:
    """Turn pydantic's errors into problems that name a line and a remedy."""
    details = error.errors(include_url=False)
    return [
        Problem(positions.line(detail["loc"]), _explain(detail, positions))
        for detail in details
        if not _follows(detail, details)
    ]


def _follows(detail: ErrorDetails, others: Iterable[ErrorDetails]) -> bool:
    """Whether a list is called too short only because its entries are wrong themselves."""
    path = detail["loc"]
    inside = (other for other in others if other is not detail)
    return detail["type"] == "too_short" and any(
        other["loc"][: len(path)] == path for other in inside
    )


def _explain(detail: ErrorDetails, positions: Positions) -> str:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    key = ".".join(map(str, path))
    match detail["type"]:
        case "missing":
            return f'"{key}" is missing. {_schema_at(path).get("description", "")}'.rstrip()
        case "extra_forbidden":
            return _unknown_key(path)
        case "string_type":
            return f"{key}: {_not_text(detail['input'], positions.written(path))}"
        case "string_pattern_mismatch":
            return f"{key}: {_mismatch(path, str(detail['input']))}"
        case "value_error":
            return f"{key}: {detail['ctx']['error']}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"{key or 'the file'} must be a mapping: lines of `name: value`"
        case "tuple_type":
            return f"{key} must be a list: lines that begin with `- `, or [a, b]"
        case "too_short":
            return f"{key} must have at least one entry"
        case _:
            return f"{key}: {detail['msg'].replace('Input should be', 'must be')}"


def _unknown_key(path: tuple[int | str, ...]) -> str:
    *parent, key = path
    known = list(_schema_at(parent).get("properties", {}))
    if path == ("version",):
        return _COMPUTED
    near = get_close_matches(str(key), known, n=1, cutoff=0.5)
    remedy = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}"
    return f'unknown key "{key}"; {remedy}'


def _not_text(value: object, written: str) -> str:
    match value:
        case bool():
            kind = "true or false"
        case int() | float():
            kind = "a number"
        case None:
            return "is empty: write a text, or remove the line"
        case _:
            return "must be a text"
    return f'YAML reads {written} as {kind}: put it in quotes, "{written}"'


def _mismatch(path: Sequence[int | str], value: str) -> str:
    if not value.strip():
        return "is empty: write a text, or remove the line"
    schema = _schema_at(path)
    example = next(iter(schema.get("examples", ())), "")
    shown = value if len(value) <= 60 else f"{value[:57]}..."
    return f'"{shown}" does not have the right form; write it like "{example}"'


def _schema_at(path: Sequence[int | str]) -> dict[str, Any]:
    """Return the part of the published schema that describes the value at this path."""
    root = json_schema()
    schema = root
    for part in path:
        if isinstance(part, int):
            schema = schema.get("items", {})
        elif part in schema.get("properties", {}):
            schema = schema["properties"][part]
        else:
            schema = schema.get("propertyNames", {})
        if "$ref" in schema:
            schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema
