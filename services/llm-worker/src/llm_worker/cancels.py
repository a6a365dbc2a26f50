"""Remembers which turns were cancelled, since a cancel may overtake the prompt it means; pure."""

from collections import OrderedDict

from trunkline.events.turn import TurnCancelled, TurnRef

KEEP_SECONDS = 30.0  # longer than any prompt lies in the topic before its turn has expired
MAX_KEPT = 20_000  # 30 s of 650 cancels a second; the oldest go first

_Key = tuple[str, str, int]


class Cancels:
    """The cancels of the last half minute."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, tuple[int, float]] = OrderedDict()

    def add(self, cancel: TurnCancelled, now: float) -> None:
        """Keep a cancel that was read at `now`, in seconds of any steady clock."""
        key = (cancel.call_sid, cancel.attachment_id, cancel.turn)
        through, _ = self._kept.pop(key, (cancel.through_attempt, now))
        self._kept[key] = (max(through, cancel.through_attempt), now)
        while self._kept and (len(self._kept) > MAX_KEPT or self._oldest() < now - KEEP_SECONDS):
            self._kept.popitem(last=False)

    def cover(self, ref: TurnRef, now: float) -> bool:
        """Whether this attempt was cancelled."""
        key = (ref.call_sid, ref.attachment_id, ref.turn)
        through, added = self._kept.get(key, (-1, now))
        return ref.attempt <= through and added >= now - KEEP_SECONDS

    def _oldest(self) -> float:
        _, added = next(iter(self._kept.values()))
        return added


def cancels(cancel: TurnCancelled, ref: TurnRef) -> bool:
    """Whether the cancel means this attempt."""
    same = (cancel.call_sid, cancel.attachment_id, cancel.turn) == (
        ref.call_sid,
        ref.attachment_id,
        ref.turn,
    )
    return same and ref.attempt <= cancel.through_attempt
