"""Judges what a run of the dialer has left behind: I1 to I10, each with its evidence: pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from trunkline_cli.chaos import books, placing
from trunkline_cli.chaos.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Something that holds whatever breaks."""

    name: str
    about: str
    checked: Callable[[Evidence], int]
    """How many things were looked at: a promise about nothing has not been tested."""
    broken: Callable[[Evidence], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one promise."""

    promise: str
    checked: int
    violations: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether nothing contradicts it."""
        return not self.violations


PROMISES = (
    Promise(
        name="I1",
        about="at most one request and one call for an attempt",
        checked=lambda evidence: len(evidence.posts),
        broken=placing.one_each,
    ),
    Promise(
        name="I2",
        about="no two calls to a number at once, or sooner than the gap",
        checked=lambda evidence: len(evidence.calls),
        broken=placing.apart,
    ),
    Promise(
        name="I3",
        about="every contact comes to exactly one end, and a true one",
        checked=lambda evidence: len(evidence.accepted),
        broken=books.everybody_done,
    ),
    Promise(
        name="I4",
        about="nothing is sent after a window, a suppression, a pause or a stop",
        checked=lambda evidence: len(evidence.bans),
        broken=placing.permitted,
    ),
    Promise(
        name="I5",
        about="no second above the rate, no moment above the calls at once",
        checked=lambda evidence: len(evidence.posts),
        broken=placing.paced,
    ),
    Promise(
        name="I6",
        about="nothing is held when all is over",
        checked=lambda evidence: len(evidence.attempts) + len(evidence.slots_used),
        broken=books.nothing_held,
    ),
    Promise(
        name="I7",
        about="the end of each attempt is told, under one event id",
        checked=lambda evidence: len(evidence.attempts),
        broken=books.all_told,
    ),
    Promise(
        name="I8",
        about="nobody is called more often than allowed",
        checked=lambda evidence: len(evidence.calls),
        broken=placing.rare,
    ),
    Promise(
        name="I9",
        about="no campaign costs more than its cap and what was in flight",
        checked=lambda evidence: len(evidence.costs),
        broken=books.affordable,
    ),
    Promise(
        name="I10",
        about="the double-dial alarm never rang",
        checked=lambda evidence: len(evidence.attempts),
        broken=books.no_alarm,
    ),
)

ABOUT: Mapping[str, str] = {promise.name: promise.about for promise in PROMISES}


def judge(evidence: Evidence) -> tuple[Verdict, ...]:
    """A verdict on every promise."""
    return tuple(
        Verdict(
            promise=promise.name,
            checked=promise.checked(evidence),
            violations=tuple(promise.broken(evidence)),
        )
        for promise in PROMISES
    )


def double_dials(evidence: Evidence) -> int:
    """Calls that nobody should have got."""
    return len(placing.double_dialled(evidence))


def lost_contacts(evidence: Evidence) -> int:
    """Contacts that were accepted and have no end."""
    return sum(1 for _ in books.without_end(evidence))
