"""What our processes speak to outside: tools, a model's provider, a collector of telemetry."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

LIMIT_SECONDS = 60.0
SLOW_SECONDS = 2.0


@dataclass
class Outside:
    """A server that repeats to everybody what it was told, and worse, by the path's first part."""

    port: int = 0
    heard: bytes = b""
    paths: set[str] = field(default_factory=set)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                while await self._answer(reader, writer):
                    pass
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode().splitlines()
        pairs = (line.partition(": ") for line in lines if line)
        headers = {name.lower(): value for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        target = first.split(" ")[1]
        kind = urlsplit(target).path.split("/")[1]
        self.paths.add(kind)
        self.heard += head + body
        if kind == "cut":
            return False
        if kind == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        status = {"broken": "500 Oh", "refused": "403 No"}.get(kind, "200 OK")
        content = json.dumps({"answer": unquote(target), "body": body.decode(), **headers}).encode()
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "", ""]
        writer.write("\r\n".join(lines).encode() + content)
        await writer.drain()
        return True


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    served = Outside()
    async with await asyncio.start_server(served.serve, "127.0.0.1", 0) as server:
        served.port = server.sockets[0].getsockname()[1]
        yield served


@asynccontextmanager
async def collector(take: Callable[[bytes], None]) -> AsyncIterator[dict[str, str]]:
    """A server that takes whatever telemetry is sent, and the settings that would have it sent."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            take(data)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield telemetry_to(f"{host}:{port}")


def telemetry_to(host: str) -> dict[str, str]:
    """What switches telemetry on in programs that let the environment do so."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{host}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED": "true",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
