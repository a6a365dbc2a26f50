"""The API's description, and whether it is true."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from house import Client, House

from dialer.api.scopes import SCOPES
from trunkline.api.keys import checked_scopes


@pytest.fixture
async def described(house: House) -> dict[str, Any]:
    found: dict[str, Any] = (await house.http.get("/v1/openapi.json")).json()
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


async def test_the_description_is_open_to_everybody_and_of_today(
    described: dict[str, Any],
) -> None:
    assert described["openapi"].startswith("3.1")
    assert len(described["paths"]) > 35


async def test_every_operation_says_what_it_does_and_needs_a_key(
    described: dict[str, Any],
) -> None:
    for name, operation in operations(described):
        assert operation.get("description"), name
        assert operation["security"] == [{"api_key": []}], name


async def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for value in part.values():
                yield from references(value)
        elif isinstance(part, list):
            for value in part:
                yield from references(value)

    schemas = described["components"]["schemas"]
    names = {each.removeprefix("#/components/schemas/") for each in references(described)}
    assert names <= schemas.keys()


async def test_every_example_is_what_its_field_may_be(described: dict[str, Any]) -> None:
    checked = 0
    for schema in described["components"]["schemas"].values():
        for described_field in schema.get("properties", {}).values():
            for example in described_field.get("examples", []):
                whole = {**described_field, "components": described["components"]}
                jsonschema.Draft202012Validator(whole).validate(example)
                checked += 1

    assert checked > 10


async def test_every_path_that_there_is_not_is_a_problem_too(client: Client) -> None:
    missing = await client.send("GET", "/v1/nothing")
    wrong = await client.send("PUT", "/v1/campaigns")

    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")


def test_keys_can_be_made_for_every_scope() -> None:
    assert checked_scopes(SCOPES, SCOPES) == tuple(sorted(SCOPES))
