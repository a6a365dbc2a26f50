"""Is this the database it was? After a failover or a restore its newest commits may be missing.

Then nothing is posted until every account's calls have been compared with our attempts, from before
what may be missing until after the change; and where more than a failover may have happened, until
a person has said so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.store.workers import identity
from trunkline.logs import get_logger

log = get_logger()

SILENT_TOO_LONG = timedelta(minutes=15)  # more than a failover loses: an older copy, perhaps
RESTORED = "operator must acknowledge"

_KNOWN = text("""
SELECT system_identifier, timeline_id, changed_at, acknowledged_by FROM dialer.fence FOR UPDATE
""")
_FIRST = text("""
INSERT INTO dialer.fence (system_identifier, timeline_id) VALUES (:system, :timeline)
ON CONFLICT DO NOTHING
""")
_CHANGED = text("""
UPDATE dialer.fence
SET system_identifier = :system, timeline_id = :timeline, changed_at = clock_timestamp(),
    acknowledged_by = :acknowledged
""")

# A handful of accounts. Twilio's lists were seen a minute late.
_SWEPT = text("""
SELECT bool_and(coalesce(swept_until > :changed_at, false)) FROM dialer.account
""")
_OVER = text("UPDATE dialer.fence SET changed_at = NULL, acknowledged_by = NULL")
_ACKNOWLEDGE = text("""
UPDATE dialer.fence SET acknowledged_by = :who WHERE changed_at IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class Recovery:
    """Whether nothing may be posted, because commits may be missing."""

    since: datetime | None = None
    waits_for_person: bool = False

    @property
    def holds(self) -> bool:
        return self.since is not None


async def look(connection: AsyncConnection) -> Recovery:
    """See whether the database is another than before, or has recovered from having been."""
    now = await identity(connection)
    values = {"system": now.system, "timeline": now.timeline}
    known = (await connection.execute(_KNOWN)).one_or_none()
    if known is None:
        await connection.execute(_FIRST, values)
        return Recovery()
    if (known.system_identifier, known.timeline_id) != (now.system, now.timeline):
        silent = now.last_seen_at is None or now.now - now.last_seen_at > SILENT_TOO_LONG
        waits = silent or known.system_identifier != now.system
        await connection.execute(_CHANGED, {**values, "acknowledged": RESTORED if waits else None})
        log.warning("database_changed", waits_for_person=waits)
        return Recovery(now.now, waits)
    waits = known.acknowledged_by == RESTORED
    if known.changed_at is None or await _is_over(connection, known.changed_at, waits=waits):
        return Recovery()
    return Recovery(known.changed_at, waits)


async def _is_over(connection: AsyncConnection, changed_at: datetime, *, waits: bool) -> bool:
    swept = (await connection.execute(_SWEPT, {"changed_at": changed_at})).scalar_one()
    if waits or swept is False:
        return False
    await connection.execute(_OVER)
    log.info("database_recovered")
    return True


async def acknowledge(connection: AsyncConnection, who: str) -> bool:
    """Say that a restored database may be used; whether there was anything to say."""
    return (await connection.execute(_ACKNOWLEDGE, {"who": who})).rowcount == 1
