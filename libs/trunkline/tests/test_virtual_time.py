"""The virtual clock: it jumps, it is deterministic, and it says when a test is stuck."""

import asyncio
import time

import pytest

from trunkline.testing.virtual_time import (
    StuckError,
    in_virtual_time,
    run_in_virtual_time,
    unix_now,
)


def test_an_hour_passes_in_no_time() -> None:
    async def sleep_an_hour() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    started = time.monotonic()

    assert run_in_virtual_time(sleep_an_hour()) == pytest.approx(3600)
    assert time.monotonic() - started < 1


@in_virtual_time
async def test_timers_fire_in_the_order_of_their_time() -> None:
    order: list[float] = []
    async with asyncio.TaskGroup() as tasks:
        for seconds in (3.0, 1.0, 2.0):
            tasks.create_task(_note_after(seconds, order), name=f"after {seconds}")

    assert order == [1.0, 2.0, 3.0]


@in_virtual_time
async def test_a_timeout_ends_a_wait_that_nobody_ends() -> None:
    loop = asyncio.get_running_loop()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(30):
            await loop.create_future()

    assert loop.time() == pytest.approx(30)


@in_virtual_time
async def test_unix_time_moves_with_the_loop() -> None:
    before = unix_now()
    await asyncio.sleep(5)

    assert unix_now() - before == pytest.approx(5)


@in_virtual_time
async def test_threads_are_refused_because_they_live_in_real_time() -> None:
    with pytest.raises(RuntimeError, match="real time"):
        await asyncio.to_thread(time.monotonic)


def test_waiting_for_what_can_never_happen_is_an_error_and_not_a_hang() -> None:
    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(StuckError, match="no timer"):
        run_in_virtual_time(wait())


def test_ticking_for_ever_is_an_error_and_not_a_hang() -> None:
    async def tick() -> None:
        loop = asyncio.get_running_loop()

        def again() -> None:
            loop.call_later(600, again)

        again()
        await loop.create_future()

    with pytest.raises(StuckError, match="still running"):
        run_in_virtual_time(tick())


async def _note_after(seconds: float, order: list[float]) -> None:
    await asyncio.sleep(seconds)
    order.append(seconds)
