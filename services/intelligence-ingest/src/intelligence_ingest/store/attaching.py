"""To which call a transcript belongs: whoever told of the call, and whoever told of it last."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.bundle import Bundle
from intelligence_ingest.store.rows import Row, Values, update
from intelligence_ingest.store.sessions import calls_of_sources, lock_sources

ATTACHED = ("tenant_id", "source_sid", "recording_call_sid", "call_sid", "call_filed_at")
"""A webhook that does not name the call takes nothing from one that did."""

CHANGES = ", ".join(f"{column} = told.{column}" for column in ATTACHED)
# The first that names a source holds; a signed word takes the place of one that nobody signed.
WHEN = """kept.transcript_sid = told.transcript_sid
    AND kept.source_sid IS DISTINCT FROM told.source_sid
    AND (kept.unverified OR NOT told.unverified)
    AND (kept.source_sid IS NULL OR kept.unverified AND NOT told.unverified)"""
# By the primary keys. What was stored before the call was known follows its transcript.
FOLLOW = """
    UPDATE intelligence.{table} AS part
    SET call_sid = t.call_sid, call_filed_at = t.call_filed_at, tenant_id = t.tenant_id
    FROM intelligence.transcript AS t
    WHERE t.transcript_sid = ANY(:sids) AND part.{key} = t.transcript_sid
        AND part.filed_at = t.filed_at AND part.call_sid IS DISTINCT FROM t.call_sid
"""
PARTS = {"sentence": "transcript_sid", "operator_result": "subject_id"}
IS_ATTACHED = """
    SELECT 1 FROM intelligence.transcript
    WHERE transcript_sid = :sid AND source_sid IS NOT NULL AND (:unverified OR NOT unverified)
"""
STORED = """
    SELECT transcript_sid, tenant_id, call_sid, call_filed_at FROM intelligence.transcript
    WHERE transcript_sid = ANY(:sids)
"""


async def call_columns(
    connection: AsyncConnection, bundles: Sequence[Bundle], tenant_id: str
) -> Mapping[str, Values]:
    """What each transcript's row tells of its call, as far as it is known, by transcript."""
    sources = {
        each.transcript.sid: each.transcript.recording_call_sid or each.transcript.source_sid
        for each in bundles
    }
    names = [source for source in sources.values() if source]
    await lock_sources(connection, names)
    calls = await calls_of_sources(connection, names)
    return {sid: _call(calls.get(source or ""), tenant_id) for sid, source in sources.items()}


def _call(call: Row | None, tenant_id: str) -> Values:
    return {
        "tenant_id": call["tenant_id"] if call else tenant_id,
        "call_sid": call["call_sid"] if call else None,
        "call_filed_at": call["filed_at"] if call else None,
    }


async def attach(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Let these rows tell the stored transcripts their source and call, where they may."""
    changed = await update(connection, "transcript", rows, CHANGES, WHEN)
    for table, key in PARTS.items() if changed else ():
        statement = FOLLOW.format(table=table, key=key)
        await connection.execute(text(statement), {"sids": [row.transcript_sid for row in changed]})


async def attached(connection: AsyncConnection, sids: Sequence[str]) -> Mapping[str, Values]:
    """The call of each transcript, as it is stored."""
    found = await connection.execute(text(STORED), {"sids": sids})
    return {row.transcript_sid: dict(row._mapping) for row in found}


async def is_attached(connection: AsyncConnection, bundle: Bundle) -> bool:
    """Whether its source is known, from somebody whose word is worth as much."""
    values = {"sid": bundle.transcript.sid, "unverified": bundle.unverified}
    return bool(await connection.scalar(text(IS_ATTACHED), values))
