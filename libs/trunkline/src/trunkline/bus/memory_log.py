"""The in-memory bus's storage: topics, their partitions, and a bell for those who wait."""

import asyncio
from collections.abc import Callable, Mapping, MutableMapping

from trunkline.bus import Record, TopicPartition


class Log:
    """What the brokers hold. Writing never waits; `changed` is for readers."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.topics: dict[str, list[list[Record]]] = {}
        self.deleted: set[str] = set()
        self._clock = clock
        self._waiting: set[asyncio.Future[None]] = set()

    def create(self, topic: str, partitions: int) -> None:
        self.deleted.discard(topic)
        self.topics.setdefault(topic, [[] for _ in range(partitions)])
        self.ring()

    def delete(self, topic: str) -> None:
        self.deleted.add(topic)
        self.topics.pop(topic, None)

    def append(
        self, topic: str, partition: int, key: str | None, value: bytes, headers: Mapping[str, str]
    ) -> Record:
        """Write one record, stamped by the brokers' clock, and return it."""
        records = self.topics[topic][partition]
        now_ms = int(self._clock() * 1000)
        record = Record(topic, partition, len(records), key, value, dict(headers), now_ms)
        records.append(record)
        self.ring()
        return record

    def take(self, positions: MutableMapping[TopicPartition, int]) -> list[Record]:
        """All records from these positions on; the positions move behind them."""
        taken: list[Record] = []
        for where, position in positions.items():
            partitions = self.topics.get(where.topic)
            if partitions and (fresh := partitions[where.partition][position:]):
                taken += fresh
                positions[where] = position + len(fresh)
        return taken

    def ring(self) -> None:
        """Wake everybody who waits for a change."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    async def changed(self) -> None:
        """Wait for the next change, whatever it is."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            self._waiting.discard(waiting)
