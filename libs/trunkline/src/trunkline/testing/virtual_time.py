"""An event loop whose clock jumps to the next timer: half a minute's talk, tested in milliseconds.

    @in_virtual_time
    async def test_the_watchdog_fires_after_a_second_of_silence() -> None:
        ...                          # sleep, timeout and call_later cost no time; fixtures work

`run_in_virtual_time(coroutine)` does the same inside a plain function. Code under test must take
its seconds from the loop (`asyncio.timeout`, `asyncio.sleep`, `loop.time()`), never from `time`;
`unix_now` is the wall clock to inject where Unix time is needed. Two runs of one test interleave
alike: ready callbacks run in order, and timers by their time. No threads, no sockets, no async
fixtures (those belong to another loop).
"""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")

UNIX_START = 1_700_000_000.0  # what `unix_now` says when a loop starts; any fixed moment will do
LONGEST_RUN_SECONDS = 24 * 3600.0  # no test means to last longer: something ticks and nobody ends


class StuckError(RuntimeError):
    """Nothing can ever happen again, or nothing but ticking: the test would wait for ever."""


class _JumpingSelector(selectors.SelectSelector):
    """Answers at once, and moves the clock by the time that the loop was ready to wait."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise StuckError("no callback is ready and no timer is set")
            self.now += max(timeout, 0.0)
            if self.now > LONGEST_RUN_SECONDS:
                raise StuckError(f"still running after {LONGEST_RUN_SECONDS:.0f} virtual seconds")
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that starts at second 0 and never waits."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(self, *_: object) -> NoReturn:
        raise RuntimeError("a thread lives in real time: it cannot be awaited in virtual time")


def unix_now() -> float:
    """Unix time in seconds that moves with the running loop's clock."""
    return UNIX_START + asyncio.get_running_loop().time()


def run_in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a loop of its own; raises `StuckError` instead of hanging."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Turn an async test into a plain one that runs in virtual time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return run_in_virtual_time(test(*args, **kwargs))

    return run
