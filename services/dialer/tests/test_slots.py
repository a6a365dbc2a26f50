"""Whoever waits for a slot waits for those before them, and asks only when it is their turn."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from dialer import slots
from dialer.boottime import boottime
from dialer.slots import SlotQueue
from dialer.store.rates import Limit, NoSlot, Slot

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
FAST, OTHER = (Limit(f"account:{name}", "acme", 10.0) for name in ("fast", "other"))
SLOW = Limit("campaign:slow", "acme", 1.0)


class Rates:
    """Gives a slot to every second who asks, and counts who asks at one time."""

    def __init__(self) -> None:
        self.asking = self.most = self.asked = 0

    async def take(self, account: Limit, own: Sequence[Limit], lead: timedelta) -> Slot | NoSlot:
        self.asking += 1
        self.most = max(self.most, self.asking)
        await asyncio.sleep(0)
        self.asking -= 1
        self.asked += 1
        return Slot(NOW + lead, NOW) if self.asked % 2 == 0 else NoSlot(0.0)


async def test_calls_of_the_same_limits_ask_one_after_the_other() -> None:
    rates = Rates()
    queue = SlotQueue(rates.take)
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(queue.wait(FAST, (), lambda: 1.0)) for _ in range(5)]

    assert (rates.most, rates.asked) == (1, 10)
    assert all(task.result() == pytest.approx(boottime() + 1, abs=1) for task in waiting)


async def test_calls_of_other_limits_do_not_wait_with_them() -> None:
    rates = Rates()
    queue = SlotQueue(rates.take)
    async with asyncio.TaskGroup() as tasks:
        for account, own in ((FAST, []), (FAST, [SLOW]), (OTHER, [])):
            tasks.create_task(queue.wait(account, own, lambda: 0.0))

    assert rates.most == 3


async def test_whoever_gets_none_in_time_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "HOLD_SECONDS", 0.0)

    assert await SlotQueue(Rates().take).wait(FAST, (), lambda: 0.0) is None
