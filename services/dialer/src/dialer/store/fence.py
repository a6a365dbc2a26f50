"""Is this the database it was? After a failover or a restore its newest commits may be missing.

Then an account posts nothing until its calls, and those of its tenant's other accounts, have been
compared with our attempts, from before what may be missing until after the change; and where more
than a failover may have happened, nobody posts anything until a person has said so.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.store.workers import TIMELINE, DatabaseIdentity, heartbeat_of, identity
from trunkline.logs import get_logger

log = get_logger()

SILENT_TOO_LONG = timedelta(minutes=15)  # more than a failover loses: an older copy, perhaps
RESTORED = "operator must acknowledge"
# A tenant's account that cannot be compared keeps the others waiting for so long: by then a call of
# its that was forgotten is over, and the gap after it, too.
OTHERS_WAIT = timedelta(hours=1)

_KNOWN = text("""
SELECT system_identifier, timeline_id, changed_at, acknowledged_by FROM dialer.fence FOR UPDATE
""")
_FIRST = text("""
INSERT INTO dialer.fence (system_identifier, timeline_id) VALUES (:system, :timeline)
ON CONFLICT DO NOTHING
""")

# What waits for a person goes on to, whatever else happens meanwhile.
_CHANGED = text(f"""
UPDATE dialer.fence
SET system_identifier = :system, timeline_id = :timeline, changed_at = clock_timestamp(),
    acknowledged_by = CASE WHEN :waits THEN '{RESTORED}' ELSE acknowledged_by END
RETURNING changed_at, acknowledged_by
""")

# A handful of accounts. `swept_until` leaves out the minute by which Twilio's lists may be late.
_COMPARED = text("""
SELECT account.account_sid FROM dialer.account
WHERE account.swept_until > :changed_at
  AND (clock_timestamp() > :changed_at + CAST(:others_wait AS interval)
       OR NOT EXISTS (SELECT FROM dialer.account AS other
                      WHERE other.tenant_id = account.tenant_id
                        AND coalesce(other.swept_until <= :changed_at, true)))
""")
_OVER = text("""
UPDATE dialer.fence SET changed_at = NULL, acknowledged_by = NULL
WHERE NOT EXISTS (SELECT FROM dialer.account WHERE coalesce(swept_until <= :changed_at, true))
""")
_ACKNOWLEDGE = text("""
UPDATE dialer.fence SET acknowledged_by = :who WHERE changed_at IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class Recovery:
    """Who may not post, because commits may be missing since some moment."""

    since: datetime | None = None
    waits_for_person: bool = False
    compared: frozenset[str] = frozenset()
    """Accounts that may go on: whatever was forgotten of them is known again."""

    def holds(self, account_sid: str) -> bool:
        """Whether this account has to wait."""
        if self.since is None:
            return False
        return self.waits_for_person or account_sid not in self.compared


NOTHING_MISSING = Recovery()


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process knows that it has written: a database without it is an older one."""

    epoch: uuid.UUID
    registered_at: datetime
    heartbeat_at: datetime

    def lost(self, found: datetime | None) -> timedelta:
        """How much is missing at the least, by the heartbeat that was found; none: not even its
        worker is known."""
        return self.heartbeat_at - (found or self.registered_at)


async def look(connection: AsyncConnection, memory: Memory | None = None) -> Recovery:
    """See whether the database is another than before, or has recovered from having been."""
    now = await identity(connection)
    known = (await connection.execute(_KNOWN)).one_or_none()
    if known is None:
        await connection.execute(_FIRST, {"system": now.system, "timeline": now.timeline})
        return NOTHING_MISSING
    found = await heartbeat_of(connection, memory.epoch) if memory else None
    older = memory is not None and (found is None or found < memory.heartbeat_at)
    if older or (known.system_identifier, known.timeline_id) != (now.system, now.timeline):
        lost = memory.lost(found) if memory and older else timedelta(0)
        waits = _is_restored(now, lost) or known.system_identifier != now.system
        return await _change(connection, now, waits=waits)
    if known.changed_at is None:
        return NOTHING_MISSING
    return await _recover(connection, known.changed_at, waits=known.acknowledged_by == RESTORED)


def _is_restored(now: DatabaseIdentity, lost: timedelta) -> bool:
    """Whether more is missing than a failover loses."""
    silent = now.last_seen_at is None or now.now - now.last_seen_at > SILENT_TOO_LONG
    return silent or lost > SILENT_TOO_LONG


async def _change(connection: AsyncConnection, now: DatabaseIdentity, *, waits: bool) -> Recovery:
    values = {"system": now.system, "timeline": now.timeline, "waits": waits}
    row = (await connection.execute(_CHANGED, values)).one()
    waits = row.acknowledged_by == RESTORED
    log.warning("database_changed", waits_for_person=waits)
    return Recovery(row.changed_at, waits)


async def _recover(connection: AsyncConnection, changed_at: datetime, *, waits: bool) -> Recovery:
    if waits:
        return Recovery(changed_at, waits_for_person=True)
    if (await connection.execute(_OVER, {"changed_at": changed_at})).rowcount:
        log.info("database_recovered")
        return NOTHING_MISSING
    values = {"changed_at": changed_at, "others_wait": OTHERS_WAIT}
    compared = (await connection.execute(_COMPARED, values)).scalars()
    return Recovery(changed_at, compared=frozenset(compared))


# The recovery that is under way, if one is, goes on: whoever began it knows more. So does whoever
# is about to see that the timeline is another.
_NOTE = text(f"""
UPDATE dialer.fence
SET changed_at = clock_timestamp(), acknowledged_by = CASE WHEN :waits THEN '{RESTORED}' END
WHERE changed_at IS NULL AND timeline_id = {TIMELINE}
""")


async def note_rewound(connection: AsyncConnection) -> None:
    """The database has gone back while it was read from: by less than a heartbeat, or its workers
    know by how much."""
    await _note(connection, waits=False)


async def note_older_copy(connection: AsyncConnection) -> None:
    """The bus knows more than the database, and no worker may be left who knows by how much."""
    await _note(connection, waits=True)


async def _note(connection: AsyncConnection, *, waits: bool) -> None:
    if (await connection.execute(_NOTE, {"waits": waits})).rowcount:
        log.warning("database_changed", waits_for_person=waits)


async def acknowledge(connection: AsyncConnection, who: str) -> bool:
    """Say that a restored database may be used; whether there was anything to say."""
    return (await connection.execute(_ACKNOWLEDGE, {"who": who})).rowcount == 1
