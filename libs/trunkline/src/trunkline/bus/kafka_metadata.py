"""Keeps a Kafka client's knowledge of the cluster small, and its questions about it rare.

aiokafka 0.14 has three habits that hurt where topics come and go: a producer's list of topics only
grows, and each new topic decodes the metadata of all of them on the event loop (20,000 seen: 338 ms
standing still); an empty list means "all topics of the cluster"; and while a partition has no
leader, as that of a deleted topic, metadata is asked for in a loop without a pause (8,000 requests
a second, a core lost). None of it can be configured, so one private method is wrapped here.
"""

import asyncio
from collections import Counter, OrderedDict
from typing import Any

FIRST_PAUSE_SECONDS = 0.0025  # a new topic's leader appears 10-30 ms after CreateTopics
LONGEST_PAUSE_SECONDS = 0.1  # ten small questions a second: no load, and no long wait for a leader


class _NoTopics(set[str]):
    """Asks for no topic: aiokafka takes a set that is false for "all topics"."""

    def __bool__(self) -> bool:
        return True


def tame(client: Any) -> None:
    """Make an `AIOKafkaClient` pause between refreshes, and take no topics for none."""
    refresh = client._metadata_update
    loop = asyncio.get_running_loop()
    ended_at, pause = loop.time() - LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS

    async def calmly(cluster: Any, topics: set[str] | None) -> bool:
        nonlocal ended_at, pause
        idle = loop.time() - ended_at
        pause = FIRST_PAUSE_SECONDS if idle > 4 * pause else min(2 * pause, LONGEST_PAUSE_SECONDS)
        if idle < pause and topics is not None:
            await asyncio.sleep(pause - idle)
        refreshed: bool = await refresh(cluster, _NoTopics() if topics == set() else topics)
        ended_at = loop.time()
        return refreshed

    client._metadata_update = calmly


class RecentTopics:
    """Pure: the topics a producer still knows, the least recently used forgotten first.

    A topic with records in flight is never forgotten: without metadata they could not be sent.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._names: OrderedDict[str, None] = OrderedDict()
        self._in_flight: Counter[str] = Counter()

    @property
    def names(self) -> list[str]:
        return list(self._names)

    def begin(self, topic: str) -> bool:
        """Note one more record in flight; says whether the names have changed."""
        is_new = topic not in self._names
        self._names[topic] = None
        self._names.move_to_end(topic)
        self._in_flight[topic] += 1
        return is_new and self._prune()

    def end(self, topic: str) -> None:
        """Note that a record is in flight no more."""
        self._in_flight[topic] -= 1
        if self._in_flight[topic] <= 0:
            del self._in_flight[topic]

    def forget(self, topic: str) -> bool:
        """Drop a topic that is about to be deleted; says whether the names have changed."""
        return self._names.pop(topic, self) is not self

    def _prune(self) -> bool:
        surplus = len(self._names) - self._limit
        idle = (name for name in list(self._names) if name not in self._in_flight)
        for _, name in zip(range(surplus), idle, strict=False):
            del self._names[name]
        return True
