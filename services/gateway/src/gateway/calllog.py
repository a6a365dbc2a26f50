"""The call's log as one attachment reads it: whose call it is, and which records count."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto

from gateway.story import Story
from trunkline.events.call import (
    NO_EPOCH,
    Attached,
    CallRecord,
    ToolIntended,
    ToolReturned,
)

MAX_WRITERS = 256  # whose last number is remembered: a call has two or three at a time


class Verdict(Enum):
    """What one record means to the attachment that reads it."""

    APPLIES = auto()
    """It happened, and the reader did not write it."""
    OURS = auto()
    """The reader's own, read back."""
    IGNORED = auto()
    """A retried write, or of an attachment that has lost the call."""
    TAKEN_OVER = auto()
    """A newer attachment has the call: the reader must stop."""


@dataclass(slots=True)
class Ownership:
    """Decides about each record of the log, in its order, for one attachment."""

    attachment_id: str
    epoch: int = NO_EPOCH
    """Offset of our own `Attached`, once it was read back."""
    owner: str = ""
    """The attachment that attached last."""
    _last: OrderedDict[str, int] = field(default_factory=OrderedDict, repr=False)

    @property
    def is_lost(self) -> bool:
        """Whether a newer attachment has the call."""
        return self.epoch != NO_EPOCH and self.owner != self.attachment_id

    def judge(self, offset: int, record: CallRecord) -> Verdict:
        """Say what a record means; raises nothing, whatever the order of records."""
        if self._is_repeated(record):
            return Verdict.IGNORED
        if isinstance(record.event, Attached):
            return self._attached(offset, record)
        if isinstance(record.event, ToolIntended | ToolReturned):
            return Verdict.APPLIES  # an effect in the world is true, whoever has the call by now
        if record.attachment_id != self.owner:
            return Verdict.IGNORED
        return Verdict.OURS if record.writer == self.attachment_id else Verdict.APPLIES

    def _attached(self, offset: int, record: CallRecord) -> Verdict:
        self.owner = record.attachment_id
        if record.attachment_id == self.attachment_id:
            self.epoch = offset
            return Verdict.OURS
        return Verdict.APPLIES if self.epoch == NO_EPOCH else Verdict.TAKEN_OVER

    def _is_repeated(self, record: CallRecord) -> bool:
        repeated = record.n <= self._last.get(record.writer, 0)
        if not repeated:
            self._last[record.writer] = record.n
            self._last.move_to_end(record.writer)
            if len(self._last) > MAX_WRITERS:
                self._last.popitem(last=False)
        return repeated


@dataclass(slots=True)
class Replay:
    """Takes a call over: reads its log up to our own `Attached`, and knows the story then."""

    ownership: Ownership
    story: Story = field(default_factory=Story)

    def read(self, offset: int, record: CallRecord) -> bool:
        """Read one record; true once ours was the last one needed."""
        verdict = self.ownership.judge(offset, record)
        if verdict in (Verdict.APPLIES, Verdict.OURS):
            self.story.apply(record)
        return self.ownership.epoch != NO_EPOCH


def replay(records: Iterable[tuple[int, CallRecord]], attachment_id: str) -> Story:
    """The story that this attachment takes over from a log of (offset, record)."""
    taking_over = Replay(Ownership(attachment_id))
    for offset, record in records:
        if taking_over.read(offset, record):
            break
    return taking_over.story
