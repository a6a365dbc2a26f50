"""A caller's socket as a connection sees it: text frames in and out, and an end with a code."""

from contextlib import suppress
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

ABNORMAL_CLOSE = 1006  # RFC 6455: there was no close frame
_ENDED = (WebSocketDisconnect, RuntimeError, OSError)  # starlette's words for it


class SocketGone(Exception):
    """The other end has closed the socket, or it broke."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Socket(Protocol):
    """One WebSocket. Sending and receiving raise `SocketGone` once it has ended."""

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

    async def receive(self) -> str | bytes:
        if self._websocket.client_state is WebSocketState.DISCONNECTED:
            raise SocketGone(ABNORMAL_CLOSE)
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise SocketGone(message.get("code") or ABNORMAL_CLOSE)
        frame: str | bytes = message.get("text") or message.get("bytes") or ""
        return frame

    async def send(self, data: bytes) -> None:
        try:
            await self._websocket.send({"type": "websocket.send", "text": data.decode()})
        except _ENDED:
            raise SocketGone(ABNORMAL_CLOSE) from None

    async def close(self, code: int) -> None:
        with suppress(*_ENDED):
            await self._websocket.close(code)
