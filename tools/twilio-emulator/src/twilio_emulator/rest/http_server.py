"""An HTTP/1.1 server that can break a connection wherever it likes, which frameworks forbid."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate

import h11

MAX_BODY = 1024 * 1024
READ_SIZE = 64 * 1024
IDLE_SECONDS = 75.0  # a kept connection without a request
WRITE_SECONDS = 10.0
BACKLOG = 1024
MAX_CONNECTIONS = 2000
RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for 0 s


@dataclass(frozen=True, slots=True)
class Request:
    """A request in full; `at` is the monotonic time at which its last byte was read."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. With `keep` only so many bytes of the body are sent before a reset."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    keep: int | None = None


class Broken(Exception):
    """Raised by a handler in place of an answer: the connection is reset."""


Handler = Callable[[Request], Awaitable[Reply]]


class HttpServer:
    """One listening address, which may be closed and opened again while its users live on."""

    def __init__(self, handler: Handler, host: str, port: int) -> None:
        self._handler = handler
        self._listener = self._bind(host, port)
        self._tasks: asyncio.TaskGroup | None = None
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self.accepting: Callable[[], bool] = lambda: True
        """Asked for every connection; one that is not accepted is closed at once."""

    async def serve(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            try:
                await self._listen()
                await asyncio.Event().wait()
            finally:
                self.close()

    def close(self) -> None:
        """Refuse connections from now on, and reset those there are."""
        if self._server is not None:
            self._server.close()
        self._listener.close()
        for writer in tuple(self._writers):
            _reset(writer)

    async def reopen(self) -> None:
        """Listen again on the same port."""
        self._listener = self._bind(self.host, self.port)
        await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._accept, sock=self._listener, backlog=BACKLOG
        )

    def _bind(self, host: str, port: int) -> socket.socket:
        return socket.create_server((host, port), backlog=BACKLOG)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._tasks is None or not self.accepting() or len(self._writers) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._writers.add(writer)
        self._tasks.create_task(self._connection(reader, writer), name="connection")

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._requests(h11.Connection(h11.SERVER), reader, writer)
        except (Broken, OSError, TimeoutError, h11.RemoteProtocolError):
            _reset(writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _requests(
        self, http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One request after the other, until either side closes."""
        while (request := await _read(http, reader, writer)) is not None:
            reply = await self._handler(request)
            await _write(http, writer, reply)
            if http.our_state is not h11.DONE or http.their_state is not h11.DONE:
                return
            http.start_next_cycle()


async def _read(
    http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Request | None:
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            if http.they_are_waiting_for_100_continue:
                raise Broken  # nobody who calls this API asks first
            async with asyncio.timeout(IDLE_SECONDS):
                http.receive_data(await reader.read(READ_SIZE))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_BODY:
                raise Broken
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
            method, target = head.method.decode(), head.target.decode()
            return Request(method, target, headers, bytes(body), time.monotonic())
        else:
            return None


async def _write(http: h11.Connection, writer: asyncio.StreamWriter, reply: Reply) -> None:
    headers = {
        "Date": formatdate(usegmt=True),
        "Content-Type": "application/json;charset=utf-8",
        "Content-Length": str(len(reply.body)),
        **reply.headers,
    }
    head = http.send(h11.Response(status_code=reply.status, headers=list(headers.items())))
    body = http.send(h11.Data(data=reply.body if reply.keep is None else reply.body[: reply.keep]))
    end = http.send(h11.EndOfMessage()) if reply.keep is None else b""
    writer.write(b"".join(part or b"" for part in (head, body, end)))
    async with asyncio.timeout(WRITE_SECONDS):
        await writer.drain()
    if reply.keep is not None:
        raise Broken


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close the socket so that the other end sees a reset."""
    raw = writer.get_extra_info("socket")
    if raw is not None and not writer.transport.is_closing():
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
    writer.transport.abort()
