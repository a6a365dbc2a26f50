"""Which records of workers may be acted on, and when: no stale word passes here."""

from collections.abc import Iterator

from gateway.attachment import Attachment
from gateway.story import TurnStory
from trunkline.events.call import CallRecord, WorkerEvent

MAX_HELD = 1000  # records of a reply that may not be spoken yet; a reply has a few dozen


class Fence:
    """Lets pass what answers the question at hand, once the log has that question."""

    def __init__(self, attachment: Attachment) -> None:
        self._me = attachment
        self._question = 0  # number of the record that must be in the log before it is answered
        self._held: list[CallRecord] = []
        self.is_asked = False
        """Whether the bus has answered for the prompt of the current attempt."""

    def open_turn(self, question: int) -> None:
        """The caller has asked, in our record of this number."""
        self._question = question
        self.is_asked = False
        self._held.clear()

    def ask_again(self) -> None:
        """A further attempt: nothing of the one before may pass any more."""
        self.is_asked = False
        self._held.clear()

    def settle(self, n: int) -> None:
        """The log has our record number `n`."""
        if n == self._question:
            self._question = 0

    def wants(self, record: CallRecord, turn: TurnStory) -> bool:
        """Whether it answers what is being asked now, and is of the first run that did so."""
        event = record.event
        return (
            isinstance(event, WorkerEvent)
            and self._me.owns(record)
            and (event.turn, event.attempt) == (turn.number, turn.attempt)
            and turn.run in ("", record.writer)
        )

    def holds(self, record: CallRecord) -> bool:
        """Hold a record back if it comes too early; it is released later."""
        if self._is_open:
            return False
        if len(self._held) < MAX_HELD:
            self._held.append(record)
        return True

    def release(self) -> Iterator[CallRecord]:
        """What was held back, if it may pass now."""
        if self._is_open:
            held, self._held = self._held, []
            yield from held

    def drop(self) -> None:
        """Forget what is held back: nobody waits for it any more."""
        self._held.clear()

    @property
    def _is_open(self) -> bool:
        """No word leaves before the log has what the caller said, or without one, the prompt."""
        return self._question == 0 if self._me.has_log else self.is_asked
