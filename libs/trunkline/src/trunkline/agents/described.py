"""What the published schema says about one value of an agent file; pure."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from trunkline.agents.file import json_schema

Schema = Mapping[str, Any]

KEY = "[key]"
"""The last part of pydantic's path to a key, as against the key's value."""


def schema_at(path: Sequence[int | str]) -> Schema:
    """Return the part of the schema that describes the value, or the key, at this path."""
    if path[-1:] == (KEY,):
        return _found(schema_at(path[:-2]).get("propertyNames"))
    schema = _schema()
    for part in path:
        schema = _inside(schema, part)
    return schema


def alternatives(schema: Schema) -> list[str]:
    """The types that a value may have, if there are several."""
    kinds = [one.get("type", "") for one in schema.get("anyOf", ())]
    several = [kind for kind in kinds if kind != "null"]
    return several if len(several) > 1 else []


@cache
def _schema() -> Schema:
    return json_schema()


def _inside(schema: Schema, part: int | str) -> Schema:
    if isinstance(part, int):
        return _found(schema.get("items"))
    if part in schema.get("properties", {}):
        return _found(schema["properties"][part])
    patterns = iter(schema.get("patternProperties", {}).values())
    return _found(schema.get("additionalProperties") or next(patterns, None))


def _found(schema: object) -> Schema:
    """Follow a reference; of "this or nothing" take this, with the description around it."""
    if not isinstance(schema, dict):
        return {}
    somethings = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(somethings) == 1:
        return {**_found(somethings[0]), **schema}
    if "$ref" in schema:
        return {**_schema()["$defs"][schema["$ref"].rpartition("/")[2]], **schema}
    return schema
