"""Transcripts that a sweep has found and could not store: tried again, and in the end given up."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.delay import is_exhausted, next_try

# By index sweep_failure_due. If the process dies that takes a row, others do it in five minutes.
TAKE = """
    UPDATE intelligence.sweep_failure SET due_at = now() + interval '5 minutes'
    WHERE transcript_sid IN (
        SELECT transcript_sid FROM intelligence.sweep_failure
        WHERE due_at <= now() AND account_sid = :account
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING transcript_sid
"""
FAILED = """
    INSERT INTO intelligence.sweep_failure AS kept
        (transcript_sid, account_sid, failed, error, due_at)
    VALUES (:sid, :account, 1, :error, 'infinity')
    ON CONFLICT (transcript_sid) DO UPDATE SET failed = kept.failed + 1, error = excluded.error
    RETURNING failed
"""
AGAIN = "UPDATE intelligence.sweep_failure SET due_at = :due_at WHERE transcript_sid = :sid"
GIVE_UP = "UPDATE intelligence.sweep_failure SET due_at = 'infinity' WHERE transcript_sid = :sid"
DONE = "DELETE FROM intelligence.sweep_failure WHERE transcript_sid = :sid"
# No sweep goes back as far.
FORGET = "DELETE FROM intelligence.sweep_failure WHERE created_at < now() - interval '90 days'"


async def take_failures(connection: AsyncConnection, account_sid: str, limit: int) -> Sequence[str]:
    """The account's transcripts that are due; nobody else takes them for a while."""
    await connection.execute(text(FORGET))
    found = await connection.execute(text(TAKE), {"account": account_sid, "limit": limit})
    return [row.transcript_sid for row in found]


async def note_failure(
    connection: AsyncConnection, account_sid: str, sid: str, error: Exception, now: datetime
) -> bool:
    """Keep that it failed; whether it will be tried again."""
    values = {"account": account_sid, "sid": sid, "error": type(error).__name__}
    failed = await connection.scalar(text(FAILED), values)
    if is_exhausted(failed or 1):
        await connection.execute(text(GIVE_UP), {"sid": sid})
        return False
    due = {"sid": sid, "due_at": next_try(failed or 1, now)}
    await connection.execute(text(AGAIN), due)
    return True


async def forget_failure(connection: AsyncConnection, sid: str) -> None:
    """It is stored now."""
    await connection.execute(text(DONE), {"sid": sid})
