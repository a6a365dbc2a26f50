"""What the comparison of Twilio's calls with our attempts asks and changes, account by account."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.matching import AFTER, BEFORE
from dialer.pacing import abandons_too_many
from dialer.store.breakers import open_breaker, speed_up
from dialer.store.clock import now

EVERY = timedelta(seconds=60)
OVERLAP = timedelta(minutes=10)  # more than a failover may have lost
LISTS_LAG = timedelta(seconds=60)  # Twilio's lists have been seen so late
PAUSE = timedelta(minutes=10)

# A handful of accounts.
_DUE = text("""
SELECT account_sid, tenant_id,
       coalesce(swept_until, clock_timestamp() - CAST(:overlap AS interval)) AS swept_until,
       clock_timestamp() AS now
FROM dialer.account
WHERE swept_until IS NULL OR swept_until < clock_timestamp() - CAST(:stale AS interval)
ORDER BY swept_until NULLS FIRST
""")


@dataclass(frozen=True, slots=True)
class Account:
    """An account whose turn it is. `now` is the moment of the answer."""

    sid: str
    tenant_id: str
    swept_until: datetime
    now: datetime


async def due_accounts(connection: AsyncConnection) -> Sequence[Account]:
    """Those that were not compared for a while."""
    values = {"overlap": OVERLAP, "stale": EVERY + LISTS_LAG}
    return [Account(*row) for row in await connection.execute(_DUE, values)]


# The primary key finds it.
_SWEPT = text("""
UPDATE dialer.account
SET swept_until = greatest(swept_until, CAST(:until AS timestamptz)), clock_offset_ms = :offset_ms
WHERE account_sid = :account_sid
""")


async def note_swept(connection: AsyncConnection, account: Account, offset: timedelta) -> None:
    """All calls that were created by then are compared, as far as lists can be late."""
    values = {
        "account_sid": account.sid,
        "until": account.now - LISTS_LAG,
        "offset_ms": round(offset.total_seconds() * 1000),
    }
    await connection.execute(_SWEPT, values)


# The constraint on (tenant_id, num_hmac) holds a handful.
_IS_OURS = text("""
SELECT EXISTS (SELECT FROM dialer.from_number WHERE num_hmac = ANY (CAST(:hmacs AS bytea[])))
""")


async def is_ours(connection: AsyncConnection, senders: Sequence[bytes]) -> bool:
    """Whether a number, under all keys, is one that the dialer calls from."""
    return bool((await connection.execute(_IS_OURS, {"hmacs": list(senders)})).scalar_one())


# attempt_callee finds those that were posted, attempt_live those that were not.
_COULD_BE = text("""
SELECT attempt.id FROM dialer.attempt
JOIN dialer.from_number ON from_number.id = attempt.from_number_id
WHERE attempt.tenant_id = :tenant_id AND attempt.num_hmac = ANY (CAST(:hmacs AS bytea[]))
  AND from_number.num_hmac = ANY (CAST(:senders AS bytea[]))
  AND attempt.sid IS NULL AND attempt.state NOT IN ('released', 'rejected')
  AND coalesce(attempt.posting_at, attempt.reserved_at)
      BETWEEN CAST(:earliest AS timestamptz) AND CAST(:latest AS timestamptz)
""")


async def could_be(
    connection: AsyncConnection,
    tenant_id: str,
    hmacs: Sequence[bytes],
    senders: Sequence[bytes],
    created_at: datetime,
) -> Sequence[uuid.UUID]:
    """Attempts without a call of theirs that a call created then could be of."""
    values = {
        "tenant_id": tenant_id,
        "hmacs": list(hmacs),
        "senders": list(senders),
        "earliest": created_at - AFTER,
        "latest": created_at + BEFORE,
    }
    return (await connection.execute(_COULD_BE, values)).scalars().all()


# contact_callee finds them.
_REST = text("""
UPDATE dialer.contact
SET state = 'waiting', next_at = greatest(next_at, CAST(:until AS timestamptz))
WHERE tenant_id = :tenant_id AND num_hmac = ANY (CAST(:hmacs AS bytea[]))
  AND state IN ('ready', 'waiting')
""")


async def let_rest(
    connection: AsyncConnection, tenant_id: str, hmacs: Sequence[bytes], until: datetime
) -> None:
    """Ring nobody again at once whom a call that we know nothing of has just rung."""
    values = {"tenant_id": tenant_id, "hmacs": list(hmacs), "until": until}
    await connection.execute(_REST, values)


# attempt_answered serves it.
_ANSWERED = text("""
SELECT account.account_sid, count(answered_at) AS answered,
       count(answered_at) FILTER (WHERE abandoned) AS abandoned
FROM dialer.account
LEFT JOIN dialer.attempt
       ON attempt.account_sid = account.account_sid
      AND answered_at > clock_timestamp() - interval '5 minutes'
GROUP BY account.account_sid ORDER BY account.account_sid
""")

# A handful of accounts.
_CLOSE = text("""
UPDATE dialer.account SET breaker = 'closed', breaker_reason = NULL, breaker_until = NULL
WHERE breaker = 'open' AND breaker_until <= clock_timestamp()
""")


# A handful of numbers.
_RESTED = text("""
UPDATE dialer.from_number SET state = 'active', state_until = NULL
WHERE state IN ('resting', 'quarantined') AND state_until <= clock_timestamp()
""")


async def set_breakers(connection: AsyncConnection) -> None:
    """Stop accounts that let too many people down, for a while; let the others go faster again,
    and numbers that have rested call again."""
    moment = await now(connection)
    for row in (await connection.execute(_ANSWERED)).all():
        if abandons_too_many(row.answered, row.abandoned):
            await open_breaker(connection, row.account_sid, "abandonment", moment + PAUSE)
        await speed_up(connection, row.account_sid)
    await connection.execute(_CLOSE)
    await connection.execute(_RESTED)
