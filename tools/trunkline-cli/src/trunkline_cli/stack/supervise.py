"""Keeps a part of the stack running: tells of its death and starts it again."""

import asyncio
from typing import Protocol

from trunkline_cli.stack.errors import StackError

FIRST_DELAY_SECONDS = 0.2  # a part that has run well comes back at once
LONGEST_DELAY_SECONDS = 10.0  # one that dies again and again does not keep the machine busy
_RAN_WELL_SECONDS = 30.0


class Process(Protocol):
    """What is watched of a process."""

    @property
    def pid(self) -> int:
        """Its process id."""

    async def wait(self) -> int:
        """Wait until it has ended; return its exit status."""

    def last_lines(self) -> list[str]:
        """The end of its output."""


class Part(Protocol):
    """A server or a service."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def child(self) -> Process:
        """Its process: the one that runs, or ran last."""

    async def start(self) -> None:
        """Start it and return when it serves. Raises `StackError`, and nothing runs then."""


class Observer(Protocol):
    """Who is told."""

    def died(self, part: Part, status: int, last_lines: list[str]) -> None:
        """The part's process has ended, unasked."""

    def failed(self, part: Part, error: StackError) -> None:
        """The part was started again and did not come up; it will be tried again."""

    def restarted(self, part: Part) -> None:
        """The part serves again, with another pid."""


class Backoff:
    """How long to wait before the next start."""

    def __init__(self) -> None:
        self._delay = FIRST_DELAY_SECONDS

    def next(self, ran_seconds: float) -> float:
        """Seconds to wait, given how long the part ran: twice as long each time, to a limit."""
        if ran_seconds >= _RAN_WELL_SECONDS:
            self._delay = FIRST_DELAY_SECONDS
        delay, self._delay = self._delay, min(2 * self._delay, LONGEST_DELAY_SECONDS)
        return delay


async def supervise(part: Part, observer: Observer, *, restart: bool) -> None:
    """Watch a part that runs; without `restart`, until its death."""
    clock, backoff = asyncio.get_running_loop().time, Backoff()
    while True:
        started = clock()
        status = await part.child.wait()
        observer.died(part, status, part.child.last_lines())
        if not restart:
            return
        await _revive(part, observer, backoff, clock() - started)


async def _revive(part: Part, observer: Observer, backoff: Backoff, ran_seconds: float) -> None:
    while True:
        await asyncio.sleep(backoff.next(ran_seconds))
        try:
            await part.start()
        except StackError as error:
            observer.failed(part, error)
            ran_seconds = 0.0
        else:
            observer.restarted(part)
            return
