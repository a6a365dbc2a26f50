"""Keeps a Kafka client's knowledge of the cluster small, and its questions about it rare.

aiokafka 0.14 has habits that hurt where topics come and go: a producer's list of topics only grows,
and each new topic decodes the metadata of all of them on the event loop (20,000 seen: 338 ms
standing still); an empty list means "all topics of the cluster"; and while a partition has no
leader, as that of a deleted topic, metadata is asked for in a loop without a pause (8,000 requests
a second, a core lost). None of it can be configured, so one private method is wrapped here.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Iterable

from aiokafka import TopicPartition as KafkaPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.cluster import ClusterMetadata

FIRST_PAUSE_SECONDS = 0.0025  # a new topic's leader appears 10-30 ms after CreateTopics
LONGEST_PAUSE_SECONDS = 0.1  # ten small questions a second: no load, and no long wait for a leader
CALM_AFTER_SECONDS = 1.0  # a question after such a silence is no repetition


class _NoTopics(set[str]):
    """Asks for no topic: aiokafka takes a set that is false for "all topics"."""

    def __bool__(self) -> bool:
        return True


class CalmMetadata:
    """Wraps an `AIOKafkaClient`: refreshes have pauses, and a new topic is asked for alone."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self._client = client
        self._ask = client._metadata_update
        self._answered_at = -CALM_AFTER_SECONDS
        self._pause = FIRST_PAUSE_SECONDS
        client._metadata_update = self._refresh

    def follow(self, topics: Iterable[str]) -> None:
        """Refresh these topics from now on, and no others; asks nothing yet."""
        self._client._topics = set(topics)

    def knows(self, topic: str) -> bool:
        """Whether records for the topic can be sent without asking."""
        return bool(self._client.cluster.partitions_for_topic(topic))

    async def leaders(self, topic: str) -> list[int]:
        """Ask until every partition of the topic has a leader; return the partitions.

        Bound the wait: a topic that does not exist never appears.
        """
        pause = FIRST_PAUSE_SECONDS
        while not (partitions := self._led(topic)):
            await self._learn(topic)
            if not self._led(topic):
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return partitions

    def _led(self, topic: str) -> list[int]:
        cluster = self._client.cluster
        partitions = sorted(cluster.partitions_for_topic(topic) or ())
        found = {cluster.leader_for_partition(KafkaPartition(topic, n)) for n in partitions}
        return [] if found & {None, -1} else partitions

    async def _learn(self, topic: str) -> None:
        """Ask for one topic, and add the answer to what is known of the others."""
        answer = ClusterMetadata()
        if await self._ask(answer, {topic}):
            self._client.cluster._brokers = answer._brokers
            self._client.cluster._partitions.update(answer._partitions)

    async def _refresh(self, cluster: ClusterMetadata, topics: set[str] | None) -> bool:
        """In aiokafka's place: pause before a repeated question, longer each time."""
        silence = asyncio.get_running_loop().time() - self._answered_at
        if silence > CALM_AFTER_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        else:
            await asyncio.sleep(max(0.0, self._pause - silence))
            self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        refreshed: bool = await self._ask(cluster, _NoTopics() if topics == set() else topics)
        self._answered_at = asyncio.get_running_loop().time()
        return refreshed


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
