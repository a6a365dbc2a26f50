"""Waiting for a slot of the rate limits.

Of the calls that want a slot of the same limits only the first one asks: a replica holds as many
calls as it can send in a second or two, and if all of them asked, again and again, the database
would do little else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from weakref import WeakValueDictionary

from dialer.boottime import boottime
from dialer.store.rates import Limit, NoSlot, Slot

HOLD_SECONDS = 20.0  # an attempt without a slot for so long is given back: its lease is 60 s
LEAST_WAIT_SECONDS = 0.02

Take = Callable[[Limit, Sequence[Limit], timedelta], Awaitable[Slot | NoSlot]]
"""Takes the next slot that lies so far ahead, or none."""


class SlotQueue:
    """All calls of this process that wait for a slot."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._turns: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()

    async def wait(
        self, account: Limit, own: Sequence[Limit], lead: Callable[[], float]
    ) -> float | None:
        """The moment to send at, by `boottime`, `lead` seconds ahead at least.

        None where no slot was to be had within the time that an attempt may be held.
        """
        give_up = boottime() + HOLD_SECONDS
        async with self._turn(account, own):
            while boottime() < give_up:
                found = await self._take(account, own, timedelta(seconds=lead()))
                if isinstance(found, Slot):
                    return boottime() + found.wait_seconds
                await asyncio.sleep(max(found.wait_seconds, LEAST_WAIT_SECONDS))
        return None

    def _turn(self, account: Limit, own: Sequence[Limit]) -> asyncio.Lock:
        key = (account.key, *(limit.key for limit in own))
        return self._turns.setdefault(key, asyncio.Lock())
