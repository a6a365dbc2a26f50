"""The session's timers on the event loop."""

import asyncio

from gateway.effects import Timer
from gateway.outbox import Outbox


class Timers:
    """At most one run of each timer; a timer that was stopped never fires."""

    def __init__(self) -> None:
        self._running: dict[Timer, asyncio.TimerHandle] = {}
        self._fired: Outbox[Timer] = Outbox()

    def start(self, timer: Timer, seconds: float) -> None:
        """Start a timer, or move it."""
        self.stop(timer)
        loop = asyncio.get_running_loop()
        self._running[timer] = loop.call_later(seconds, self._fire, timer)

    def stop(self, timer: Timer) -> None:
        """Stop a timer if it runs, or has fired and nobody has looked yet."""
        if handle := self._running.pop(timer, None):
            handle.cancel()
        self._fired.drop(lambda fired: fired is timer)

    def close(self) -> None:
        """Stop all of them; `next` gives nothing more."""
        for timer in Timer:
            self.stop(timer)
        self._fired.close()

    async def next(self) -> Timer | None:
        """Wait for a timer to run out; none once they are closed."""
        return await self._fired.take()

    def _fire(self, timer: Timer) -> None:
        del self._running[timer]
        self._fired.put(timer)
