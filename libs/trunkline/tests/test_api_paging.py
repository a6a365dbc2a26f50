"""Pages of a real list: complete, without repetition, also while rows are added."""

import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import httpx
import pytest
from api_parts import SCHEMA, api_on, client_of, make_key
from fastapi import Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.api.app import api_app
from trunkline.api.cursor import Position
from trunkline.api.keys import Principal
from trunkline.api.paging import Page, Paging, keyset, paging
from trunkline.api.require import require
from trunkline.api.times import Time, to_microseconds
from trunkline.database.transaction import transaction


class Thing(BaseModel):
    id: uuid.UUID
    created_at: Time


def routes(app: FastAPI, engine: AsyncEngine) -> None:
    @app.get("/v1/things")
    async def things(
        principal: Annotated[Principal, require("things:read")],
        page: Annotated[Paging, Depends(paging)],
        newest_first: bool = False,
    ) -> Page[Thing]:
        where, parameters = keyset(page.after(principal), descending=newest_first)
        order = "created_at DESC, id DESC" if newest_first else "created_at, id"
        async with transaction(engine) as connection:
            rows = await connection.execute(
                text(
                    f"SELECT id, created_at FROM {SCHEMA}.thing"
                    f" WHERE {where} ORDER BY {order} LIMIT {page.fetch}"
                ),
                parameters,
            )
        return page.page(principal, rows.all(), position, show)


def position(row: Any) -> Position:
    return Position(to_microseconds(row.created_at), str(row.id))


def show(row: Any) -> Thing:
    return Thing(id=row.id, created_at=row.created_at)


@pytest.fixture
async def client(api_engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    app = api_app(api_on(api_engine), title="Things", version="1")
    routes(app, api_engine)
    async with transaction(api_engine) as connection:
        await connection.execute(
            text(
                f"CREATE TABLE {SCHEMA}.thing (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
                " created_at timestamptz NOT NULL DEFAULT clock_timestamp())"
            )
        )
    async with client_of(app, await make_key(api_engine)) as client:
        yield client


async def add(engine: AsyncEngine, count: int, created_at: str = "clock_timestamp()") -> None:
    async with transaction(engine) as connection:
        await connection.execute(
            text(
                f"INSERT INTO {SCHEMA}.thing (created_at)"
                f" SELECT {created_at} FROM generate_series(1, {count})"
            )
        )


async def page(client: httpx.AsyncClient, **query: str | int) -> tuple[list[str], str | None]:
    response = await client.get("/v1/things", params=query)
    assert response.status_code == 200, response.text
    return [thing["id"] for thing in response.json()["data"]], response.json()["next_cursor"]


async def all_pages(client: httpx.AsyncClient, **query: str | int) -> list[str]:
    found, cursor = await page(client, **query)
    while cursor is not None:
        more, cursor = await page(client, cursor=cursor, **query)
        found += more
    return found


@pytest.mark.parametrize("order", ["false", "true"])
async def test_all_rows_are_seen_once_also_those_of_one_moment(
    api_engine: AsyncEngine, client: httpx.AsyncClient, order: str
) -> None:
    await add(api_engine, 5)
    await add(api_engine, 8, created_at="timestamptz '2026-01-01 00:00:00.123457Z'")

    found = await all_pages(client, limit=3, newest_first=order)

    assert len(found) == len(set(found)) == 13


async def test_rows_that_come_meanwhile_move_nothing(
    api_engine: AsyncEngine, client: httpx.AsyncClient
) -> None:
    await add(api_engine, 4)
    first, cursor = await page(client, limit=2, newest_first="true")
    await add(api_engine, 4)
    second, last = await page(client, limit=2, newest_first="true", cursor=str(cursor))

    assert len({*first, *second}) == 4
    assert last is None


async def test_a_page_that_ends_with_the_list_has_no_next(
    api_engine: AsyncEngine, client: httpx.AsyncClient
) -> None:
    await add(api_engine, 3)

    assert (await page(client, limit=3))[1] is None
    assert await page(client, limit=3, newest_first="true") != ([], None)


@pytest.mark.parametrize("limit", ["0", "1001", "x"])
async def test_a_page_has_one_to_a_thousand_rows(client: httpx.AsyncClient, limit: str) -> None:
    response = await client.get("/v1/things", params={"limit": limit})

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "query/limit"


async def test_a_cursor_of_another_tenant_or_filter_is_refused(
    api_engine: AsyncEngine, client: httpx.AsyncClient
) -> None:
    await add(api_engine, 2)
    _, cursor = await page(client, limit=1)
    other = {"Authorization": await make_key(api_engine, tenant_id="other")}
    mine = {"limit": "1", "cursor": str(cursor)}
    answers = [
        await client.get("/v1/things", params=mine, headers=other),
        await client.get("/v1/things", params={**mine, "newest_first": "true"}),
        await client.get("/v1/things", params={"cursor": "made-up"}),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (400, "invalid_cursor")
    }
    assert (await page(client, cursor=str(cursor), limit=100))[1] is None


async def test_ids_may_be_numbers(api_engine: AsyncEngine) -> None:
    after = Position(to_microseconds(datetime.fromisoformat("2026-01-01T00:00:00+00:00")), "7")
    where, parameters = keyset(after, id_type="bigint")
    async with transaction(api_engine) as connection:
        rows = await connection.execute(
            text(
                f"SELECT id FROM (VALUES (7, timestamptz '2026-01-01Z'),"
                f" (8, timestamptz '2026-01-01Z')) AS row (id, created_at) WHERE {where}"
            ),
            parameters,
        )

        assert list(rows.scalars()) == [8]
