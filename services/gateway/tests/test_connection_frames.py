"""Frames that a socket may bring besides what callers say."""

import pytest
from fakes import FIRST, REST, open_exchange, prompt, until

from trunkline.events.call import (
    Attached,
    CallerSpoke,
    Detached,
    KeysPressed,
)
from trunkline.testing.virtual_time import in_virtual_time


@in_virtual_time
async def test_ten_malformed_frames_in_a_row_close_the_socket() -> None:
    async with open_exchange() as exchange:
        socket = await exchange.call()
        for _ in range(10):
            socket.says("not JSON")
        await until(lambda: socket.closed_with is not None)
        await until(lambda: exchange.has(Detached))

    assert socket.closed_with == 1007
    assert exchange.value("trunkline_gateway_malformed_frames_total") == 10


@in_virtual_time
async def test_malformed_frames_among_good_ones_are_let_pass() -> None:
    async with open_exchange() as exchange:
        socket = await exchange.call()
        for _ in range(5):
            for frame in ("not JSON", '{"no": "type"}', '["a list"]'):
                socket.says(frame)
            socket.says({"type": "dtmf", "digit": "1"})
        await until(lambda: exchange.count(KeysPressed) == 5)

    assert socket.closed_with is None


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "configUpdated", "anything": [1, 2]},
        {"type": "info", "name": "roundTripDelayMs", "value": "120"},
        {"type": "info", "name": "unheardOf", "value": {"nested": True}},
        {"type": "error", "description": "Invalid message received"},
        {"type": "prompt", "voicePrompt": "", "lang": "en-US", "last": True},
        {"type": "prompt", "voicePrompt": "Are y", "lang": "en-US", "last": False},
    ],
)
@in_virtual_time
async def test_a_frame_without_meaning_to_us_changes_nothing(frame: dict[str, object]) -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.call()
        socket.says(frame)
        socket.says(prompt("Are you open?"))
        await until(lambda: len(socket.sent) == 3)

    assert socket.sent == FIRST + REST
    assert [asked.ref.turn for asked in exchange.worker.asked] == [1]


@in_virtual_time
async def test_the_round_trip_that_twilio_tells_of_is_a_metric() -> None:
    async with open_exchange() as exchange:
        socket = await exchange.call()
        socket.says({"type": "info", "name": "roundTripDelayMs", "value": "120"})
        await until(lambda: exchange.value("trunkline_gateway_round_trip_seconds_count") == 1)

        assert exchange.value("trunkline_gateway_round_trip_seconds_sum") == 0.12


@in_virtual_time
async def test_a_setup_that_is_sent_again_is_harmless() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.call()
        socket.says(exchange.setup())
        socket.says(prompt("Are you open?"))
        await until(lambda: len(socket.sent) == 3)

    assert exchange.count(Attached) == 1
    assert exchange.count(CallerSpoke) == 1
