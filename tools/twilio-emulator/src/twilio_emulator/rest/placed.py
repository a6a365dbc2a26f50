"""The truth about the calls that were really placed, and the questions asked of it. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from twilio_emulator.ledger import CallLedger
from twilio_emulator.rest.forms import CallRequest, Instructions

Status = Literal[
    "queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"
]
TERMINAL: frozenset[Status] = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
ATTEMPT = r"attempt[=/]([\w.~-]+)"


@dataclass(slots=True, kw_only=True)
class Post:
    """A request to place a call, as it came out of the socket. `at` is monotonic."""

    at: float
    form: tuple[tuple[str, str], ...] = field(repr=False)
    status: int | None = None
    """What was answered; None before that, and when the connection was broken instead."""

    call_sid: str | None = None
    """The call that was really placed, whatever was answered."""


@dataclass(slots=True, kw_only=True)
class Delivery:
    """A callback and what became of it. `at` is Unix time."""

    kind: Literal["status", "amd"]
    at: float
    url: str = field(repr=False)
    params: Mapping[str, str] = field(repr=False)
    how: Literal["signed", "forged", "unsigned"] = "signed"
    lost: bool = False
    """It was never sent."""

    status: int | None = None
    """The answer's, once there is one."""

    tries: int = 0
    seconds: float = 0.0


@dataclass(slots=True, kw_only=True)
class PlacedCall:
    """A call of an account, from the request on. All times are Unix seconds."""

    number: int
    sid: str
    account_sid: str
    to: str
    from_number: str
    created_at: float
    updated_at: float
    direction: Literal["inbound", "outbound-api"] = "outbound-api"
    foreign: bool = False
    """Another system's: shown in lists, and nothing more."""

    deleted: bool = False
    """The account has deleted its record: the API shows it no more. The truth stays."""

    request: CallRequest | None = field(default=None, repr=False)
    form: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    instructions: Instructions | None = field(default=None, repr=False)
    status: Status = "queued"
    queue_ms: int = 0
    dialed_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    duration: int | None = None
    answered_by: str | None = None
    sip_code: int | None = None
    sequence: int = 0
    """The number that the next status callback gets."""

    disorder: frozenset[str] = frozenset()
    deliveries: list[Delivery] = field(default_factory=list)
    conversation: CallLedger | None = field(default=None, repr=False)

    @property
    def over(self) -> bool:
        return self.status in TERMINAL


class CallStore:
    """Every call and every request, in order."""

    def __init__(self) -> None:
        self.calls: dict[str, PlacedCall] = {}
        self.posts: list[Post] = []
        self._by_to: defaultdict[tuple[str, str], list[PlacedCall]] = defaultdict(list)

    def add(self, call: PlacedCall) -> None:
        self.calls[call.sid] = call
        self._by_to[call.account_sid, call.to].append(call)

    def newest_first(self, account_sid: str, to: str | None = None) -> Iterator[PlacedCall]:
        """The calls of an account, to a number if one is given."""
        if to is not None:
            yield from reversed(self._by_to.get((account_sid, to), ()))
            return
        for call in reversed(self.calls.values()):
            if call.account_sid == account_sid:
                yield call

    def placed(self) -> list[PlacedCall]:
        """The calls that somebody really asked for through the API."""
        return [call for call in self.calls.values() if call.request is not None]

    def by_attempt(self, pattern: str = ATTEMPT) -> dict[str, list[PlacedCall]]:
        """The calls placed for each attempt: what the pattern's group finds in their URLs.

        Looks into `Url`, then `StatusCallback`; calls without a match stand under "".
        """
        finder = re.compile(pattern)
        found: defaultdict[str, list[PlacedCall]] = defaultdict(list)
        for call in self.placed():
            matches = (finder.search(url) for url in _urls(call.form))
            found[next((match[1] for match in matches if match), "")].append(call)
        return dict(found)

    def by_number(self) -> dict[str, list[PlacedCall]]:
        """The calls placed to each number, in order."""
        found: defaultdict[str, list[PlacedCall]] = defaultdict(list)
        for call in self.placed():
            found[call.to].append(call)
        return dict(found)

    def peak_per_second(self) -> int:
        """The most requests to place a call that arrived within any second."""
        return peak([post.at for post in self.posts])


def peak(times: Sequence[float], window: float = 1.0) -> int:
    """The most moments in any half-open window of so many seconds; `times` are in order."""
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most


def _urls(form: Iterable[tuple[str, str]]) -> list[str]:
    values = dict(form)
    return [values[name] for name in ("Url", "StatusCallback") if name in values]
