"""A local server that streams canned events as a model's provider does, and breaks on request."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    head: str
    body: bytes

    @property
    def path(self) -> str:
        return self.head.split(" ", 2)[1]

    @property
    def headers(self) -> dict[str, str]:
        lines = (line.partition(": ") for line in self.head.splitlines()[1:] if line)
        return {name.lower(): value for name, _, value in lines}


class StreamServer:
    """Answers each request with the same events, and then

    end     ends well,
    cut     closes the socket within the stream,
    stall   sends nothing more,
    hang    has not even sent the head of the answer.
    """

    def __init__(
        self,
        events: Sequence[bytes],
        *,
        status: int = 200,
        headers: Sequence[str] = (),
        then: str = "end",
    ) -> None:
        self._events = events
        self._status = status
        self._headers = headers
        self._then = then
        self.requests: list[Received] = []
        self.connections = 0
        self.asked = asyncio.Event()
        self.gone = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._serve_one(reader, writer):
                pass
        self.gone.set()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(Received(head, b"").headers["content-length"])
        self.requests.append(Received(head, await reader.readexactly(length)))
        self.asked.set()
        if self._then != "hang":
            await self._answer(writer)
        return self._then != "cut"

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        kind = "text/event-stream" if self._status == 200 else "application/json"
        head = [f"HTTP/1.1 {self._status} X", f"content-type: {kind}", *self._headers]
        writer.write("\r\n".join([*head, "transfer-encoding: chunked", "", ""]).encode())
        for event in self._events:
            writer.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
        if self._then == "end":
            writer.write(b"0\r\n\r\n")
        await writer.drain()


@asynccontextmanager
async def listening(stream: StreamServer) -> AsyncIterator[str]:
    """The server's address. At the end every connection has ended: its clients close first."""
    async with asyncio.TaskGroup() as tasks:

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tasks.create_task(stream.serve(reader, writer), name="connection")

        async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
