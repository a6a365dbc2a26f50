"""An API over a real socket: what a mistake tells the client, and what it tells the log."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import structlog
from api_parts import api_on
from fastapi import FastAPI

from trunkline.api.app import api_app
from trunkline.database.engine import open_engine
from trunkline.health import serve
from trunkline.logs import configure_logs
from trunkline.settings import LogFormat, LogSettings

CANARY = "+15550100"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the process logs; the test runner's own set-up is restored afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs(LogSettings(log_format=LogFormat.JSON), stream=stream, service="test")
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def routes(app: FastAPI) -> None:
    @app.post("/v1/things")
    async def mistake(thing: dict[str, str]) -> None:
        raise LookupError(thing["name"])


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with open_engine("postgresql://nobody@127.0.0.1:1/nothing", "tests") as engine:
        app = api_app(api_on(engine), title="Things", version="1", max_body_bytes=1_000)
        routes(app)
        async with asyncio.TaskGroup() as tasks:
            server = tasks.create_task(
                serve(app, "127.0.0.1", 0, listening=port.set_result), name="api"
            )
            async with asyncio.timeout(5):
                base_url = f"http://127.0.0.1:{await port}"
            async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
                yield client
            server.cancel()


async def test_a_mistake_is_logged_with_its_place_and_without_the_callers_data(
    lines: io.StringIO, client: httpx.AsyncClient
) -> None:
    response = await client.post(
        f"/v1/things?number={CANARY}",
        json={"name": CANARY},
        headers={"Authorization": f"Bearer {CANARY}", "X-Number": CANARY},
    )
    logged: list[dict[str, Any]] = [json.loads(line) for line in lines.getvalue().splitlines()]

    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "LookupError" in {line.get("error") for line in logged}
    assert CANARY not in response.text + lines.getvalue()
    assert response.json()["trace_id"] in {line.get("trace_id") for line in logged}


async def test_a_body_that_is_too_large_is_not_read_to_its_end(client: httpx.AsyncClient) -> None:
    sent = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 1
            yield b"x" * 100_000

    with suppress(httpx.TransportError):  # who is quicker: the answer, or the closed connection
        await client.post("/v1/things", content=parts())

    assert sent < 1_000
