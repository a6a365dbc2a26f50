"""Which records of the batches under way are on another topic by now: pure.

A batch that is tried again, whole or in halves, must not publish them once more.
"""

from collections.abc import Sequence

from trunkline.bus import Record, TopicPartition

Key = tuple[int, int]
"""Offset and time: a topic that was made anew has the same offsets."""


class Moved:
    """Remembers them for as long as their partition has not passed them."""

    def __init__(self) -> None:
        self._moved: dict[TopicPartition, set[Key]] = {}

    def add(self, record: Record) -> None:
        """It is on another topic."""
        self._moved.setdefault(record.where, set()).add(_key(record))

    def left(self, records: Sequence[Record]) -> Sequence[Record]:
        """Those of a partition's batch that are not; what came before the batch is forgotten."""
        where, first = records[0].where, records[0].offset
        moved = {key for key in self._moved.get(where, ()) if key[0] >= first}
        self._moved[where] = moved
        return [record for record in records if _key(record) not in moved]


def _key(record: Record) -> Key:
    return record.offset, record.timestamp_ms
