"""A clock that is compared with the brokers', on the bus in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from trunkline.bus.memory import MemoryBus
from trunkline.clock import EVERY_SECONDS, RETRY_SECONDS, show_skew, watch_clock
from trunkline.events.topics import CLOCKS
from trunkline.metrics import Registry
from trunkline.skew import Skew
from trunkline.testing.virtual_time import in_virtual_time, unix_now


class Process:
    """A process whose clock is `ahead` of the brokers'."""

    def __init__(self) -> None:
        self.bus = MemoryBus(clock=unix_now)
        self.skew = Skew()
        self.ahead = 0.0

    @asynccontextmanager
    async def runs(self) -> AsyncIterator[None]:
        await self.bus.create_topics([CLOCKS.new()])
        watching = watch_clock(self.bus.calls, "gateway-1", self.skew, self.clock)
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(watching, name="clock")
            await asyncio.sleep(0.1)
            yield
            task.cancel()

    def clock(self) -> float:
        return unix_now() + self.ahead


@in_virtual_time
async def test_a_clock_that_agrees_is_trusted_at_once() -> None:
    process = Process()
    assert not process.skew.agrees
    async with process.runs():
        assert process.skew.agrees

    (record,) = process.bus.records(CLOCKS.name)
    assert (record.key, record.value) == ("gateway-1", b"")


@in_virtual_time
async def test_a_clock_that_goes_wrong_is_found_out_and_so_is_one_that_was_mended() -> None:
    process = Process()
    async with process.runs():
        process.ahead = 0.7
        await asyncio.sleep(EVERY_SECONDS)
        assert not process.skew.agrees
        assert round(process.skew.seconds, 1) == -0.7

        process.ahead = -0.2
        await asyncio.sleep(EVERY_SECONDS)
        assert process.skew.agrees


@in_virtual_time
async def test_a_bus_that_is_away_says_nothing_about_the_clock() -> None:
    process = Process()
    async with process.runs():
        process.bus.faults.stall(CLOCKS.name)
        await asyncio.sleep(5 * EVERY_SECONDS)
        assert process.skew.agrees


@in_virtual_time
async def test_a_clock_is_not_trusted_before_a_broker_has_answered_and_soon_after() -> None:
    process = Process()
    process.bus.faults.stall(CLOCKS.name)
    async with process.runs():
        await asyncio.sleep(30)
        assert not process.skew.agrees

        process.bus.faults.release(CLOCKS.name)
        await asyncio.sleep(2 + 2 * RETRY_SECONDS)
        assert process.skew.agrees


@in_virtual_time
async def test_the_difference_is_shown() -> None:
    process, registry = Process(), Registry()
    show_skew(registry, process.skew)
    process.ahead = -2.0
    async with process.runs():
        text = registry.exposition().decode()

    (line,) = [one for one in text.splitlines() if one.startswith("trunkline_clock_skew_seconds ")]
    assert round(float(line.split()[1]), 1) == 2.0
