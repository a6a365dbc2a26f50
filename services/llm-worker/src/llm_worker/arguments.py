"""The arguments of a tool as a model wrote them: read, put into one form, checked; pure.

What is wrong is a sentence for the model, which may then do better. It may quote what the caller
said, so it belongs in no log.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

MAX_CHARACTERS = 8000
MAX_COMPLAINT = 300


@dataclass(frozen=True, slots=True)
class Arguments:
    """A JSON object, and the same as text: equal objects have equal texts."""

    values: Mapping[str, Any]
    text: str


NONE = Arguments({}, "{}")


def read_arguments(text: str) -> Arguments | str:
    """Read a model's text, or say what is wrong with it. No text at all means no arguments."""
    if len(text) > MAX_CHARACTERS:
        return f"The arguments have more than {MAX_CHARACTERS} characters."
    try:
        values = json.loads(text.strip() or "{}", parse_float=_number, parse_constant=_refuse)
        canonical = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        canonical.encode()  # half a surrogate pair can be written in JSON, and nowhere else
    except (ValueError, RecursionError):
        return "The arguments are not valid JSON."
    if not isinstance(values, dict):
        return "The arguments must be a JSON object."
    return Arguments(values, canonical)


def complain(arguments: Arguments, schema: Mapping[str, Any]) -> str:
    """Say what is wrong with the arguments, and where; nothing if they fit the schema."""
    validator = Draft202012Validator(schema, registry=Registry())  # which fetches nothing
    try:
        error = best_match(validator.iter_errors(arguments.values))
    except Unresolvable:
        return "The tool's own description is wrong: it cannot be used."
    if error is None:
        return ""
    where = error.json_path.removeprefix("$").removeprefix(".")
    sentence = f"The arguments are wrong: {where + ': ' if where else ''}{error.message}"
    return sentence if len(sentence) <= MAX_COMPLAINT else f"{sentence[:MAX_COMPLAINT]}..."


def _number(text: str) -> float | int:
    """Whether a model writes 2 or 2.0 is chance: it must not make another use of it."""
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("too large")
    return int(number) if number.is_integer() else number


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
