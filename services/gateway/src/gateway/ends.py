"""Which calls are over by Twilio's word, and of which of them somebody has told it; pure.

Whoever had the call tells of its end, unless it died. Times are seconds of one clock.
"""

from collections import OrderedDict
from dataclasses import dataclass

from trunkline.events.lifecycle import CallEnded, CallResumed, CallStarted, Lifecycle

TELL_SECONDS = 5.0  # for whoever had the call: their `CallEnded` says more than ours
RESUME_SECONDS = 60.0  # for Twilio to begin the session that it was told to
KEEP_SECONDS = 120.0  # longer than Twilio takes to ask, or a gateway waits for a call to come back
MOST = 10_000  # minutes of a busy cluster; past it the oldest are told at once


@dataclass(frozen=True, slots=True)
class _Expected:
    ended: CallEnded
    due_at: float
    is_over: bool


class Ends:
    """Knows what was told lately, and which ends are still to be told by somebody."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, float] = OrderedDict()
        self._resumed: OrderedDict[str, float] = OrderedDict()
        self._expected: dict[str, _Expected] = {}

    def hear(self, event: Lifecycle, at: float) -> None:
        """Somebody has told of a call."""
        match event:
            case CallEnded(call_sid=call_sid):
                self._expected.pop(call_sid, None)
                _note(self._told, call_sid, at)
            case CallResumed(call_sid=call_sid):
                self._expected.pop(call_sid, None)
                self._told.pop(call_sid, None)
                _note(self._resumed, call_sid, at)
            case CallStarted(call_sid=call_sid) if not self._is_over(call_sid):
                self._expected.pop(call_sid, None)

    def resumed_since(self, call_sid: str, since: float) -> bool:
        """Whether the call has gone on since, as far as was told lately."""
        return self._resumed.get(call_sid, -1.0) >= since

    def _is_over(self, call_sid: str) -> bool:
        """Whether it is: news of its start may come later than Twilio's of its end."""
        expected = self._expected.get(call_sid)
        return expected is not None and expected.is_over

    def expect(self, ended: CallEnded, at: float, *, is_over: bool) -> None:
        """Twilio says that the call is over; or else its next session should begin."""
        if is_over and ended.call_sid in self._told:
            return
        due_at = at + (TELL_SECONDS if is_over else RESUME_SECONDS)
        self._expected[ended.call_sid] = _Expected(ended, due_at, is_over)

    def overdue(self, at: float) -> list[CallEnded]:
        """The ends that nobody has told in time, each of them once."""
        surplus = list(self._expected.values())[: max(0, len(self._expected) - MOST)]
        late = [one for one in self._expected.values() if one.due_at <= at]
        return self._take([*surplus, *late])

    def left_over(self) -> list[CallEnded]:
        """The ends of calls that are over, told or not: nobody here waits for them any longer."""
        return self._take([one for one in self._expected.values() if one.is_over])

    def _take(self, expected: list[_Expected]) -> list[CallEnded]:
        ends = {one.ended.call_sid: one.ended for one in expected}
        for call_sid in ends:
            del self._expected[call_sid]
        return list(ends.values())


def _note(told: OrderedDict[str, float], call_sid: str, at: float) -> None:
    """Note when this was told of a call, and forget the outdated ones."""
    told[call_sid] = at
    told.move_to_end(call_sid)
    while len(told) > MOST or next(iter(told.values())) < at - KEEP_SECONDS:
        told.popitem(last=False)
