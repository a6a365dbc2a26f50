"""Pure: which offsets may be committed while records finish in any order."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from trunkline.bus import Record, TopicPartition


def next_offsets(records: Iterable[Record]) -> dict[TopicPartition, int]:
    """The offset to read next, per partition, once these records are done with."""
    return {record.where: record.offset + 1 for record in records}


class _Partition:
    """Offsets of one partition in hand, oldest first, and where a new reader may begin."""

    def __init__(self) -> None:
        self.in_hand: OrderedDict[int, bool] = OrderedDict()  # whether it is finished
        self.newest = -1
        self.next_offset = 0
        self.stored = 0

    def start(self, offset: int) -> None:
        if offset <= self.newest:
            raise ValueError("records of a partition must be started in their order, and once")
        self.newest = offset
        self.in_hand[offset] = False

    def finish(self, offset: int) -> None:
        self.in_hand[offset] = True
        while self.in_hand and self.in_hand[oldest := next(iter(self.in_hand))]:
            del self.in_hand[oldest]
            self.next_offset = oldest + 1


class OffsetTracker:
    """Commits only below the oldest unfinished record: after a crash nothing is skipped.

    `start` records in the order they were read, `finish` them in any. What is `due` is, for each
    partition, the end of its finished prefix; `store` says that the cluster has it. Offsets may
    have gaps, as compaction leaves them.
    """

    def __init__(self) -> None:
        self._partitions: dict[TopicPartition, _Partition] = {}

    def start(self, records: Iterable[Record]) -> None:
        """Take records in hand. Raises `ValueError` when one is not newer than all before it."""
        for record in records:
            self._partitions.setdefault(record.where, _Partition()).start(record.offset)

    def holds(self, record: Record) -> bool:
        """Whether the record is in hand, and not finished or dropped."""
        partition = self._partitions.get(record.where)
        return partition is not None and not partition.in_hand.get(record.offset, True)

    def finish(self, record: Record) -> None:
        """Note that a record is done with; one that is not in hand is of no interest."""
        if self.holds(record):
            self._partitions[record.where].finish(record.offset)

    def due(self) -> dict[TopicPartition, int]:
        """What a commit would store that is not stored yet."""
        return {
            where: partition.next_offset
            for where, partition in self._partitions.items()
            if partition.next_offset > partition.stored
        }

    def store(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Note what the cluster has stored."""
        for where, offset in offsets.items():
            if where in self._partitions:
                self._partitions[where].stored = offset

    def drop(self, partitions: Iterable[TopicPartition]) -> None:
        """Forget partitions that were given back; they may come again, at an older offset."""
        for where in partitions:
            self._partitions.pop(where, None)
