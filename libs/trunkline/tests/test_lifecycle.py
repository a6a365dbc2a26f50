"""The stop signal: a real one, sent to this process."""

import asyncio
import os
import signal

import pytest

from trunkline.lifecycle import stop_on_signal


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_signal_ends_the_wait_and_not_the_process(number: signal.Signals) -> None:
    async with stop_on_signal() as stop, asyncio.timeout(5):
        os.kill(os.getpid(), number)
        await stop.wait()


async def test_a_signal_before_anybody_waits_is_kept() -> None:
    async with stop_on_signal() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        await _loop_turns(3)

        assert stop.is_set()


async def test_afterwards_signals_do_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    async with stop_on_signal():
        pass

    assert signal.getsignal(signal.SIGTERM) == before


async def _loop_turns(times: int) -> None:
    for _ in range(times):  # the signal reaches the loop through a socket it must first read
        await asyncio.sleep(0)
