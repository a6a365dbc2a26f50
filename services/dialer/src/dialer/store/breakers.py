"""Who has to change after a refusal: the calling number, the account, the campaign, the rate."""

import uuid
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.attempt_events import Blame
from dialer.classify import Refusal
from dialer.pacing import Rate, faster, slower
from dialer.store.attempts import Held
from dialer.store.outbox import Announcements
from trunkline.events.dial import CampaignChanged

# The primary keys find them all.
_QUARANTINE = text("""
UPDATE dialer.from_number
SET state = 'quarantined', state_until = clock_timestamp() + interval '1 day'
WHERE id = :id AND state = 'active'
""")
_OPEN_BREAKER = text("""
UPDATE dialer.account
SET breaker = 'open', breaker_reason = :reason, breaker_until = :until,
    updated_at = clock_timestamp()
WHERE account_sid = :account_sid AND breaker = 'closed'
""")
_PAUSE = text("""
UPDATE dialer.campaign
SET state = 'pausing', pause_reason = :reason, generation = generation + 1
WHERE id = :id AND state = 'running'
""")
_RATE = text("""
SELECT rate, ceiling, lowered_at, raised_at, clock_timestamp() AS now FROM dialer.gcra
WHERE key = :key FOR UPDATE
""")
_SET_RATE = text("""
UPDATE dialer.gcra SET rate = :rate, lowered_at = :lowered_at, raised_at = :raised_at
WHERE key = :key
""")


async def blame(
    connection: AsyncConnection, held: Held, blame: Blame, now: datetime, told: Announcements
) -> None:
    """Stop, or slow down, whoever was at fault."""
    match blame.refusal:
        case Refusal.SENDER:
            await connection.execute(_QUARANTINE, {"id": held.from_number_id})
        case Refusal.ACCOUNT:
            await open_breaker(connection, held.life.account_sid, blame.reason, None)
        case Refusal.REQUEST:
            await pause(connection, held.tenant_id, held.campaign_id, blame.reason, told)
        case Refusal.BUSY:
            await slow_down(connection, held.life.account_sid)
        case Refusal.NUMBER:
            pass  # the contact has ended with it


async def open_breaker(
    connection: AsyncConnection, account_sid: str, reason: str, until: datetime | None
) -> None:
    """Place nothing for the account until then, or until a person closes the breaker."""
    values = {"account_sid": account_sid, "reason": reason, "until": until}
    await connection.execute(_OPEN_BREAKER, values)


async def pause(
    connection: AsyncConnection,
    tenant_id: str,
    campaign_id: uuid.UUID,
    reason: str,
    told: Announcements,
) -> None:
    """Pause a running campaign, for a reason that no person gave."""
    done = await connection.execute(_PAUSE, {"id": campaign_id, "reason": reason})
    if done.rowcount:
        told.add(tenant_id, campaign_id, CampaignChanged("pausing", reason))


async def slow_down(connection: AsyncConnection, account_sid: str) -> None:
    """Lower the account's rate: Twilio has enough, or lets calls wait."""
    await _turn(connection, account_sid, up=False)


async def speed_up(connection: AsyncConnection, account_sid: str) -> None:
    """Raise the account's rate again, step by step, after a while without trouble."""
    await _turn(connection, account_sid, up=True)


async def _turn(connection: AsyncConnection, account_sid: str, *, up: bool) -> None:
    key = f"account:{account_sid}"
    row = (await connection.execute(_RATE, {"key": key})).one_or_none()
    if row is None:
        return
    before = Rate(row.rate, row.ceiling, row.lowered_at, row.raised_at)
    after = faster(before, row.now) if up else slower(before, row.now)
    if after != before:
        values = {"rate": after.rate, "lowered_at": after.lowered_at, "raised_at": after.raised_at}
        await connection.execute(_SET_RATE, {"key": key, **values})
