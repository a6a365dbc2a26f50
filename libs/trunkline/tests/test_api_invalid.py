"""Mistakes in a request are explained without repeating anything of it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError

from trunkline.api.invalid import MAX_ERRORS, field_errors
from trunkline.api.problem import FieldError

CANARY = "+15550100canary"


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Example(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=3, pattern="^[a-z]+$")] = "abc"
    count: Annotated[int, Field(ge=1)] = 1
    at: datetime | None = None
    id: UUID | None = None
    url: HttpUrl | None = None
    choice: Literal["a", "b"] = "a"
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    variables: dict[str, int] = {}


def errors_of(value: object) -> tuple[FieldError, ...]:
    with pytest.raises(ValidationError) as raised:
        Example.model_validate(value)
    found = raised.value.errors(include_url=False)
    return field_errors([{**one, "loc": ("body", *one["loc"])} for one in found])


def test_a_pointer_leads_to_the_mistake() -> None:
    assert errors_of({"variables": {"age": "x"}})[0].pointer == "#/variables/age"


@pytest.mark.parametrize(
    "value",
    [
        {"name": CANARY},
        {"count": CANARY},
        {"at": CANARY},
        {"id": CANARY},
        {"url": CANARY},
        {"url": f"ftp://{CANARY}"},
        {"choice": CANARY},
        {"pet": {"kind": CANARY}},
        {"pet": CANARY},
        {"variables": {CANARY: CANARY}},
        {CANARY: 1},
        CANARY,
        [CANARY],
    ],
)
def test_nothing_of_the_request_is_repeated(value: object) -> None:
    for error in errors_of(value):
        assert "canary" not in str(error)
        assert "5550100" not in str(error)


@pytest.mark.parametrize(
    ("location", "pointer"),
    [
        (("body",), "#"),
        (("body", "contacts", 3, "number"), "#/contacts/3/number"),
        (("query", "limit"), "query/limit"),
        (("header", "if-match"), "header/if-match"),
        ((), "#"),
    ],
)
def test_the_place_of_a_mistake_is_named(location: tuple[object, ...], pointer: str) -> None:
    found = field_errors([{"type": "missing", "msg": "Field required", "loc": location}])

    assert found == (FieldError(pointer, "missing", "Field required"),)


def test_a_thousand_mistakes_are_not_all_listed() -> None:
    one = {"type": "missing", "msg": "Field required", "loc": ("body",)}

    assert len(field_errors([one] * 1_000)) == MAX_ERRORS
