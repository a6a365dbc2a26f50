"""Calls whose own operators are to be run, once news of them has ceased."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

QUIET_SECONDS = 10  # the turns of a call and its end come on different topics


async def mark_due(connection: AsyncConnection, call_sids: Iterable[str]) -> None:
    """Run them a while after this news; later news puts it off."""
    await connection.execute(
        text(
            "INSERT INTO intelligence.operator_due (call_sid, due_at)"
            " SELECT call_sid, clock_timestamp() + :quiet * interval '1 second'"
            " FROM unnest(CAST(:calls AS text[])) AS call_sid ORDER BY call_sid"
            " ON CONFLICT (call_sid) DO UPDATE SET due_at = excluded.due_at"
        ),
        {"calls": sorted(set(call_sids)), "quiet": QUIET_SECONDS},
    )
