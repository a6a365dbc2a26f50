"""The public port: Twilio's webhooks and the socket. Nothing in a request is used unverified."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from fastapi import FastAPI, Request, Response, WebSocket
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketState

from gateway.callbacks import Callbacks
from gateway.calls import Calls
from gateway.front import ACTION_PATH, DIAL_ACTION_PATH, RELAY_PATH, Form, Front
from gateway.gate import MAX_FORM_BYTES, Gate, Refused
from gateway.metrics import GatewayMetrics, Refusal
from gateway.notifications import MAX_BODY_BYTES, Notifications
from gateway.placed import PlacedCalls
from gateway.reports import Read, status_of, verdict_of
from gateway.slots import Slots
from gateway.twilio_socket import UvicornSocket
from trunkline.health import plain_app
from trunkline.outbound import AMD_PATH, OUTBOUND_PATH, STATUS_PATH

DENY_SECONDS = 5.0  # for a client to take its refusal
SIGNATURE = "x-twilio-signature"


def public_app(
    gate: Gate,
    front: Front,
    placed: PlacedCalls,
    callbacks: Callbacks,
    notifications: Notifications,
    calls: Calls,
    slots: Slots,
    metrics: GatewayMetrics,
) -> FastAPI:
    """The public port's routes."""
    app = plain_app()

    async def let_in(request: Request) -> Form | Refused:
        return gate.form(
            _path(request),
            request.headers.get(SIGNATURE),
            request.headers.get("content-type", ""),
            await _bounded_body(request, MAX_FORM_BYTES),
        )

    async def answer(request: Request, twiml: Callable[[Form], str]) -> Response:
        form = await let_in(request)
        if isinstance(form, Refused):
            return Response(status_code=form.status)
        return Response(twiml(form), media_type="text/xml")

    async def take(request: Request, read: Read, token: str) -> Response:
        form = await let_in(request)
        if isinstance(form, Refused):
            return Response(status_code=form.status)
        return Response(status_code=await callbacks.take(read, token, form))

    @app.post("/twilio/voice/incoming")
    async def incoming(request: Request) -> Response:
        return await answer(request, front.incoming)

    @app.post(ACTION_PATH + "{token}")
    async def connect_action(request: Request, token: str) -> Response:
        return await answer(request, partial(front.connect_action, token))

    @app.post(DIAL_ACTION_PATH + "{token}")
    async def dial_action(request: Request, token: str) -> Response:
        return await answer(request, partial(front.dial_action, token))

    @app.post(OUTBOUND_PATH + "{token}")
    async def outbound(request: Request, token: str) -> Response:
        return await answer(request, partial(placed.answered, token))

    @app.post(STATUS_PATH + "{token}")
    async def status(request: Request, token: str) -> Response:
        return await take(request, status_of, token)

    @app.post(AMD_PATH + "{token}")
    async def amd(request: Request, token: str) -> Response:
        return await take(request, verdict_of, token)

    @app.post("/twilio/intelligence")
    async def intelligence(request: Request) -> Response:
        content_type = request.headers.get("content-type", "")
        body = await _bounded_body(request, MAX_BODY_BYTES)
        signature = request.headers.get(SIGNATURE)
        notice = gate.notice(_path(request), signature, content_type, body)
        if isinstance(notice, Refused):
            return Response(status_code=notice.status)
        return Response(status_code=await notifications.take(notice, content_type, body or b""))

    @app.websocket(RELAY_PATH)
    async def relay(websocket: WebSocket) -> None:
        refused = gate.upgrade(_path(websocket), websocket.headers.get(SIGNATURE))
        if refused is not None:
            return await _deny(websocket, refused.status)
        slot = slots.take()
        if slot is None:
            metrics.refused(Refusal.FULL)
            return await _deny(websocket, 503)
        try:
            await websocket.accept()
            return await calls.hold(UvicornSocket(websocket), slot)
        finally:
            slot.release()

    return app


def _path(connection: HTTPConnection) -> str:
    """Path and query as they were sent: what Twilio has signed."""
    raw: bytes = connection.scope["raw_path"]
    query: bytes = connection.scope["query_string"]
    return (raw + (b"?" + query if query else b"")).decode("latin-1")


async def _bounded_body(request: Request, most: int) -> bytes | None:
    """The body; none if it is too long, of which no more is read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)


async def _deny(websocket: WebSocket, status: int) -> None:
    """Refuse an upgrade, and stay until the connection is closed.

    uvicorn logs an error for an app that returns earlier. It tells of the end twice, when the
    response is written and when the connection is gone; starlette knows of one end only.
    """
    await websocket.send_denial_response(Response(status_code=status))
    with suppress(TimeoutError):
        async with asyncio.timeout(DENY_SECONDS):
            while (await websocket.receive())["type"] != "websocket.disconnect":
                pass
            websocket.client_state = WebSocketState.CONNECTED
            await websocket.receive()
