"""What the comparison of Twilio's calls with our attempts asks and changes, account by account."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
SELECT account_sid, tenant_id, coalesce(swept_until, created_at) AS swept_until,
       walk_from, walk_page, clock_timestamp() AS now
FROM dialer.account
WHERE walk_page IS NOT NULL OR swept_until IS NULL
   OR swept_until < clock_timestamp() - CAST(:stale AS interval)
ORDER BY swept_until NULLS FIRST
""")


@dataclass(frozen=True, slots=True)
class Walk:
    """A comparison on its way through an account's calls, from the newest to the oldest that may
    not have been compared. `now` is the moment of the answer."""

    account_sid: str
    tenant_id: str
    swept_until: datetime
    began_at: datetime | None
    page: str | None
    """Where it goes on; none: it begins."""
    now: datetime

    @property
    def until(self) -> datetime:
        """How far back it goes."""
        return self.swept_until - OVERLAP


async def due_walks(connection: AsyncConnection) -> Sequence[Walk]:
    """Those that are under way, and those of accounts that were not compared for a while."""
    values = {"stale": EVERY + LISTS_LAG}
    return [Walk(*row) for row in await connection.execute(_DUE, values)]


# The primary key finds it. Where another replica went on meanwhile, nothing is changed.
_GO_ON = text("""
UPDATE dialer.account SET walk_from = :began_at, walk_page = :following
WHERE account_sid = :account_sid AND walk_page IS NOT DISTINCT FROM CAST(:page AS text)
""")


async def go_on(connection: AsyncConnection, walk: Walk, following: str | None) -> Walk | None:
    """The walk at its next page, for whoever goes on with it; none if another replica did. Without
    a page it has to begin anew."""
    began_at = (walk.began_at or walk.now) if following else None
    values = {"account_sid": walk.account_sid, "page": walk.page}
    moved = await connection.execute(
        _GO_ON, {**values, "began_at": began_at, "following": following}
    )
    return replace(walk, began_at=began_at, page=following) if moved.rowcount else None


# The primary key finds it.
_SWEPT = text("""
UPDATE dialer.account
SET swept_until = greatest(swept_until, CAST(:until AS timestamptz)), clock_offset_ms = :offset_ms,
    walk_from = NULL, walk_page = NULL
WHERE account_sid = :account_sid AND walk_page IS NOT DISTINCT FROM CAST(:page AS text)
""")


async def note_swept(connection: AsyncConnection, walk: Walk, offset: timedelta) -> None:
    """All calls that there were when the walk began are compared, as far as lists can be late."""
    values = {
        "account_sid": walk.account_sid,
        "page": walk.page,
        "until": (walk.began_at or walk.now) - LISTS_LAG,
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
      AND answered_at > now() - interval '5 minutes'
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
