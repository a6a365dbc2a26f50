"""What may be done when a model asks for a tool, given what the call's log knows; pure.

A use whose outcome nobody knows may have had its effect. It is not begun a second time, in this
turn or a later one, unless the tool says that using it twice does no more than using it once.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from llm_worker.tools import MAX_RESULT
from trunkline.events.call import ToolStatus
from trunkline.events.turn import ToolUse

MAX_USES = 100  # of tools and actions in one call
MAX_BYTES = 256_000  # that they take in each prompt, which must stay below Kafka's 1 MiB

_MAX_RESULT_BYTES = 3 * MAX_RESULT  # no spoken language has letters of more than three

_OPEN = (ToolStatus.UNSPECIFIED, ToolStatus.UNKNOWN)
_ANSWERED = (ToolStatus.SUCCEEDED, ToolStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Begin it, under this name."""

    use_id: str


@dataclass(frozen=True, slots=True)
class AlreadyKnown:
    """Begin nothing: this is what is known about it."""

    use: ToolUse


@dataclass(frozen=True, slots=True)
class UsedUp:
    """Begin nothing: the call has had more or larger uses than any sensible call has."""


Verdict = Allowed | AlreadyKnown | UsedUp


def use_id(call_sid: str, tool: str, arguments: str, n: int) -> str:
    """Name the n-th use of a tool with the same arguments in one call; the same everywhere."""
    parts = "\n".join((call_sid, tool, arguments, str(n)))  # none of them can hold a newline
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


class Ledger:
    """The uses of one call, as the log told of them and as they are added. `turn` is the open one.

    `arguments` are always in the form of `arguments.py`, so that equal ones are equal texts.
    """

    def __init__(self, call_sid: str, turn: int, uses: Sequence[ToolUse]) -> None:
        self._call_sid = call_sid
        self._turn = turn
        self._uses = {use.use_id: use for use in uses}

    def look_up(self, tool: str, arguments: str, *, idempotent: bool) -> Verdict:
        """Decide what a model's wish to use a tool comes to."""
        latest, following = self._search(tool, arguments)
        if latest is not None:
            if latest.status in _OPEN:
                return Allowed(latest.use_id) if idempotent else AlreadyKnown(latest)
            if latest.turn == self._turn and latest.status in _ANSWERED and not idempotent:
                return AlreadyKnown(latest)
        return Allowed(following) if self._has_room(arguments) else UsedUp()

    def has_answer(self, tool: str, arguments: str, *, idempotent: bool) -> bool:
        """Whether the open turn has used it already, and will learn no more about it."""
        latest, _ = self._search(tool, arguments)
        if latest is None or latest.turn != self._turn:
            return False
        return latest.status in _ANSWERED or (latest.status in _OPEN and not idempotent)

    def add(self, use: ToolUse) -> None:
        """A use begins."""
        self._uses[use.use_id] = use

    def settle(self, use_id: str, status: ToolStatus, result: str) -> None:
        """A use that was added has come to its end."""
        self._uses[use_id] = replace(self._uses[use_id], status=status, result=result)

    def _has_room(self, arguments: str) -> bool:
        taken = sum(_bytes_of(use) for use in self._uses.values())
        wanted = len(arguments.encode()) + _MAX_RESULT_BYTES
        return len(self._uses) < MAX_USES and taken + wanted <= MAX_BYTES

    def _search(self, tool: str, arguments: str) -> tuple[ToolUse | None, str]:
        """The latest use of the same tool with the same arguments, and the name of the next one.

        They are found by their names, so that it does not matter how the log writes arguments.
        """
        latest, n = None, 1
        while found := self._uses.get(name := use_id(self._call_sid, tool, arguments, n)):
            latest, n = found, n + 1
        return latest, name


def _bytes_of(use: ToolUse) -> int:
    """Bytes of the use in a prompt, with what its result may still come to."""
    is_open = use.status is ToolStatus.UNSPECIFIED
    result = _MAX_RESULT_BYTES if is_open else len(use.result.encode())
    return len(use.arguments.encode()) + len(use.extra.encode()) + result
