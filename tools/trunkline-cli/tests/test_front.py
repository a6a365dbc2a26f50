"""The TCP front: it spreads connections and resets those of the dead."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import pytest

from trunkline_cli.stack.front import Front


@dataclass(eq=False)
class FakeGateway:
    """A backend that answers whatever it is sent with its name."""

    name: str
    address: tuple[str, int] = ("127.0.0.1", 1)
    ready: bool = True
    alive: bool = True
    open: "list[Answering]" = field(default_factory=list)

    def die(self) -> None:
        """What the kernel does to a killed process: its sockets end, and then it is gone."""
        self.alive = self.ready = False
        for connection in self.open:
            connection.transport.close()


class Answering(asyncio.Protocol):
    """One connection of a fake gateway."""

    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway = gateway
        self.blocked = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.gateway.open.append(self)

    def data_received(self, data: bytes) -> None:
        self.transport.write(self.gateway.name.encode())

    def pause_writing(self) -> None:
        self.blocked.set()


class Caller:
    """A client of the front."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.socket = socket.socket()
        self.socket.setblocking(False)

    async def connect(self) -> None:
        async with asyncio.timeout(5):
            loop = asyncio.get_running_loop()
            await loop.sock_connect(self.socket, ("127.0.0.1", self._port))

    async def ask(self) -> str:
        """Who answers."""
        await asyncio.get_running_loop().sock_sendall(self.socket, b"who?")
        return (await self.read()).decode()

    async def read(self) -> bytes:
        async with asyncio.timeout(5):
            return await asyncio.get_running_loop().sock_recv(self.socket, 100)


@dataclass
class Scene:
    """A front that serves, and the callers that a test has made."""

    front: Front
    port: int
    callers: list[Caller] = field(default_factory=list)

    async def caller(self) -> Caller:
        caller = Caller(self.port)
        self.callers.append(caller)
        await caller.connect()
        return caller


@asynccontextmanager
async def fronted(*gateways: FakeGateway) -> AsyncIterator[Scene]:
    loop = asyncio.get_running_loop()
    servers = []
    for gateway in gateways:
        server = await loop.create_server(partial(Answering, gateway), "127.0.0.1", 0)
        gateway.address = server.sockets[0].getsockname()
        servers.append(server)
    listener = socket.create_server(("127.0.0.1", 0))
    scene = Scene(Front(gateways), listener.getsockname()[1])
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(scene.front.serve(listener), name="front")
        try:
            yield scene
        finally:
            serving.cancel()
    for caller in scene.callers:
        caller.socket.close()
    for server in servers:
        server.close()
        await server.wait_closed()


async def test_connections_are_spread_over_the_gateways() -> None:
    async with fronted(FakeGateway("one"), FakeGateway("two")) as scene:
        callers = [await scene.caller() for _ in range(6)]

        answers = [await caller.ask() for caller in callers]

        assert sorted(answers) == ["one"] * 3 + ["two"] * 3


async def test_a_gateway_that_is_not_ready_keeps_its_connections_and_gets_no_new_ones() -> None:
    one, two = FakeGateway("one"), FakeGateway("two", ready=False)
    async with fronted(one, two) as scene:
        first = await scene.caller()
        assert await first.ask() == "one"

        one.ready, two.ready = False, True
        second = await scene.caller()

        assert await second.ask() == "two"
        assert await first.ask() == "one"


async def test_the_sockets_of_a_dead_gateway_are_reset_and_others_go_on() -> None:
    one, two = FakeGateway("one"), FakeGateway("two", ready=False)
    async with fronted(one, two) as scene:
        of_one = await scene.caller()
        assert await of_one.ask() == "one"
        two.ready, one.ready = True, False
        of_two = await scene.caller()
        assert await of_two.ask() == "two"

        one.die()

        with pytest.raises(ConnectionResetError):
            await of_one.read()
        assert await of_two.ask() == "two"
        assert scene.front.connections(one) == 0


async def test_the_sockets_of_a_gateway_that_hangs_are_reset_on_request() -> None:
    one = FakeGateway("one")
    async with fronted(one) as scene:
        caller = await scene.caller()
        await caller.ask()

        scene.front.reset(one)

        with pytest.raises(ConnectionResetError):
            await caller.read()


async def test_an_orderly_end_stays_an_orderly_end() -> None:
    one = FakeGateway("one")
    async with fronted(one) as scene:
        caller = await scene.caller()
        await caller.ask()

        one.open[0].transport.close()

        assert await caller.read() == b""


async def test_a_client_that_has_sent_all_still_gets_its_answer() -> None:
    async with fronted(FakeGateway("one")) as scene:
        caller = await scene.caller()
        caller.socket.send(b"who?")
        caller.socket.shutdown(socket.SHUT_WR)

        assert await caller.read() == b"one"
        assert await caller.read() == b""


async def test_a_gateway_that_refuses_is_passed_over() -> None:
    one, two = FakeGateway("one"), FakeGateway("two")
    async with fronted(one, two) as scene:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            one.address = closed.getsockname()

        caller = await scene.caller()

        assert await caller.ask() == "two"


async def test_without_a_ready_gateway_a_new_connection_is_reset() -> None:
    async with fronted(FakeGateway("one", ready=False)) as scene:
        caller = await scene.caller()

        with pytest.raises(ConnectionResetError):
            await caller.read()


async def test_a_slow_reader_holds_back_the_gateway_instead_of_filling_memory() -> None:
    one = FakeGateway("one")
    async with fronted(one) as scene:
        caller = await scene.caller()
        await caller.ask()
        size = 50_000_000

        one.open[0].transport.write(bytes(size))
        async with asyncio.timeout(5):
            await one.open[0].blocked.wait()
        first = len(await caller.read())

        assert one.open[0].transport.get_write_buffer_size() > size // 2
        received = first
        while received < size:
            chunk = await asyncio.get_running_loop().sock_recv(caller.socket, 1_000_000)
            received += len(chunk)
        assert received == size
