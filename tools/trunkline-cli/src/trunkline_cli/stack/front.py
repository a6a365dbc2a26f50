"""The TCP front before the gateways: it owns the public address, as a load balancer does.

It spreads connections over the gateways that are ready, and resets those of one that is dead: a
caller's side then knows at once, where a silent or an orderly end would be misread.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol, cast

_CONNECT_SECONDS = 2.0
_BACKLOG = 2048  # every call of a failed gateway may come back at once

# A killed process's sockets are closed some moments before its end can be seen. So the end of a
# gateway's stream is passed on only when it is clear that the gateway itself still lives.
_SETTLE_SECONDS = 0.05

_RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for 0 s


class Backend(Protocol):
    """What the front knows of a gateway."""

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""

    @property
    def ready(self) -> bool:
        """Whether it takes new connections."""

    @property
    def alive(self) -> bool:
        """Whether its process runs."""


class Front:
    """One listening address before several backends."""

    def __init__(self, backends: Sequence[Backend]) -> None:
        self._backends = backends
        self._links: dict[Backend, set[_Link]] = {backend: set() for backend in backends}

    async def serve(self, listener: socket.socket) -> None:
        """Serve until cancelled; then reset what is left."""
        async with asyncio.TaskGroup() as tasks:

            def accepted(client: _Side) -> None:
                tasks.create_task(self._connect(client), name="connect")

            loop = asyncio.get_running_loop()
            server = await loop.create_server(
                lambda: _Side(accepted), sock=listener, backlog=_BACKLOG
            )
            try:
                await server.serve_forever()
            finally:
                server.close()
                for backend in self._backends:
                    self.reset(backend)

    def reset(self, backend: Backend) -> None:
        """Reset all connections that lead to the backend."""
        for link in tuple(self._links[backend]):
            link.reset()

    def connections(self, backend: Backend) -> int:
        """How many connections lead to the backend."""
        return len(self._links[backend])

    async def _connect(self, client: "_Side") -> None:
        """Lead a new connection to a ready backend; reset it when there is none."""
        tried: list[Backend] = []
        while backend := self._choose(tried):
            tried.append(backend)
            if await self._link(client, backend):
                return
        client.reset()

    def _choose(self, tried: Sequence[Backend]) -> Backend | None:
        """The ready backend with the fewest connections, none that was tried already."""
        ready = [each for each in self._backends if each.ready and each not in tried]
        return min(ready, key=self.connections, default=None)

    async def _link(self, client: "_Side", backend: Backend) -> bool:
        link = _Link(client, backend, self._links[backend])
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                loop = asyncio.get_running_loop()
                await loop.create_connection(lambda: link.upstream, *backend.address)
        except (OSError, TimeoutError):
            link.forget()
            return False
        link.flow()
        return True


class _Side(asyncio.Protocol):
    """One of the two sockets of a connection through the front."""

    def __init__(self, made: "Callable[[_Side], None]" = lambda side: None) -> None:
        self._made = made
        self.transport: asyncio.Transport
        self.link: _Link | None = None
        self.peer: _Side | None = None
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # what TCP protocols are given
        self.transport.pause_reading()  # until both sides are there
        self._made(self)

    def data_received(self, data: bytes) -> None:
        if self.peer is not None:
            self.peer.transport.write(data)

    def eof_received(self) -> bool:
        self._has_ended(closed=False)
        return True  # the other direction may go on

    def connection_lost(self, error: Exception | None) -> None:
        self._has_ended(closed=True)

    def pause_writing(self) -> None:
        if self.peer is not None:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer is not None:
            self.peer.transport.resume_reading()

    def reset(self) -> None:
        """Close the socket so that the other end sees a reset."""
        if not self.transport.is_closing():
            self.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE
            )
        self.transport.abort()

    def _has_ended(self, *, closed: bool) -> None:
        self.ended = True
        if self.link is not None:
            self.link.side_ended(self, closed=closed)


class _Link:
    """A connection through the front: the client's socket and the one to the gateway."""

    def __init__(self, client: _Side, backend: Backend, links: "set[_Link]") -> None:
        self._client = client
        self._backend = backend
        self._links = links
        self.upstream = _Side()
        links.add(self)  # counted from here on, so that a burst of connections spreads as well

    def flow(self) -> None:
        """Let the bytes through, both ways."""
        client, upstream = self._client, self.upstream
        client.link = upstream.link = self
        client.peer, upstream.peer = upstream, client
        if client.ended or client.transport.is_closing():
            self.reset()
            return
        client.transport.resume_reading()
        upstream.transport.resume_reading()

    def reset(self) -> None:
        """Reset both sockets."""
        self.forget()
        self._client.reset()
        if self.upstream.link is not None:
            self.upstream.reset()

    def forget(self) -> None:
        """Count the connection no longer."""
        self._links.discard(self)

    def side_ended(self, side: _Side, *, closed: bool) -> None:
        """Pass the end of one side on to the other."""
        if side is self._client:
            self._pass_on(side, closed=closed)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(_SETTLE_SECONDS, lambda: self._upstream_ended(closed=closed))

    def _upstream_ended(self, *, closed: bool) -> None:
        if self._backend.alive:
            self._pass_on(self.upstream, closed=closed)
        else:
            self.reset()

    def _pass_on(self, side: _Side, *, closed: bool) -> None:
        other = self.upstream if side is self._client else self._client
        if closed or other.ended:
            self.forget()
            side.transport.close()
            other.transport.close()
        elif other.transport.can_write_eof():
            with suppress(OSError):  # it was reset a moment ago, and its own end is yet to be told
                other.transport.write_eof()
