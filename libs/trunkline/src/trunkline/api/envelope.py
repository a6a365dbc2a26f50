"""What surrounds every request: a trace id, a limit on its body, and headers of its answer."""

import asyncio
import re
import secrets
from dataclasses import dataclass

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trunkline.api.bucket import Allowance

MAX_BODY_BYTES = 1024 * 1024
BODY_SECONDS = 30.0  # that the next part of a body may take to come

# Or the server would go on reading what the client goes on sending.
_CLOSE = {"Connection": "close"}

# https://www.w3.org/TR/trace-context/: version, trace id, span id, flags.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class Envelope:
    """Middleware of all requests. What it knows of one is in `request.state`."""

    def __init__(self, app: ASGIApp, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        state["trace_id"] = _trace_id(headers.get("traceparent"))
        state["max_body_bytes"] = self._max_body_bytes
        body = _Body(scope, receive, headers.get("content-length"))
        # Bound for the rest of the request's own task: a mistake is logged behind this.
        structlog.contextvars.bind_contextvars(trace_id=state["trace_id"])
        await self._app(scope, body.receive, _with_headers(scope, send))


def trace_id(request: Request) -> str:
    """The id under which traces and logs have this request."""
    return str(request.state.trace_id)


def allow_body(request: Request, max_bytes: int) -> None:
    """Let this request have a larger body, or a smaller one; before any of it is read."""
    request.state.max_body_bytes = max_bytes


@dataclass(slots=True)
class _Body:
    """The body on its way in, counted.

    Starlette's own exceptions end it, as FastAPI takes any other for a body that has no form.
    """

    scope: Scope
    source: Receive
    content_length: str | None
    read: int = 0
    complete: bool = False

    async def receive(self) -> Message:
        if self.complete:  # what comes now is the client's going, which has no deadline
            return await self.source()
        if self._announced() > self._limit:
            raise HTTPException(413, headers=_CLOSE)
        message = await self._next()
        self.read += len(message.get("body", b""))
        self.complete = not message.get("more_body", False)
        if self.read > self._limit:
            raise HTTPException(413, headers=_CLOSE)
        return message

    async def _next(self) -> Message:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await self.source()
        except TimeoutError:
            raise HTTPException(408, headers=_CLOSE) from None

    def _announced(self) -> int:
        length = self.content_length or ""
        return int(length) if length.isascii() and length.isdigit() else 0

    @property
    def _limit(self) -> int:
        return int(self.scope["state"]["max_body_bytes"])


def _with_headers(scope: Scope, send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = scope["state"]["trace_id"]
            allowance: Allowance | None = scope["state"].get("allowance")
            headers.update(allowance.headers() if allowance else {})
        await send(message)

    return send_with_headers


def _trace_id(traceparent: str | None) -> str:
    found = _TRACEPARENT.fullmatch(traceparent or "")
    return found["trace"] if found else secrets.token_hex(16)
