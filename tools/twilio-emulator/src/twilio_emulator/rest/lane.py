"""An account's queue of calls that wait to be dialled."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from twilio_emulator.rest.life import Life
from twilio_emulator.rest.pacer import Pacer

LONGEST_SLEEP_SECONDS = 0.25  # the rate may change meanwhile


class Lane:
    """Dials an account's calls in order, at a rate that may change at any time.

    Its length is bounded by `full`.
    """

    def __init__(self, cps: Callable[[], float]) -> None:
        self._cps = cps
        self.pacer = Pacer(cps())
        self._waiting: deque[Life] = deque()
        self._more = asyncio.Event()

    def add(self, life: Life) -> float:
        """Queue a call; returns the seconds that it will probably wait."""
        wait = self.pacer.wait(time.monotonic(), len(self._waiting))
        self._waiting.append(life)
        self._more.set()
        return wait

    @property
    def full(self) -> bool:
        return self.pacer.full(len(self._waiting))

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """Dial until cancelled; each call lives in a task of the group."""
        while True:
            life = await self._turn()
            if not life.call.over:  # canceled while it waited
                self.pacer.took(time.monotonic())
                waited = time.time() - life.call.created_at
                life.call.queue_ms = max(0, round(waited * 1000))
                tasks.create_task(life.run(), name=f"call {life.call.sid}")

    async def _turn(self) -> Life:
        """The next call, once it may be dialled."""
        while True:
            while not self._waiting:
                self._more.clear()
                await self._more.wait()
            if self._waiting[0].call.over:
                return self._waiting.popleft()
            self.pacer.cps = self._cps()
            seconds = self.pacer.due(time.monotonic()) - time.monotonic()
            if seconds <= 0:
                return self._waiting.popleft()
            await asyncio.sleep(min(seconds, LONGEST_SLEEP_SECONDS))
