"""Serving HTTP inside our own task group, and the internal port: alive, ready, metrics."""

import socket
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, nullcontext
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from trunkline.metrics import Registry

CLOSE_SECONDS = 2  # for requests still running when a server is cancelled; whole seconds
BACKLOG = 2048  # connections that may wait to be accepted: every call of a failed gateway at once
MAX_FRAME_BYTES = 64 * 1024  # of an inbound WebSocket message; the largest we know is below 16 KiB
PING_SECONDS = 20.0
# A caller's socket that is slow to answer a ping is still a live call: uvicorn's 20 s ends it.
PING_TIMEOUT_SECONDS = 60.0

Ready = Callable[[], Mapping[str, bool]]


def plain_app(
    *, title: str = "Trunkline", version: str = "0", openapi_url: str | None = None
) -> FastAPI:
    """An app that publishes no documentation, unless it is told where, and reports to nobody.

    FastAPI's telemetry records URL paths and queries, and an environment variable alone would
    switch it on: URLs of ours hold tokens, so every part of it is off.
    """
    return FastAPI(
        title=title,
        version=version,
        openapi_url=openapi_url,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )


def health_app(ready: Ready, metrics: Registry | None = None) -> FastAPI:
    """The internal port's app.

    `ready` names each condition and whether it holds. `/readyz` is 200 while all hold, else 503
    that lists those which do not; `/healthz` answers as long as the event loop turns.
    """
    app = plain_app()

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        missing = [name for name, holds in ready().items() if not holds]
        return JSONResponse({"ready": not missing, "missing": missing}, 503 if missing else 200)

    @app.get("/metrics")
    async def exposition() -> Response:
        text = metrics.exposition() if metrics is not None else b""
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return app


async def serve(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    websockets: bool = False,
    listening: Callable[[int], None] | None = None,
) -> None:
    """Serve until cancelled, then stop accepting and close what is open, within bounds.

    Closing ends WebSockets with 1012: drain them before. `listening` is told the port once
    connections are accepted, which matters for port 0. Raises `OSError` when it cannot listen.
    """
    with _listen(host, port) as listener:
        server = _Server(_config(app, websockets))
        if listening is not None:
            server.on_started = lambda: listening(listener.getsockname()[1])
        try:
            await server.serve([listener])
        finally:
            if server.started:
                await server.shutdown([listener])


class _Server(uvicorn.Server):
    """uvicorn without its signal handling, which would close every socket on SIGTERM at once."""

    on_started: Callable[[], None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.on_started is not None:
            self.on_started()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        with nullcontext():
            yield


def _config(app: ASGIApp, websockets: bool) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="none",
        lifespan="off",
        ws="websockets-sansio" if websockets else "none",  # the cheapest of uvicorn's per message
        ws_max_size=MAX_FRAME_BYTES,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_TIMEOUT_SECONDS,
        ws_per_message_deflate=False,  # frames are tiny: it costs memory per call and saves nothing
        log_config=None,
        access_log=False,  # URLs hold tokens
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=CLOSE_SECONDS,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)
