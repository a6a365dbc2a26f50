"""Slots of the rate limits, taken by the database's clock and shared by all replicas.

The arithmetic is that of `pacing.take`: whoever takes a slot is told when to send, and sleeps until
then. A slot that is not used is not given back.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.pacing import HORIZON, ceiling_of
from trunkline.database.transaction import transaction


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: its key in the table, and the calls per second that it is set to."""

    key: str
    tenant_id: str
    cps: float


@dataclass(frozen=True, slots=True)
class Slot:
    """When to send; `taken_at` is the moment of the answer, by the same clock."""

    send_at: datetime
    taken_at: datetime

    @property
    def wait_seconds(self) -> float:
        return (self.send_at - self.taken_at).total_seconds()


@dataclass(frozen=True, slots=True)
class NoSlot:
    """No slot within the horizon: ask again after so long."""

    wait_seconds: float


def account_limit(account_sid: str, tenant_id: str, cps: float) -> Limit:
    """What Twilio grants to the account, and a little less."""
    return Limit(f"account:{account_sid}", tenant_id, ceiling_of(cps))


def sender_limit(sender_id: uuid.UUID, tenant_id: str, cps: float) -> Limit:
    """What the number that is called from is to be used for."""
    return Limit(f"from:{sender_id}", tenant_id, cps)


def campaign_limit(campaign_id: uuid.UUID, tenant_id: str, cps: float) -> Limit:
    """What the campaign's owner wants."""
    return Limit(f"campaign:{campaign_id}", tenant_id, cps)


class _NotNow(Exception):
    """Take nothing back from nobody: the transaction is rolled back, and no slot was taken."""

    def __init__(self, due: datetime, now: datetime) -> None:
        super().__init__()
        self.wait_seconds = max(0.0, (due - now).total_seconds())


async def take_slot(
    engine: AsyncEngine, account: Limit, own: Sequence[Limit] = (), lead: timedelta = timedelta(0)
) -> Slot | NoSlot:
    """Take the next slot of the account that the call's `own` limits let it have: its number's and
    its campaign's, always in this order.

    It lies `lead` ahead at least: whoever sends needs that long to get ready.

    A number or a campaign that is slower than its account never reserves the account's time ahead
    of its own turn: the others would wait with it.
    """
    try:
        async with transaction(engine) as connection:
            slot = await _take_account(connection, account, lead)
            for limit in own:
                await _take_own(connection, limit, slot)
            return slot
    except _NotNow as refused:
        return NoSlot(refused.wait_seconds)


# The primary key finds it, and its lock makes replicas take turns. Its commit does not wait for the
# disk, so that they wait less for each other: what a crash of the database forgets is a few slots
# of the moment before it.
_TAKE = text("""
UPDATE dialer.gcra
SET tat = greatest(tat, coalesce(CAST(:earliest AS timestamptz),
                                 clock_timestamp() + CAST(:lead AS interval)))
          + make_interval(secs => 1.0 / rate)
FROM (SELECT set_config('synchronous_commit', 'off', true)) AS quick
WHERE key = :key AND ceiling = :cps
  AND tat <= coalesce(CAST(:latest AS timestamptz), clock_timestamp() + CAST(:horizon AS interval))
RETURNING tat - make_interval(secs => 1.0 / rate) AS send_at, clock_timestamp() AS now
""")

# The primary key finds it.
_DUE = text("""
SELECT tat, ceiling, clock_timestamp() AS now FROM dialer.gcra WHERE key = :key
""")

# The primary key finds it; a limit that was set anew keeps its share of the rate.
_SET = text("""
INSERT INTO dialer.gcra AS kept (key, tenant_id, tat, rate, ceiling)
VALUES (:key, :tenant_id, 'epoch', :cps, :cps)
ON CONFLICT (key) DO UPDATE
SET rate = least(kept.rate / kept.ceiling, 1) * excluded.ceiling, ceiling = excluded.ceiling
WHERE kept.ceiling <> excluded.ceiling
""")


async def _take_account(connection: AsyncConnection, limit: Limit, lead: timedelta) -> Slot:
    return await _take(connection, limit, {"earliest": None, "latest": None, "lead": lead}, HORIZON)


async def _take_own(connection: AsyncConnection, limit: Limit, slot: Slot) -> None:
    earliest = slot.send_at - timedelta(seconds=min(1.0, 0.5 / limit.cps))  # so that none is lost
    when = {"earliest": earliest, "latest": slot.send_at, "lead": timedelta(0)}
    await _take(connection, limit, when, timedelta(0))


async def _take(
    connection: AsyncConnection, limit: Limit, when: Mapping[str, object], horizon: timedelta
) -> Slot:
    """Raises `_NotNow` with the moment from which on a slot can be had."""
    values = {"key": limit.key, "cps": limit.cps, "horizon": HORIZON, **when}
    while True:
        row = (await connection.execute(_TAKE, values)).one_or_none()
        if row is not None:
            return Slot(row.send_at, row.now)
        due = (await connection.execute(_DUE, {"key": limit.key})).one_or_none()
        if due is None or due.ceiling != limit.cps:
            await connection.execute(_SET, _set(limit))
        elif due.tat > (when["latest"] or due.now + HORIZON):
            raise _NotNow(due.tat - horizon, due.now)


def _set(limit: Limit) -> dict[str, object]:
    return {"key": limit.key, "tenant_id": limit.tenant_id, "cps": limit.cps}
