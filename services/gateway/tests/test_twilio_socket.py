"""What uvicorn says of a socket's end, as a connection sees it."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.websockets import WebSocket

from gateway.twilio_socket import SocketGone, UvicornSocket
from trunkline.testing.virtual_time import in_virtual_time

Message = MutableMapping[str, Any]


class Wire:
    """uvicorn's side: it gives these messages, and writes as long as it likes."""

    def __init__(self, *messages: Message) -> None:
        self._messages = [{"type": "websocket.connect"}, *messages]
        self.is_gone = False

    async def receive(self) -> Message:
        return self._messages.pop(0)

    async def send(self, _: Message) -> None:
        if self.is_gone:
            raise OSError

    async def accepted(self) -> UvicornSocket:
        websocket = WebSocket({"type": "websocket"}, self.receive, self.send)
        await websocket.accept()
        return UvicornSocket(websocket)


async def code_of_receive(socket: UvicornSocket) -> int:
    with pytest.raises(SocketGone) as gone:
        await socket.receive()
    return gone.value.code


async def code_of_send(socket: UvicornSocket) -> int:
    with pytest.raises(SocketGone) as gone:
        await socket.send(b"{}")
    return gone.value.code


@pytest.mark.parametrize("code", [1000, 1001, 1006])
async def test_a_socket_that_has_ended_says_so_with_one_code_however_often(code: int) -> None:
    socket = await Wire({"type": "websocket.disconnect", "code": code}).accepted()

    assert [await code_of_receive(socket) for _ in range(3)] == [code] * 3


async def test_an_end_without_a_code_is_abnormal() -> None:
    socket = await Wire({"type": "websocket.disconnect"}).accepted()

    assert await code_of_receive(socket) == 1006


async def test_a_write_that_meets_the_end_says_what_the_close_frame_says() -> None:
    """uvicorn has the frame already; whoever reads comes to it a moment later."""
    wire = Wire({"type": "websocket.disconnect", "code": 1000})
    socket = await wire.accepted()
    wire.is_gone = True
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(code_of_send(socket), name="writing")
        await asyncio.sleep(0)
        await code_of_receive(socket)

    assert writing.result() == 1000


@in_virtual_time
async def test_a_write_whose_end_nobody_reads_waits_for_a_moment_only() -> None:
    wire = Wire()
    socket = await wire.accepted()
    wire.is_gone = True

    assert await code_of_send(socket) == 1006
    assert asyncio.get_running_loop().time() == 1.0
