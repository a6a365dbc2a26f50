"""Compares a process's clock with the brokers': they stamp a record and acknowledge the time."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from trunkline.bus import Producer
from trunkline.errors import PublishFailed
from trunkline.events.topics import CLOCKS
from trunkline.logs import get_logger
from trunkline.metrics import Registry
from trunkline.skew import Skew

EVERY_SECONDS = 10.0
RETRY_SECONDS = 1.0  # until an answer comes that is quick enough to be sure

logger = get_logger()


async def watch_clock(
    producer: Producer, process: str, skew: Skew, clock: Callable[[], float]
) -> NoReturn:
    """Measure again and again. `clock` is Unix time in seconds, `process` our unique name.

    While no broker answers, what was measured last holds.
    """
    was_trusted = True
    while True:
        with suppress(PublishFailed):
            await _measure(producer, process, skew, clock)
        if skew.agrees != was_trusted:
            was_trusted = skew.agrees
            tell = logger.info if was_trusted else logger.warning
            tell("clock_compared", agrees=was_trusted, skew_seconds=round(skew.seconds, 3))
        await asyncio.sleep(EVERY_SECONDS if skew.is_precise else RETRY_SECONDS)


async def _measure(
    producer: Producer, process: str, skew: Skew, clock: Callable[[], float]
) -> None:
    sent_at = clock()
    headers = {"type": "Clock", "produced_at": str(round(sent_at * 1000))}
    written = await producer.publish(CLOCKS.name, b"", key=process, headers=headers)
    skew.measure(sent_at, written.timestamp_ms / 1000, clock())


def show_skew(registry: Registry, skew: Skew) -> None:
    """Let the metrics tell it."""
    registry.gauge(
        "trunkline_clock_skew_seconds",
        "The brokers' time less this process's; beyond 0.5 either way it is not ready.",
        unit="seconds",
        read=lambda: skew.seconds,
    )
