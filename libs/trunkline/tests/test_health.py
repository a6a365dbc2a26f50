"""The internal port, over a real socket."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest

from trunkline.health import health_app, plain_app, serve
from trunkline.lifecycle import stop_on_signal
from trunkline.metrics import Registry


async def test_a_process_is_ready_only_while_every_condition_holds() -> None:
    conditions = {"partitions": False, "clock": True}
    async with _served(conditions) as client:
        before = await client.get("/readyz")
        conditions["partitions"] = True
        after = await client.get("/readyz")

    assert (before.status_code, before.json()["missing"]) == (503, ["partitions"])
    assert (after.status_code, after.json()["missing"]) == (200, [])


async def test_a_process_that_is_not_ready_is_still_alive() -> None:
    async with _served({"partitions": False}) as client:
        response = await client.get("/healthz")

    assert response.status_code == 200


async def test_metrics_are_in_prometheus_text() -> None:
    registry = Registry()
    registry.counter("trunkline_test_calls_total", "Calls.").inc()
    async with _served({}, registry) as client:
        response = await client.get("/metrics")

    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "trunkline_test_calls_total 1.0" in response.text


async def test_nothing_is_published_but_the_three_paths() -> None:
    async with _served({}) as client:
        found = [(await client.get(path)).status_code for path in ("/docs", "/openapi.json", "/")]

    assert found == [404, 404, 404]


async def test_a_stop_signal_does_not_end_the_server() -> None:
    async with stop_on_signal() as stop, _served({}) as client:
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(5):
            await stop.wait()

        assert (await client.get("/healthz")).status_code == 200


async def test_a_cancelled_server_listens_no_more() -> None:
    async with _served({}) as client:
        await client.get("/healthz")

    async with httpx.AsyncClient(base_url=client.base_url, trust_env=False) as another:
        with pytest.raises(httpx.ConnectError):
            await another.get("/healthz")


async def test_a_port_in_use_is_an_error_of_the_caller_and_not_the_end_of_the_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        await serve(plain_app(), "127.0.0.1", taken.getsockname()[1])


async def test_telemetry_stays_off_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")

    assert not plain_app()._native_telemetry.enabled()


@asynccontextmanager
async def _served(
    conditions: Mapping[str, bool], registry: Registry | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app = health_app(lambda: conditions, registry)
    async with asyncio.TaskGroup() as tasks:
        server = tasks.create_task(
            serve(app, "127.0.0.1", 0, listening=port.set_result), name="health"
        )
        async with asyncio.timeout(5):
            base_url = f"http://127.0.0.1:{await port}"
        async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
            yield client
        server.cancel()
