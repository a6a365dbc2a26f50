"""What FastAPI does not find out about routes that read their bodies themselves."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

_REFS = "#/components/schemas/{model}"


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """Describes a JSON body that the route reads itself; for `openapi_extra`."""
    schema = {"$ref": _REFS.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def describe(app: FastAPI, models: Iterable[type[BaseModel]]) -> None:
    """Put the models of such bodies into the app's description."""
    generate = app.openapi
    found = list(models)

    def openapi() -> dict[str, Any]:
        described = generate()
        schemas = described.setdefault("components", {}).setdefault("schemas", {})
        for model in found:
            schema = model.model_json_schema(ref_template=_REFS)
            parts = schema.pop("$defs", {})
            schemas.update({name: part for name, part in parts.items() if name not in schemas})
            schemas[model.__name__] = schema
        return described

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to extend it
