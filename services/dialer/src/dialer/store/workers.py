"""Who is at work: each start of a process is a worker of its own, alive as long as it says so."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

LEASE_SECONDS = 30.0

_REGISTER = text("""
INSERT INTO dialer.worker (epoch, name, lease_until)
VALUES (:epoch, :name, clock_timestamp() + make_interval(secs => :seconds))
RETURNING heartbeat_at
""")

# The primary key finds it. A lease that is over is never renewed: others have acted on that.
_RENEW = text("""
UPDATE dialer.worker
SET heartbeat_at = clock_timestamp(),
    lease_until = clock_timestamp() + make_interval(secs => :seconds)
WHERE epoch = :epoch AND ended_at IS NULL AND lease_until > clock_timestamp()
RETURNING heartbeat_at
""")

# The primary key finds it.
_HEARTBEAT = text("SELECT heartbeat_at FROM dialer.worker WHERE epoch = :epoch")

_END = text("UPDATE dialer.worker SET ended_at = clock_timestamp() WHERE epoch = :epoch")


async def register(connection: AsyncConnection, name: str) -> tuple[uuid.UUID, datetime]:
    """Begin to work; returns the worker's epoch, and its first heartbeat."""
    epoch = uuid.uuid4()
    values = {"epoch": epoch, "name": name, "seconds": LEASE_SECONDS}
    heartbeat_at: datetime = (await connection.execute(_REGISTER, values)).scalar_one()
    return epoch, heartbeat_at


async def renew(connection: AsyncConnection, epoch: uuid.UUID) -> datetime | None:
    """Say that the worker lives; this heartbeat, or none if it no longer counts as living."""
    values = {"epoch": epoch, "seconds": LEASE_SECONDS}
    heartbeat_at: datetime | None = (await connection.execute(_RENEW, values)).scalar_one_or_none()
    return heartbeat_at


async def heartbeat_of(connection: AsyncConnection, epoch: uuid.UUID) -> datetime | None:
    """When the worker last said that it lives; none where nobody knows it."""
    found: datetime | None = (
        await connection.execute(_HEARTBEAT, {"epoch": epoch})
    ).scalar_one_or_none()
    return found


async def end(connection: AsyncConnection, epoch: uuid.UUID) -> None:
    """Say that the worker has ended, so that nobody waits for its lease."""
    await connection.execute(_END, {"epoch": epoch})


# worker_lease finds them.
_COLLECT = text("""
UPDATE dialer.worker SET ended_at = clock_timestamp()
WHERE ended_at IS NULL AND lease_until < clock_timestamp()
""")


async def end_dead(connection: AsyncConnection) -> int:
    """Note that workers have died; returns how many."""
    return (await connection.execute(_COLLECT)).rowcount


@dataclass(frozen=True, slots=True)
class DatabaseIdentity:
    """Which database this is, and when anybody last worked on it."""

    system: str
    timeline: int
    now: datetime
    last_seen_at: datetime | None


# The name of the current log file begins with the timeline; it changes with the promotion itself,
# pg_control only with the next checkpoint.
TIMELINE = """
CAST(CAST('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8) AS bit(32)) AS bigint)
"""

_IDENTITY = text(f"""
SELECT CAST(system_identifier AS text) AS system, {TIMELINE} AS timeline,
       clock_timestamp() AS now,
       (SELECT max(heartbeat_at) FROM dialer.worker) AS last_seen_at
FROM pg_control_system()
""")


async def identity(connection: AsyncConnection) -> DatabaseIdentity:
    """Ask the database who it is."""
    row = (await connection.execute(_IDENTITY)).one()
    return DatabaseIdentity(row.system, row.timeline, row.now, row.last_seen_at)
