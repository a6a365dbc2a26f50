"""What is wrong with an agent file, where, and how to mend it; pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from trunkline.agents.described import KEY, alternatives, schema_at
from trunkline.agents.positions import Positions, Problem
from trunkline.errors import Invalid

_COMPUTED = "the version is computed from the content: remove this line"
_EMPTY = "is empty: write a text, or remove the line"
_KINDS = {
    "string": "a text",
    "float": "a number",
    "number": "a number",
    "finite": "a number",
    "int": "a whole number",
    "integer": "a number",
    "bool": "true or false",
    "boolean": "true or false",
}
"""What pydantic and JSON Schema call the kinds of values."""


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
    problems = [_problem(detail, positions) for detail in details if not _follows(detail, details)]
    return list(dict.fromkeys(problems))  # a union complains once for each of its types


def _follows(detail: ErrorDetails, others: Iterable[ErrorDetails]) -> bool:
    """Whether a list is called too short only because its entries are wrong themselves."""
    path = detail["loc"]
    inside = (other for other in others if other is not detail)
    return detail["type"] == "too_short" and any(
        other["loc"][: len(path)] == path for other in inside
    )


def _problem(detail: ErrorDetails, positions: Positions) -> Problem:
    path = detail["loc"]
    message = _explain(detail, positions)
    if detail["type"] == "value_error":  # a part's own check names the key it is about
        path = (*path, *str(detail["ctx"]["error"]).partition(": ")[0].split("."))
    return Problem(positions.line(path), message)


def _explain(detail: ErrorDetails, positions: Positions) -> str:
    path = detail["loc"]
    key = ".".join(str(part) for part in path if part != KEY)
    if kinds := alternatives(schema_at(path[:-1])):
        return f"{key.rpartition('.')[0]}: must be {_any_of([_KINDS[kind] for kind in kinds])}"
    match detail["type"]:
        case "missing":
            return f'"{key}" is missing. {schema_at(path).get("description", "")}'.rstrip()
        case "extra_forbidden":
            return _unknown_key(path)
        case "string_type":
            return f"{key}: {_not_text(detail['input'], positions.written(path))}"
        case "string_pattern_mismatch":
            return f"{key}: {_mismatch(path, str(detail['input']))}"
        case "value_error":
            return f"{key}: {detail['ctx']['error']}"
        case "literal_error" | "enum":
            return f"{key}: {_not_one_of(detail['ctx']['expected'], str(detail['input']))}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"{key or 'the file'} must be a mapping: lines of `name: value`"
        case "tuple_type":
            return f"{key} must be a list: lines that begin with `- `, or [a, b]"
        case "too_short":
            return f"{key} must have at least one entry"
        case "too_long":
            return f"{key} must have at most {detail['ctx']['max_length']} entries"
        case "string_too_long":
            return f"{key} must have at most {detail['ctx']['max_length']} characters"
        case kind if (wanted := _KINDS.get(kind.partition("_")[0])) and "ctx" not in detail:
            return f"{key}: {_EMPTY if detail['input'] is None else f'must be {wanted}'}"
        case _:
            return f"{key}: {detail['msg'].replace('Input should be', 'must be')}"


def _unknown_key(path: Sequence[int | str]) -> str:
    *parent, key = path
    known = list(schema_at(parent).get("properties", {}))
    if tuple(path) == ("version",):
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
            return _EMPTY
        case _:
            return "must be a text"
    return f'YAML reads {written} as {kind}: put it in quotes, "{written}"'


def _mismatch(path: Sequence[int | str], value: str) -> str:
    if not value.strip():
        return _EMPTY
    example = next(iter(schema_at(path).get("examples", ())), "")
    shown = value if len(value) <= 60 else f"{value[:57]}..."
    return f'"{shown}" does not have the right form; write it like "{example}"'


def _not_one_of(expected: str, value: str) -> str:
    known = [name for name in re.findall("'(.*?)'", expected) if name]
    alike = {name.casefold(): name for name in known}
    near = get_close_matches(value.casefold()[:60], alike, n=1, cutoff=0.62)
    hint = f'; did you mean "{alike[near[0]]}"?' if near else ""
    return f"must be {_any_of(known)}{hint}"


def _any_of(names: Sequence[str]) -> str:
    *first, last = dict.fromkeys(names)
    return f"{', '.join(first)} or {last}" if first else last
