"""Imports as the database has them: taken in hand under a lease, advanced, ended."""

import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

LEASE_SECONDS = 60
UPLOAD_MINUTES = 60  # an upload that has not moved for so long will not be completed


@dataclass(frozen=True, slots=True)
class Job:
    """One import, in the hand of the process whose epoch it names."""

    epoch: uuid.UUID
    id: uuid.UUID
    tenant_id: str
    campaign_id: uuid.UUID
    format: str
    options: str
    """As JSON; see `options.py`."""
    bytes: int
    rows_done: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one chunk adds to an import's counts."""

    last_row: int
    bytes_done: int
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    suppressed: int = 0


class NotOurs(Exception):
    """Another process has the import in hand, or a person has cancelled it."""


# import_job_open finds the oldest; rows in others' hands are passed over.
_CLAIM = text(f"""
UPDATE dialer.import_job
SET state = 'running', owner_epoch = :epoch, updated_at = clock_timestamp(),
    lease_until = clock_timestamp() + interval '{LEASE_SECONDS} s'
WHERE id = (
    SELECT id FROM dialer.import_job
    WHERE state IN ('pending', 'running')
      AND (lease_until IS NULL OR lease_until < clock_timestamp())
    ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, tenant_id, campaign_id, format, CAST(options AS text), bytes, rows_done
""")

_ADVANCE = text(f"""
UPDATE dialer.import_job
SET rows_done = :last_row, bytes_done = greatest(bytes_done, :bytes_done),
    accepted = accepted + :accepted, rejected = rejected + :rejected,
    duplicates = duplicates + :duplicates, suppressed = suppressed + :suppressed,
    updated_at = clock_timestamp(),
    lease_until = clock_timestamp() + interval '{LEASE_SECONDS} s'
WHERE id = :id AND owner_epoch = :epoch AND state = 'running' AND rows_done < :last_row
""")

_FINISH = text("""
UPDATE dialer.import_job
SET state = :state, error_code = :error_code, lease_until = NULL, owner_epoch = NULL,
    rows_total = CASE WHEN :state = 'completed'
                      THEN accepted + rejected + duplicates + suppressed END,
    bytes_done = CASE WHEN :state = 'completed' THEN bytes ELSE bytes_done END,
    finished_at = clock_timestamp(), updated_at = clock_timestamp()
WHERE id = :id AND owner_epoch = :epoch AND state = 'running'
""")


async def claim(connection: AsyncConnection, epoch: uuid.UUID) -> Job | None:
    """Take the oldest import that nobody works on; a dead process's one when its lease is over."""
    row = (await connection.execute(_CLAIM, {"epoch": epoch})).one_or_none()
    return None if row is None else Job(epoch, *row)


async def advance(connection: AsyncConnection, job: Job, step: Step) -> None:
    """Count a chunk, in the transaction that stores it. Raises `NotOurs`."""
    done = await connection.execute(
        _ADVANCE,
        {
            "id": job.id,
            "epoch": job.epoch,
            "last_row": step.last_row,
            "bytes_done": step.bytes_done,
            "accepted": step.accepted,
            "rejected": step.rejected,
            "duplicates": step.duplicates,
            "suppressed": step.suppressed,
        },
    )
    if not done.rowcount:
        raise NotOurs


async def finish(connection: AsyncConnection, job: Job, error_code: str | None = None) -> None:
    """End the import, and forget the file. Raises `NotOurs`."""
    done = await connection.execute(
        _FINISH,
        {
            "id": job.id,
            "epoch": job.epoch,
            "state": "failed" if error_code else "completed",
            "error_code": error_code,
        },
    )
    if not done.rowcount:
        raise NotOurs
    await drop_parts(connection, job.id)


async def release(connection: AsyncConnection, job: Job) -> None:
    """Give the import back: another process may go on with it at once."""
    await connection.execute(
        text(
            "UPDATE dialer.import_job SET lease_until = NULL, owner_epoch = NULL"
            " WHERE id = :id AND owner_epoch = :epoch AND state = 'running'"
        ),
        {"id": job.id, "epoch": job.epoch},
    )


async def read_part(
    connection: AsyncConnection, import_id: uuid.UUID, part_no: int
) -> bytes | None:
    """A part of the file, encrypted; the primary key finds it."""
    found = await connection.execute(
        text(
            "SELECT content_enc FROM dialer.import_part"
            " WHERE import_id = :id AND part_no = :part_no"
        ),
        {"id": import_id, "part_no": part_no},
    )
    part: bytes | None = found.scalar_one_or_none()
    return part


async def drop_parts(connection: AsyncConnection, import_id: uuid.UUID) -> None:
    """The list itself is needed no more."""
    await connection.execute(
        text("DELETE FROM dialer.import_part WHERE import_id = :id"), {"id": import_id}
    )


async def drop_stale_uploads(connection: AsyncConnection) -> None:
    """Forget uploads that were broken off."""
    await connection.execute(
        text(
            "DELETE FROM dialer.import_job WHERE state = 'uploading'"
            f" AND updated_at < clock_timestamp() - interval '{UPLOAD_MINUTES} minutes'"
        )
    )
