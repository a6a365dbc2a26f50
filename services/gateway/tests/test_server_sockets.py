"""Calls over real sockets at the public port."""

import io
import json

import pytest
from fakes import CALL, prompt, until
from serving import errors, lines, serving
from websockets.exceptions import ConnectionClosed

from trunkline.events.call import Detached, Ended
from trunkline.events.lifecycle import CallEnded, CallStarted
from trunkline.events.topics import call_topic


async def test_a_call_is_held_over_a_real_socket(log: io.StringIO) -> None:
    async with serving() as server:
        server.exchange.answers()
        socket = await server.upgrade()
        await socket.send(json.dumps(server.exchange.setup()))
        await until(lambda: server.exchange.events() != [])
        await socket.send(json.dumps(prompt("Are you open?")))
        frames = [json.loads(await socket.recv()) for _ in range(3)]
        await socket.close()
        await until(lambda: isinstance(server.exchange.events()[-1], Ended))
        await until(lambda: server.exchange.slots.used == 0)

    assert "".join(frame["token"] for frame in frames) == "Answer 1 is this."
    assert [line["event"] for line in lines(log)] == ["call_opened", "call_closed"]
    assert {line["call_id"] for line in lines(log)} == {CALL}


async def test_a_frame_larger_than_any_of_twilios_ends_that_session() -> None:
    async with serving() as server:
        socket = await server.upgrade()
        await socket.send(json.dumps(server.exchange.setup()))
        await until(lambda: server.exchange.events() != [])
        await socket.send(json.dumps(prompt("x" * 70_000)))
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        await until(lambda: isinstance(server.exchange.events()[-1], Detached))

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def test_a_session_whose_ticket_is_not_its_calls_is_closed_with_1008(
    log: io.StringIO,
) -> None:
    async with serving() as server:
        socket = await server.upgrade()
        await socket.send(json.dumps({**server.exchange.setup(), "callSid": "CAother"}))
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        await until(lambda: server.exchange.slots.used == 0)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert [line["event"] for line in lines(log)] == ["session_refused"]


async def test_a_socket_reset_without_a_word_leaves_the_call_for_another_session(
    log: io.StringIO,
) -> None:
    async with serving() as server:
        socket = await server.upgrade()
        await socket.send(json.dumps(server.exchange.setup()))
        await until(lambda: server.exchange.events() != [])
        socket.transport.abort()
        await until(lambda: isinstance(server.exchange.events()[-1], Detached))
        await until(lambda: server.exchange.slots.used == 0)

    assert errors(log) == []


async def test_a_caller_who_hangs_up_while_we_attach_has_hung_up(log: io.StringIO) -> None:
    """uvicorn tells of the end once: whoever looks at early frames must not swallow its code."""
    async with serving() as server:
        server.exchange.bus.faults.stall(call_topic(CALL).name)
        socket = await server.upgrade()
        await socket.send(json.dumps(server.exchange.setup()))
        await socket.close()
        await until(lambda: len(server.exchange.lifecycle()) == 2)
        await until(lambda: server.exchange.slots.used == 0)
        started, ended = server.exchange.lifecycle()
        server.exchange.bus.faults.release(call_topic(CALL).name)

    assert isinstance(started, CallStarted)
    assert isinstance(ended, CallEnded)
    assert ended.reason == "caller_hung_up"
    assert errors(log) == []
