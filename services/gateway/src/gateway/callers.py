"""Somebody calls one of our numbers: whether that number has called them lately, and about what."""

from collections.abc import Callable, Mapping, Sequence

from gateway.returning import Returning
from trunkline.callers import CallerTicket, PersonIndex, caller_office
from trunkline.errors import Invalid
from trunkline.events.dial import PersonCalled


class Callers:
    """Whom campaigns have called, as the bus tells. `clock` is Unix time in seconds."""

    def __init__(
        self, ticket_keys: Sequence[str], most_bytes: int, clock: Callable[[], float]
    ) -> None:
        self._index = PersonIndex(ticket_keys)
        self._office = caller_office(ticket_keys, clock)
        self._returning = Returning(most_bytes)
        self._clock = clock

    def __len__(self) -> int:
        return len(self._returning)

    def hear(self, called: PersonCalled) -> None:
        """Somebody is being called."""
        self._returning.hear(called, self._now_ms())

    def find(self, form: Mapping[str, str]) -> CallerTicket | None:
        """The latest attempt to call this person from the number that they now call."""
        ours, theirs = form.get("To", ""), form.get("From", "")
        persons = self._index.any_of(form.get("AccountSid", ""), ours, theirs)
        text = self._returning.ticket_of(persons, self._now_ms())
        try:
            return self._office.read(text) if text else None
        except Invalid:  # of a key that is not kept any more
            return None

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)
