"""The API's description, and whether it is true."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from querying import open_desk
from sqlalchemy.ext.asyncio import AsyncEngine


@pytest.fixture
async def described(engine: AsyncEngine) -> dict[str, Any]:
    async with open_desk(engine) as desk:
        found: dict[str, Any] = (await desk.http.get("/v1/openapi.json")).json()
    return found


async def test_every_operation_says_what_it_does_and_needs_a_key(
    described: dict[str, Any],
) -> None:
    assert described["openapi"].startswith("3.1")
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), f"{method} {path}"
            assert operation["security"] == [{"api_key": []}], f"{method} {path}"


async def test_every_example_is_what_its_field_may_be(described: dict[str, Any]) -> None:
    examples = list(_examples(described))
    for field, example in examples:
        whole = {**field, "components": described["components"]}
        jsonschema.Draft202012Validator(whole).validate(example)

    assert examples


def _examples(part: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    if isinstance(part, dict):
        if isinstance(part.get("examples"), list):
            yield from ((part, example) for example in part["examples"])
        for value in part.values():
            yield from _examples(value)
    elif isinstance(part, list):
        for value in part:
            yield from _examples(value)
