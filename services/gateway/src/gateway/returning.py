"""Who was called lately and may call back, as far as it fits into memory; pure.

Times are Unix time in milliseconds.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from trunkline.events.dial import PersonCalled

ENTRY_BYTES = 350  # beside the ticket's text, measured


@dataclass(frozen=True, slots=True)
class _Known:
    ticket: str
    until_ms: int
    placed_ms: int


class Returning:
    """Knows people by their index. Whoever was called longest ago is forgotten first."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def hear(self, called: PersonCalled, now_ms: int) -> None:
        """Somebody is being called; of two attempts the later one counts, told in any order."""
        known = self._known.get(called.person)
        if called.until_ms <= now_ms or (known and known.placed_ms > called.placed_ms):
            return
        if known is not None:
            self._forget(called.person)
        self._known[called.person] = _Known(called.ticket, called.until_ms, called.placed_ms)
        self._bytes += _size(called.ticket)
        while self._known and (self._bytes > self._most_bytes or self._is_oldest_over(now_ms)):
            self._forget(next(iter(self._known)))

    def ticket_of(self, persons: Iterable[str], now_ms: int) -> str:
        """The ticket of whoever is known by one of these; empty if nobody is."""
        found = [self._known[person] for person in persons if person in self._known]
        latest = max(found, key=lambda known: known.placed_ms, default=None)
        return latest.ticket if latest is not None and latest.until_ms > now_ms else ""

    def _is_oldest_over(self, now_ms: int) -> bool:
        return next(iter(self._known.values())).until_ms <= now_ms

    def _forget(self, person: str) -> None:
        self._bytes -= _size(self._known.pop(person).ticket)


def _size(ticket: str) -> int:
    return ENTRY_BYTES + len(ticket)
