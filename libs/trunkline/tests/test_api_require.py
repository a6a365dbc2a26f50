"""Who is let in, how fast, and what it costs, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from api_parts import SCHEMA, api_on, client_of, make_key
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.api.app import Api, api_app
from trunkline.api.key_store import KeyStore
from trunkline.api.keys import Principal, parse_key
from trunkline.api.require import require
from trunkline.database.transaction import transaction


@pytest.fixture
def app(api_engine: AsyncEngine) -> FastAPI:
    app = api_app(api_on(api_engine), title="Things", version="1")

    @app.get("/v1/things")
    async def read(principal: Annotated[Principal, require("things:read")]) -> str:
        return principal.tenant_id

    @app.post("/v1/things", dependencies=[require("things:write")])
    async def write(body: dict[str, str]) -> str:
        return "written"

    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


async def get(client: httpx.AsyncClient, authorization: str) -> httpx.Response:
    return await client.get("/v1/things", headers={"Authorization": authorization})


async def test_a_key_stands_for_its_tenant(
    api_engine: AsyncEngine, client: httpx.AsyncClient
) -> None:
    acme, other = [await make_key(api_engine, tenant_id=name) for name in ("acme", "other")]

    assert (await get(client, acme)).json() == "acme"
    assert (await get(client, other)).json() == "other"
    assert (await get(client, acme)).json() == "acme"


async def test_without_a_key_nothing_is_told(client: httpx.AsyncClient) -> None:
    known = f"Bearer tk_{'0' * 32}_{'x' * 43}"
    answers = [await client.get("/v1/things"), await get(client, known)]
    answers.append(await client.post("/v1/things", json=[]))

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert {answer.json()["code"] for answer in answers} == {"invalid_api_key"}
    assert {answer.headers["www-authenticate"] for answer in answers} == {
        'Bearer realm="trunkline"'
    }


async def test_a_key_opens_what_its_scopes_name(
    api_engine: AsyncEngine, client: httpx.AsyncClient
) -> None:
    key = await make_key(api_engine, "things:read")
    refused = await client.post("/v1/things", json={}, headers={"Authorization": key})

    assert (await get(client, key)).status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert "things:write" in refused.json()["detail"]


async def test_a_key_that_asks_too_fast_is_told_when_to_come_back(
    api_engine: AsyncEngine, client: httpx.AsyncClient
) -> None:
    slow = await make_key(api_engine, requests_per_second=0.01)
    quick = await make_key(api_engine)
    first, second = [await get(client, slow) for _ in range(2)]

    assert (first.status_code, first.headers["ratelimit-remaining"]) == (200, "0")
    assert (second.status_code, second.json()["code"]) == (429, "rate_limited")
    assert second.headers["ratelimit-limit"] == "1"
    assert 95 <= int(second.headers["retry-after"]) <= 100
    assert (await get(client, quick)).status_code == 200


def key_id(authorization: str) -> str:
    return parse_key(authorization).id


async def test_a_revoked_key_is_let_in_no_more(
    api_engine: AsyncEngine, app: FastAPI, client: httpx.AsyncClient
) -> None:
    api: Api = app.state.api
    key = await make_key(api_engine)
    store = KeyStore(api_engine, SCHEMA)
    before = await get(client, key)
    async with transaction(api_engine) as connection:
        assert not await store.revoke(connection, "other", key_id(key), "tests")
        assert await store.revoke(connection, "acme", key_id(key), "tests")
        assert not await store.revoke(connection, "acme", key_id(key), "tests")
    api.authenticator.forget(key_id(key))

    assert (before.status_code, (await get(client, key)).status_code) == (200, 401)


async def test_a_key_expires(api_engine: AsyncEngine, client: httpx.AsyncClient) -> None:
    key = await make_key(api_engine)
    async with transaction(api_engine) as connection:
        await connection.execute(
            text(f"UPDATE {SCHEMA}.api_key SET expires_at = clock_timestamp()")
        )

    assert (await get(client, key)).status_code == 401


async def test_a_use_is_noted_but_not_each(
    api_engine: AsyncEngine, client: httpx.AsyncClient
) -> None:
    key = await make_key(api_engine)
    await get(client, key)
    used_at = text(f"SELECT used_at FROM {SCHEMA}.api_key")
    async with transaction(api_engine) as connection:
        first = (await connection.execute(used_at)).scalar_one()
        await KeyStore(api_engine, SCHEMA).touch(key_id(key))
        second = (await connection.execute(used_at)).scalar_one()

    assert first is not None
    assert first == second


async def test_the_description_names_the_kind_of_key(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/openapi.json")).json()

    assert document["components"]["securitySchemes"]["api_key"]["scheme"] == "bearer"
    assert document["paths"]["/v1/things"]["get"]["security"] == [{"api_key": []}]
