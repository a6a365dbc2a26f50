"""A route that creates and one that changes, from a client's side."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from api_parts import SCHEMA, api_on, client_of, make_key
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from trunkline.api.answers import answer, as_response, once, require_version
from trunkline.api.app import api_app
from trunkline.api.audit import AuditEntry, record
from trunkline.api.idempotency import Answer
from trunkline.api.keys import Principal
from trunkline.api.require import require
from trunkline.database.transaction import transaction

Writer = Annotated[Principal, require("things:write")]


class Thing(BaseModel):
    name: str


def routes(app: FastAPI, engine: AsyncEngine) -> None:
    @app.post("/v1/things")
    async def create(request: Request, thing: Thing, principal: Writer) -> Response:
        async def effect(connection: AsyncConnection) -> Answer:
            rows = await connection.execute(
                text(f"INSERT INTO {SCHEMA}.thing (name) VALUES (:name) RETURNING id"),
                {"name": thing.name},
            )
            subject = str(rows.scalar_one())
            entry = AuditEntry(principal.tenant_id, principal.actor, "created", "thing", subject)
            await record(connection, SCHEMA, entry)
            return answer(201, thing, {"Location": f"/v1/things/{subject}"}, version=1)

        return await once(request, principal, effect)

    @app.patch("/v1/things/{thing_id}")
    async def change(request: Request, thing_id: int, thing: Thing, _: Writer) -> Response:
        async with transaction(engine) as connection:
            rows = await connection.execute(
                text(f"SELECT version FROM {SCHEMA}.thing WHERE id = :id FOR UPDATE"),
                {"id": thing_id},
            )
            version = rows.scalar_one()
            require_version(request, version)
            await connection.execute(
                text(f"UPDATE {SCHEMA}.thing SET name = :name, version = version + 1"),
                {"name": thing.name},
            )
            return as_response(answer(200, thing, version=version + 1))


@pytest.fixture
async def client(api_engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    app = api_app(api_on(api_engine), title="Things", version="1")
    routes(app, api_engine)
    async with transaction(api_engine) as connection:
        await connection.execute(
            text(f"CREATE TABLE {SCHEMA}.thing (id serial, name text, version int DEFAULT 1)")
        )
    async with client_of(app, await make_key(api_engine)) as client:
        yield client


async def create(client: httpx.AsyncClient, key: str | None, name: str = "a") -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await client.post("/v1/things", json={"name": name}, headers=headers)


async def test_a_creation_may_be_sent_again(client: httpx.AsyncClient) -> None:
    first, second = [await create(client, '"one"') for _ in range(2)]

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json() == {"name": "a"}
    assert second.headers["idempotent-replayed"] == "true"
    for name in ("location", "etag", "content-type"):
        assert first.headers[name] == second.headers[name]
    assert "idempotent-replayed" not in first.headers
    assert int(second.headers["ratelimit-remaining"]) > 0


async def test_a_creation_that_cannot_be_repeated_is_refused(client: httpx.AsyncClient) -> None:
    await create(client, "one")
    answers = [
        await create(client, None),
        await create(client, "no key"),
        await create(client, "one", name="b"),
    ]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (400, "idempotency_key_missing"),
        (400, "idempotency_key_invalid"),
        (422, "idempotency_key_reused"),
    ]


async def test_fifty_clients_with_one_key_create_one_thing(
    api_engine: AsyncEngine, client: httpx.AsyncClient
) -> None:
    found: list[tuple[int, str | None]] = []

    async def ask() -> None:
        response = await create(client, "one")
        found.append((response.status_code, response.headers.get("location")))

    async with asyncio.TaskGroup() as tasks:
        for n in range(50):
            tasks.create_task(ask(), name=f"client-{n}")
    async with transaction(api_engine) as connection:
        rows = await connection.execute(text(f"SELECT count(*) FROM {SCHEMA}.thing"))
        audits = await connection.execute(
            text(f"SELECT count(*) FROM {SCHEMA}.audit WHERE action = 'created'")
        )

    assert (rows.scalar_one(), audits.scalar_one()) == (1, 1)
    assert len(found) == 50
    assert set(found) <= {(201, "/v1/things/1"), (409, None)}


async def test_an_update_is_not_lost(client: httpx.AsyncClient) -> None:
    created = await create(client, "one")

    async def change(name: str, **headers: str) -> httpx.Response:
        return await client.patch("/v1/things/1", json={"name": name}, headers=headers)

    blind = await change("b")
    changed = await change("c", **{"If-Match": created.headers["etag"]})
    late = await change("d", **{"If-Match": created.headers["etag"]})

    assert [one.status_code for one in (blind, changed, late)] == [428, 200, 412]
    assert late.headers["etag"] == changed.headers["etag"] == '"2"'
    assert (await change("e", **{"If-Match": late.headers["etag"]})).status_code == 200
