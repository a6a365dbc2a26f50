"""Reading a topic that every gateway reads whole, from now on or from its beginning."""

import asyncio
from collections.abc import Callable
from typing import NoReturn, TypeVar

from gateway.metrics import GatewayMetrics
from trunkline.bus import Bus, Reader, Start
from trunkline.errors import Invalid, Transient
from trunkline.logs import get_logger

AGAIN_SECONDS = 5.0

T = TypeVar("T")

logger = get_logger()


async def follow(
    bus: Bus,
    topic: str,
    decode: Callable[[bytes], T],
    take: Callable[[T], None],
    metrics: GatewayMetrics,
    start: Start = Start.END,
) -> NoReturn:
    """Give each event of the topic to `take`, which must not wait.

    A topic that is not there is no reason to answer no calls: it is looked for again. What was read
    from the beginning is then read again.
    """
    while True:
        try:
            async with bus.read(topic, start) as reader:
                await take_all(reader, decode, take, metrics)
        except Transient:
            logger.warning("topic_not_known", topic=topic)
        await asyncio.sleep(AGAIN_SECONDS)


async def take_all(
    reader: Reader,
    decode: Callable[[bytes], T],
    take: Callable[[T], None],
    metrics: GatewayMetrics,
) -> NoReturn:
    """Give each event to `take`; what nobody understands is counted and let pass."""
    while True:
        for record in await reader.fetch():
            try:
                event = decode(record.value)
            except Invalid:
                metrics.invalid_records.inc()
            else:
                take(event)
