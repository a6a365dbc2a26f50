"""Errors, bodies and headers of an app, as its clients see them."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from api_parts import api_on, client_of
from fastapi import FastAPI, Request
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError

from trunkline.api import envelope
from trunkline.api.app import api_app
from trunkline.api.envelope import allow_body
from trunkline.api.problem import Conflict
from trunkline.database.engine import open_engine
from trunkline.errors import PublishFailed

LIMIT = 1_000
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Thing(BaseModel):
    name: str
    count: int = 0


class Failed(Exception):
    """What a driver raises."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__()
        self.sqlstate = sqlstate


def routes(app: FastAPI) -> None:
    @app.post("/v1/things")
    async def create(thing: Thing) -> Thing:
        return thing

    @app.get("/v1/things/{number}")
    async def read(number: int, failure: str = "") -> str:
        if failure == "conflict":
            raise Conflict("It is running.", headers={"Retry-After": "7"})
        if failure == "bus":
            raise PublishFailed
        if failure in ("22021", "23505"):
            raise DBAPIError("", None, Failed(failure))
        raise LookupError(failure)

    @app.post("/v1/uploads")
    async def upload(request: Request) -> int:
        allow_body(request, 10 * LIMIT)
        return sum([len(part) async for part in request.stream()])


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_engine("postgresql://nobody@127.0.0.1:1/nothing", "tests") as engine:
        app = api_app(api_on(engine), title="Things", version="1", max_body_bytes=LIMIT)
        routes(app)
        async with client_of(app) as client:
            yield client


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == response.status_code
    return response.status_code, response.json()["code"]


async def test_text_that_the_database_cannot_hold_is_the_clients_mistake_and_no_other_is(
    client: httpx.AsyncClient,
) -> None:
    answers = [await client.get(f"/v1/things/1?failure={code}") for code in ("22021", "23505")]

    assert [problem(answer) for answer in answers] == [
        *((400, "bad_request"), (500, "internal_error"))
    ]


async def test_every_error_is_a_problem(client: httpx.AsyncClient) -> None:
    json = {"content-type": "application/json"}
    answers = [
        await client.get("/v1/nothing"),
        await client.delete("/v1/things"),
        await client.post("/v1/things", content="{", headers=json),
        await client.post("/v1/things", json={"count": 1}),
        await client.post("/v1/things", content="name=x", headers={"content-type": "text/csv"}),
        await client.post("/v1/things", content='{"name": "x"}'),
        await client.post("/v1/things"),
        await client.post("/v1/things", json={"name": "x" * LIMIT}),
        await client.get("/v1/things/1?failure=conflict"),
        await client.get("/v1/things/1?failure=bus"),
        await client.get("/v1/things/1?failure=canary"),
        await client.get("/v1/things/canary"),
    ]

    assert [problem(answer) for answer in answers] == [
        (404, "not_found"),
        (405, "method_not_allowed"),
        (422, "invalid_request"),
        (422, "invalid_request"),
        (415, "unsupported_media_type"),
        (415, "unsupported_media_type"),
        (422, "invalid_request"),
        (413, "body_too_large"),
        (409, "conflict"),
        (503, "unavailable"),
        (500, "internal_error"),
        (422, "invalid_request"),
    ]
    assert not [answer for answer in answers if "canary" in answer.text]


async def test_an_error_brings_the_headers_that_belong_to_it(client: httpx.AsyncClient) -> None:
    not_allowed = await client.delete("/v1/things")
    conflict = await client.get("/v1/things/1?failure=conflict")
    away = await client.get("/v1/things/1?failure=bus")

    assert not_allowed.headers["allow"] == "POST"
    assert conflict.headers["retry-after"] == "7"
    assert away.headers["retry-after"] == "1"
    assert away.json()["retryable"]


async def test_a_request_is_found_again_by_its_trace(client: httpx.AsyncClient) -> None:
    traced = await client.get("/v1/nothing", headers={"traceparent": f"00-{TRACE}-{'1' * 16}-01"})
    first, second = [await client.get("/v1/nothing") for _ in range(2)]

    assert traced.json()["trace_id"] == traced.headers["x-request-id"] == TRACE
    assert first.json()["trace_id"] == first.headers["x-request-id"] != second.json()["trace_id"]


@pytest.mark.parametrize("header", ["", "canary", f"00-{'0' * 32}-{'1' * 16}-01", f"00-{TRACE}"])
async def test_a_trace_that_is_none_is_not_taken_over(
    client: httpx.AsyncClient, header: str
) -> None:
    response = await client.get("/v1/nothing", headers={"traceparent": header})

    assert response.json()["trace_id"] not in (header, TRACE, "0" * 32)
    assert len(response.json()["trace_id"]) == 32


async def parts(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b'{"name": "' + b"x" * LIMIT


async def test_a_body_without_a_length_is_counted(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    response = await client.post("/v1/things", content=parts(3), headers=headers)

    assert problem(response) == (413, "body_too_large")


async def test_a_route_may_take_more(client: httpx.AsyncClient) -> None:
    taken = await client.post("/v1/uploads", content=parts(9))
    refused = await client.post("/v1/uploads", content=parts(11))

    assert taken.json() == 9 * (LIMIT + 10)
    assert problem(refused) == (413, "body_too_large")


async def test_a_body_that_does_not_come_is_not_waited_for(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelope, "BODY_SECONDS", 0.05)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    headers = {"content-type": "application/json"}
    response = await client.post("/v1/things", content=stuck(), headers=headers)

    assert problem(response) == (408, "request_timeout")


async def test_the_description_is_published_and_no_page_that_loads_scripts(
    client: httpx.AsyncClient,
) -> None:
    found = await client.get("/v1/openapi.json")
    pages = [(await client.get(path)).status_code for path in ("/docs", "/redoc")]

    assert found.json()["info"] == {"title": "Things", "version": "1"}
    assert pages == [404, 404]
