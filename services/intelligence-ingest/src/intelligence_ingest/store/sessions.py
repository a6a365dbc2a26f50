"""Which session belongs to which call: how transcripts find their calls, whoever comes first."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.news import News, newest, when
from intelligence_ingest.store.due import mark_due
from intelligence_ingest.store.rows import Row, upsert
from trunkline.events.lifecycle import CallResumed, CallStarted, Lifecycle

# The transcripts by indexes transcript_source and transcript_recording, what belongs to them by
# their primary keys. A sentence or result is filed with its transcript.
LINK = """
    WITH linked AS (
        UPDATE intelligence.transcript AS t
        SET call_sid = s.call_sid, call_filed_at = s.filed_at, tenant_id = s.tenant_id
        FROM intelligence.session s
        WHERE t.call_sid IS NULL AND s.session_id = ANY(:sessions)
            AND (t.source_sid IN (s.session_id, s.call_sid) OR t.recording_call_sid = s.call_sid)
        RETURNING t.transcript_sid, t.filed_at, s.call_sid, s.filed_at AS call_filed_at, s.tenant_id
    ), sentences AS (
        UPDATE intelligence.sentence AS x
        SET call_sid = l.call_sid, call_filed_at = l.call_filed_at, tenant_id = l.tenant_id
        FROM linked l WHERE x.transcript_sid = l.transcript_sid AND x.filed_at = l.filed_at
    ), results AS (
        UPDATE intelligence.operator_result AS r
        SET call_sid = l.call_sid, call_filed_at = l.call_filed_at, tenant_id = l.tenant_id
        FROM linked l WHERE r.subject_id = l.transcript_sid AND r.filed_at = l.filed_at
    )
    SELECT DISTINCT call_sid FROM linked
"""


async def store_sessions(
    connection: AsyncConnection, news: Sequence[News[Lifecycle]], filed: Mapping[str, datetime]
) -> None:
    """Store the sessions, and give their calls to transcripts that came before them."""
    told = [
        each.event
        for each in news
        if isinstance(each.event, CallStarted | CallResumed) and each.event.session_id
    ]
    rows = [
        {
            "session_id": event.session_id,
            "call_sid": event.call_sid,
            "filed_at": filed[event.call_sid],
            "tenant_id": event.tenant_id,
            "epoch": event.epoch,
            "started_at": when(event.at_ms),
        }
        for event in newest(told, lambda event: event.session_id, lambda event: (event.epoch,))
    ]
    await lock_sources(connection, (name for row in rows for name in _names(row)))
    written = await upsert(
        connection, "session", rows, ("session_id",), "kept.epoch < excluded.epoch"
    )
    if written:
        await _link(connection, sorted(key for (key,) in written))


def _names(row: Row) -> tuple[str, str]:
    return row["session_id"], row["call_sid"]


async def _link(connection: AsyncConnection, sessions: list[str]) -> None:
    found = await connection.execute(text(LINK), {"sessions": sessions})
    await mark_due(connection, [row.call_sid for row in found])


async def lock_sources(connection: AsyncConnection, sources: Iterable[str]) -> None:
    """Let whoever stores a session and whoever stores its transcript see each other's work.

    Without it, of two at the same time neither would find what the other one is about to commit.
    """
    await connection.execute(
        text(
            "SELECT pg_advisory_xact_lock(hashtextextended('source ' || source, 0))"
            " FROM unnest(CAST(:sources AS text[])) AS source"
        ),
        {"sources": sorted(set(sources))},
    )


async def calls_of_sources(
    connection: AsyncConnection, sources: Iterable[str]
) -> Mapping[str, Row]:
    """The calls that these are, or are sessions of; by the primary key and index session_call."""
    found = await connection.execute(
        text(
            "SELECT session_id AS source, call_sid, filed_at, tenant_id FROM intelligence.session"
            " WHERE session_id = ANY(:sources)"
            " UNION SELECT call_sid, call_sid, filed_at, tenant_id FROM intelligence.session"
            " WHERE call_sid = ANY(:sources)"
        ),
        {"sources": sorted(set(sources))},
    )
    return {row.source: dict(row._mapping) for row in found}
