"""Removes the topics that nobody came to remove: of calls whose gateway was killed.

A topic's age is that of its first record, never the time since its last: after an outage every
topic looks silent.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from trunkline.bus import Bus
from trunkline.errors import Transient
from trunkline.events.topics import CALL_PREFIX
from trunkline.logs import get_logger

ROUND_SECONDS = 600.0
ROUND_TOPICS = 200  # looked at in a round: each costs the cluster a read
OLDEST_SECONDS = 14_400 + 3600  # the longest call an agent file allows, and an hour

logger = get_logger()


async def keep_clean(bus: Bus, clock: Callable[[], float]) -> NoReturn:
    """Look for leftovers from time to time, at moments that gateways do not share."""
    while True:
        await asyncio.sleep(ROUND_SECONDS * random.uniform(0.5, 1.5))
        with suppress(Transient, TimeoutError):
            await sweep(bus, clock())


async def sweep(bus: Bus, now: float) -> None:
    """Delete the topics of calls that must have ended long before `now`, Unix time in seconds."""
    names = [name for name in await bus.topics() if name.startswith(CALL_PREFIX)]
    looked_at = random.sample(names, min(len(names), ROUND_TOPICS))
    old = [name for name in looked_at if await _is_old(bus, name, now)]
    if old:
        await bus.delete_topics(old)
        logger.info("leftover_topics_deleted", count=len(old))


async def _is_old(bus: Bus, name: str, now: float) -> bool:
    """An empty topic is either very young or emptied by retention; it is left to the latter."""
    first = await bus.first_timestamp_ms(name)
    return first is not None and first / 1000 < now - OLDEST_SECONDS
