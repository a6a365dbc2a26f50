"""Consumer groups of the in-memory bus: everyone stops, gives back, and is dealt anew.

That is Kafka's classic ("eager") protocol, which the Kafka adapter speaks as well.
"""

import asyncio
from collections.abc import Mapping, Sequence

from trunkline.bus import Assigned, Positions, Record, Revoked, Start, TopicPartition
from trunkline.bus.memory_log import Log


class Member:
    """One member of a group, and the consumer in its owner's hand."""

    def __init__(
        self,
        log: Log,
        topics: Sequence[str],
        start: Start,
        on_assigned: Assigned | None,
        on_revoked: Revoked | None,
        positions: Positions | None,
    ) -> None:
        self.topics = tuple(topics)
        self._log = log
        self._start = start
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._kept = positions
        self._positions: dict[TopicPartition, int] = {}
        self._stored: dict[TopicPartition, int] = {}
        self._moving = True

    async def fetch(self) -> Sequence[Record]:
        while self._moving or not (records := self._log.take(self._positions)):
            await self._log.changed()
        return records

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> frozenset[TopicPartition]:
        ours = {where: offset for where, offset in offsets.items() if where in self._positions}
        self._stored.update(ours)
        await asyncio.sleep(0)  # as on a cluster, others may run before the answer is there
        return frozenset(ours)

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._positions)

    async def give_back(self) -> None:
        """Stop fetching, let the owner commit, and lose all partitions."""
        self._moving = True
        if self._on_revoked is not None and self._positions:
            await self._on_revoked(self.assignment())
        self._positions = {}

    async def take(
        self, partitions: Sequence[TopicPartition], stored: dict[TopicPartition, int]
    ) -> None:
        """Begin with these partitions where the group has left off."""
        self._stored = stored
        self._positions = {where: self._origin(where) for where in partitions}
        if self._kept is not None:
            self._positions |= await self._kept(self.assignment())
        if self._on_assigned is not None:
            await self._on_assigned(self.assignment())
        self._moving = False
        self._log.ring()

    def _origin(self, where: TopicPartition) -> int:
        end = len(self._log.topics[where.topic][where.partition])
        return self._stored.get(where, 0 if self._start is Start.BEGINNING else end)


class Group:
    """The members of one group and the offsets they have stored."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._members: list[Member] = []
        self._stored: dict[TopicPartition, int] = {}
        self._rebalancing = asyncio.Lock()

    def committed(self) -> Mapping[TopicPartition, int]:
        return dict(self._stored)

    async def add(self, member: Member) -> None:
        async with self._rebalancing:
            try:
                await self._deal([*self._members, member])
            except BaseException:  # its `positions` raised, or it was cancelled: it is no member
                self._members = [other for other in self._members if other is not member]
                raise

    async def remove(self, member: Member) -> None:
        async with self._rebalancing:
            await self._deal([other for other in self._members if other is not member])

    async def _deal(self, members: list[Member]) -> None:
        for member in self._members:
            await member.give_back()
        self._members = members
        for index, member in enumerate(members):
            partitions = self._partitions(member)
            await member.take(partitions[index :: len(members)], self._stored)

    def _partitions(self, member: Member) -> list[TopicPartition]:
        return [
            TopicPartition(topic, number)
            for topic in sorted(member.topics)
            for number in range(len(self._log.topics[topic]))
        ]
