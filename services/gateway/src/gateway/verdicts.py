"""Who or what has answered a call, as Twilio's answering machine detection judges; pure."""

from collections import OrderedDict

KEEP_SECONDS = 60.0  # every gateway hears each verdict; the call comes to one of them, or has gone
MOST = 5000  # a minute of the fastest account


def is_machine(answered_by: str) -> bool:
    """Whether Twilio's AnsweredBy names a machine, as against a human or nothing it is sure of."""
    return answered_by == "fax" or answered_by.startswith("machine_")


def has_finished(answered_by: str) -> bool:
    """Whether the machine's greeting is over, and it is recording."""
    return answered_by.startswith("machine_end_")


class Verdicts:
    """Keeps verdicts for calls whose session is not here yet. Times are in seconds."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def keep(self, call_sid: str, answered_by: str, at: float) -> None:
        """Note one, and forget the outdated ones."""
        self._kept[call_sid] = at, answered_by
        self._kept.move_to_end(call_sid)
        while self._is_outdated(next(iter(self._kept)), at) or len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def of(self, call_sid: str, at: float) -> str:
        """Twilio's AnsweredBy for this call; empty if nothing was said lately."""
        if call_sid not in self._kept or self._is_outdated(call_sid, at):
            return ""
        return self._kept[call_sid][1]

    def _is_outdated(self, call_sid: str, at: float) -> bool:
        return self._kept[call_sid][0] < at - KEEP_SECONDS
