"""A local service that tools call: it remembers what was done, and answers as it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Done:
    """One request that had its effect."""

    method: str
    target: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> object:
        return json.loads(self.body)


class ToolServer:
    """Answers each request with `status` and `body`, once `release` is set; or cuts it off."""

    def __init__(self) -> None:
        self.done: list[Done] = []
        self.status = 200
        self.body = b'{"ok": true}'
        self.headers: tuple[str, ...] = ()
        self.cuts = False
        self.release = asyncio.Event()
        self.release.set()
        self.host = ""
        self._open: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    def url(self, target: str) -> str:
        return f"http://{self.host}{target}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[asyncio.current_task()] = writer
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._serve_one(reader, writer):
                pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        del self._open[asyncio.current_task()]

    async def close(self) -> None:
        """End the connections that clients keep open."""
        self.release.set()
        for writer in self._open.values():
            writer.close()
        if handlers := [task for task in self._open if task is not None]:
            await asyncio.wait(handlers)

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self.done.append(await _read(reader))
        await self.release.wait()
        if not self.cuts:
            await self._answer(writer)
        return not self.cuts

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {self.status} X", f"Content-Length: {len(self.body)}", *self.headers]
        writer.write("\r\n".join([*lines, "", ""]).encode() + self.body)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Done:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    method, target, _ = first.split(" ")
    pairs = (line.partition(": ") for line in lines if line)
    headers = {name.lower(): value for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Done(method, target, headers, body.decode())


@asynccontextmanager
async def tool_server() -> AsyncIterator[ToolServer]:
    service = ToolServer()
    async with await asyncio.start_server(service.serve, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        service.host = f"127.0.0.1:{port}"
        yield service
        await service.close()
