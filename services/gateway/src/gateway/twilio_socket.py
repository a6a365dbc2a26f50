"""A caller's socket as a connection sees it: text frames in and out, and an end with a code."""

import asyncio
from contextlib import suppress
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

ABNORMAL_CLOSE = 1006  # RFC 6455: there was no close frame
CODE_SECONDS = 1.0  # for the close frame to be read, after a write has met the socket's end
_ENDED = (WebSocketDisconnect, RuntimeError, OSError)  # starlette's words for it


class SocketGone(Exception):
    """The other end has closed the socket, or it broke."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Socket(Protocol):
    """One WebSocket. Sending and receiving raise `SocketGone` once it has ended, whoever asks and
    however often with the same code: it says whether the call is over."""

    async def receive(self) -> str | bytes:
        """Wait for the next frame."""

    async def send(self, data: bytes) -> None:
        """Hand one text frame to the transport, waiting while its buffer is full."""

    async def close(self, code: int) -> None:
        """Close it; closing twice does nothing."""


class UvicornSocket:
    """A socket accepted by uvicorn."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._code = ABNORMAL_CLOSE
        self._has_ended = asyncio.Event()

    async def receive(self) -> str | bytes:
        if self._websocket.client_state is WebSocketState.DISCONNECTED:
            raise SocketGone(self._code)
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            self._code = message.get("code") or ABNORMAL_CLOSE
            self._has_ended.set()
            raise SocketGone(self._code)
        frame: str | bytes = message.get("text") or message.get("bytes") or ""
        return frame

    async def send(self, data: bytes) -> None:
        try:
            await self._websocket.send({"type": "websocket.send", "text": data.decode()})
        except _ENDED:
            raise SocketGone(await self._told_code()) from None

    async def _told_code(self) -> int:
        """uvicorn refuses to write as soon as the close frame is there; it is read after that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CODE_SECONDS):
                await self._has_ended.wait()
        return self._code

    async def close(self, code: int) -> None:
        with suppress(*_ENDED):
            await self._websocket.close(code)
