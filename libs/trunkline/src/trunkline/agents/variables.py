"""Filling `{{variables}}` into texts; pure."""

import re
from collections.abc import Iterator, Mapping

VARIABLE_NAME = "[a-z][a-z0-9_]{0,62}"

_VARIABLE = re.compile(r"\{\{\s*(" + VARIABLE_NAME + r")\s*\}\}")
_PLACEHOLDER = re.compile(r"\{\{((?:(?!\{\{|\}\}).)*)\}\}")


def render(text: str, variables: Mapping[str, str]) -> str:
    """Return the text with each `{{name}}` replaced by its value, or by nothing if it has none.

    Values are data: braces inside a value are spoken, never filled in.
    """
    return _VARIABLE.sub(lambda match: variables.get(match[1], ""), text)


def placeholders(text: str) -> Iterator[tuple[str, str]]:
    """Yield each placeholder as written, and the name in it (empty: not a variable's name)."""
    for found in _PLACEHOLDER.finditer(text):
        named = _VARIABLE.fullmatch(found[0])
        yield found[0], named[1] if named else ""
