"""Faults of the in-memory bus, switched on and off by tests."""

from collections import Counter
from collections.abc import Callable
from fnmatch import fnmatchcase


class Faults:
    """What is wrong with which topics. Patterns are as in a shell: `call.*`, or `*` for all."""

    def __init__(self, on_release: Callable[[], None]) -> None:
        self._on_release = on_release
        self._stalled: set[str] = set()
        self._failing: set[str] = set()
        self._duplicates: Counter[str] = Counter()

    def stall(self, pattern: str) -> None:
        """Records are held back until `release`: their senders wait, and give up at the deadline.

        What was held back is written at the release, also what its sender has given up: that is
        what "may or may not have it" means on a real cluster.
        """
        self._stalled.add(pattern)

    def fail(self, pattern: str) -> None:
        """Records are refused at once and never written, until `release`."""
        self._failing.add(pattern)

    def release(self, pattern: str) -> None:
        """End what `stall` and `fail` began with the same pattern."""
        self._stalled.discard(pattern)
        self._failing.discard(pattern)
        self._on_release()

    def duplicate(self, topic: str, times: int = 1) -> None:
        """The topic's next record is written again, as by a retry whose first try had worked."""
        self._duplicates[topic] += times

    def stalls(self, topic: str) -> bool:
        return any(fnmatchcase(topic, pattern) for pattern in self._stalled)

    def fails(self, topic: str) -> bool:
        return any(fnmatchcase(topic, pattern) for pattern in self._failing)

    def take_duplicates(self, topic: str) -> int:
        """How often the record at hand is to be written again; asking uses it up."""
        return self._duplicates.pop(topic, 0)
