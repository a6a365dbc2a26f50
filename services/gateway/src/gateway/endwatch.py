"""Sees to it that somebody tells of the end of each call, also where its gateway has died."""

import asyncio
from collections.abc import Callable
from typing import NoReturn

from gateway.ends import Ends
from gateway.news import NewsDesk, lifecycle_news
from trunkline.events.call import NO_EPOCH
from trunkline.events.lifecycle import GONE, CallEnded, Lifecycle

EVERY_SECONDS = 1.0


class EndWatch:
    """Waits for others to tell of an end that this gateway knows of. `clock` is Unix time."""

    def __init__(self, desk: NewsDesk, clock: Callable[[], float]) -> None:
        self._desk = desk
        self._clock = clock
        self._ends = Ends()
        self._loop = asyncio.get_running_loop()

    def hear(self, event: Lifecycle) -> None:
        """Somebody has told of a call, perhaps we."""
        self._ends.hear(event, self._loop.time())

    def has_resumed(self, call_sid: str, since: float) -> bool:
        """Whether somebody has taken the call up since this second of the loop's clock."""
        return self._ends.resumed_since(call_sid, since)

    def gone(self, tenant_id: str, call_sid: str, attempt_id: str) -> None:
        """The call is over, and whoever had it has failed: it is told at once."""
        self._tell(self._ended(tenant_id, call_sid, attempt_id))

    def over(self, tenant_id: str, call_sid: str, attempt_id: str) -> None:
        """The call is over, as whoever had it should tell: they may have died with the news."""
        self._expect(self._ended(tenant_id, call_sid, attempt_id), is_over=True)

    def goes_on(self, tenant_id: str, call_sid: str, attempt_id: str) -> None:
        """A further session should begin; the person may hang up before it does."""
        self._expect(self._ended(tenant_id, call_sid, attempt_id), is_over=False)

    async def run(self) -> NoReturn:
        """Tell what nobody else has told, until cancelled."""
        while True:
            for ended in self._ends.overdue(self._loop.time()):
                self._tell(ended)
            await asyncio.sleep(EVERY_SECONDS)

    def close(self) -> None:
        """Tell now what this process could not tell later."""
        for ended in self._ends.left_over():
            self._tell(ended)

    def _expect(self, ended: CallEnded, *, is_over: bool) -> None:
        self._ends.expect(ended, self._loop.time(), is_over=is_over)

    def _tell(self, ended: CallEnded) -> None:
        self._desk.put(lifecycle_news(ended))

    def _ended(self, tenant_id: str, call_sid: str, attempt_id: str) -> CallEnded:
        return CallEnded(
            *(tenant_id, call_sid, NO_EPOCH, attempt_id, GONE),
            transferred_to="",
            turns=0,
            duration_ms=0,
            at_ms=round(self._clock() * 1000),
        )
