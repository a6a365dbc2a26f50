"""A raw socket server in Twilio's place: what really arrived, byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from dialer.call_form import CallRequest
from dialer.twilio_api import Api, Login
from trunkline.outbound import OutboundUrls

ACCOUNT = "AC" + "1" * 32
SID = "CA" + "a" * 32
TO = "+15005550101"
FROM = "+15005550006"
URLS = OutboundUrls("https://g.example/t#rc=3", "https://g.example/s#rc=5", "https://g.example/a")
REQUEST = CallRequest(TO, FROM, URLS, ring_seconds=25, talk_seconds=600)

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Stand:
    """Everything that was received, by connection."""

    def __init__(self) -> None:
        self.url = ""
        self.connections: list[bytearray] = []

    @property
    def received(self) -> bytes:
        return b"".join(self.connections)

    def api(self) -> Api:
        return Api(self.url, {ACCOUNT: Login(ACCOUNT, "secret")})


@asynccontextmanager
async def standing(answer: bytes | None) -> AsyncIterator[Stand]:
    """A server that answers each request with these bytes, or hangs up on it."""
    stand = Stand()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got = bytearray()
        stand.connections.append(got)
        try:
            while not _complete(got):
                part = await reader.read(65536)
                if not part:
                    return
                got += part
            if answer is not None:
                writer.write(answer)
                await writer.drain()
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        stand.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield stand


def _complete(got: bytearray) -> bool:
    head, end, body = bytes(got).partition(b"\r\n\r\n")
    if not end:
        return False
    lengths = [
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    return len(body) >= (lengths[0] if lengths else 0)


def response(status: str, body: bytes, *more: bytes) -> bytes:
    """An HTTP answer that ends its connection."""
    head = [f"HTTP/1.1 {status}".encode(), b"Content-Length: %d" % len(body), *more]
    return b"\r\n".join([*head, b"Connection: close", b"", body])
