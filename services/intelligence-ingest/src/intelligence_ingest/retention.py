"""Removes what has been kept for its time, by kind: words first, then detail, then evidence.

Also makes the partitions of the months to come. Both are one process's work at a time.
"""

import asyncio
from dataclasses import dataclass
from typing import NoReturn

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intelligence_ingest.metrics import IngestMetrics
from trunkline.database.transaction import transaction
from trunkline.errors import Transient
from trunkline.logs import get_logger

log = get_logger()

EVERY_SECONDS = 3600.0
AGAIN_SECONDS = 60.0
BATCH = 2000  # rows of one statement: it holds its locks for a moment only
MONTHS_AHEAD = 3

ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('intelligence retention', 0))"

DROP = """
    SELECT intelligence.drop_partitions(clock_timestamp() - interval '1 day' * greatest(
        :days, (SELECT max(days) FROM intelligence.retention)))
"""

# Each finds its rows by the time they are filed under, so that old months alone are read; words
# that are left, by the indexes that are named so. now() is the same for all rows: no index serves
# clock_timestamp(). The days that a tenant has set go before those of the settings.
DUE = """
    filed_at < now() - interval '1 day' * coalesce(
        (SELECT days FROM intelligence.retention r WHERE r.tenant_id = old.tenant_id
         AND r.kind = '{kind}'), :days)
"""
OLDEST = "filed_at < now() - interval '1 day' * :shortest"

WORDS = (
    "UPDATE intelligence.turn SET asked = NULL, said = NULL, heard = NULL, keys_enc = NULL"
    " WHERE (call_sid, turn, filed_at) IN (SELECT call_sid, turn, filed_at"
    " FROM intelligence.turn old WHERE said IS NOT NULL AND {oldest} AND {due} LIMIT :batch)",
    "UPDATE intelligence.tool_use SET arguments_enc = NULL, result_enc = NULL"
    " WHERE (call_sid, turn, use_id, filed_at) IN (SELECT call_sid, turn, use_id, filed_at"
    " FROM intelligence.tool_use old WHERE (arguments_enc IS NOT NULL OR result_enc IS NOT NULL)"
    " AND {oldest} AND {due} LIMIT :batch)",
    "UPDATE intelligence.transcript SET raw_enc = NULL"
    " WHERE (transcript_sid, filed_at) IN (SELECT transcript_sid, filed_at"
    " FROM intelligence.transcript old WHERE raw_enc IS NOT NULL AND {oldest} AND {due}"
    " LIMIT :batch)",
    # Only of transcripts that say so: our operators must know what is not whole any more.
    "DELETE FROM intelligence.sentence WHERE (transcript_sid, sentence_index, filed_at) IN"
    " (SELECT transcript_sid, sentence_index, filed_at FROM intelligence.sentence old"
    " WHERE {oldest} AND {due} AND NOT EXISTS (SELECT 1 FROM intelligence.transcript t"
    " WHERE t.transcript_sid = old.transcript_sid AND t.filed_at = old.filed_at"
    " AND t.raw_enc IS NOT NULL) LIMIT :batch)",
    "DELETE FROM intelligence.unknown_notification WHERE content_hash IN (SELECT content_hash"
    " FROM intelligence.unknown_notification old WHERE {oldest} AND {due} LIMIT :batch)",
    "UPDATE intelligence.operator_result SET utterances = NULL, extracted = NULL,"
    " normalized = NULL, result_text = NULL, result_json = NULL, raw = NULL, evidence = NULL"
    " WHERE (subject_id, result_key, filed_at) IN (SELECT subject_id, result_key, filed_at"
    " FROM intelligence.operator_result old WHERE (raw IS NOT NULL OR evidence IS NOT NULL)"
    " AND operator_type <> 'phrase' AND {oldest} AND {due} LIMIT :batch)",
)
DETAIL = (
    "DELETE FROM intelligence.tool_use WHERE (call_sid, turn, use_id, filed_at) IN"
    " (SELECT call_sid, turn, use_id, filed_at FROM intelligence.tool_use old"
    " WHERE {oldest} AND {due} LIMIT :batch)",
    "DELETE FROM intelligence.turn WHERE (call_sid, turn, filed_at) IN"
    " (SELECT call_sid, turn, filed_at FROM intelligence.turn old"
    " WHERE {oldest} AND {due} LIMIT :batch)",
    "DELETE FROM intelligence.operator_result WHERE (subject_id, result_key, filed_at) IN"
    " (SELECT subject_id, result_key, filed_at FROM intelligence.operator_result old"
    " WHERE operator_type <> 'phrase' AND {oldest} AND {due} LIMIT :batch)",
    "DELETE FROM intelligence.transcript WHERE (transcript_sid, filed_at) IN"
    " (SELECT transcript_sid, filed_at FROM intelligence.transcript old"
    " WHERE {oldest} AND {due} LIMIT :batch)",
    "DELETE FROM intelligence.session WHERE session_id IN"
    " (SELECT session_id FROM intelligence.session old WHERE {oldest} AND {due} LIMIT :batch)",
    "DELETE FROM intelligence.call WHERE (call_sid, filed_at) IN"
    " (SELECT call_sid, filed_at FROM intelligence.call old"
    " WHERE opted_out_at IS NULL AND {oldest} AND {due} LIMIT :batch)",
)
EVIDENCE = (
    "DELETE FROM intelligence.operator_result WHERE (subject_id, result_key, filed_at) IN"
    " (SELECT subject_id, result_key, filed_at FROM intelligence.operator_result old"
    " WHERE {oldest} AND {due} LIMIT :batch)",
    "DELETE FROM intelligence.call WHERE (call_sid, filed_at) IN"
    " (SELECT call_sid, filed_at FROM intelligence.call old WHERE {oldest} AND {due} LIMIT :batch)",
    "DELETE FROM intelligence.anchor WHERE subject_id IN"
    " (SELECT subject_id FROM intelligence.anchor old WHERE {oldest} AND {due} LIMIT :batch)",
)


@dataclass(frozen=True, slots=True)
class Days:
    """How many days each kind is kept, where a tenant has not said otherwise."""

    words: int = 30
    detail: int = 400
    evidence: int = 1900


class Retention:
    """Cleans up each hour."""

    def __init__(self, engine: AsyncEngine, days: Days, metrics: IngestMetrics) -> None:
        self._engine = engine
        self._days = days
        self._metrics = metrics

    async def run(self) -> NoReturn:
        """Clean up until cancelled."""
        while True:
            pause = EVERY_SECONDS
            try:
                await self.once()
            except Transient as error:
                log.warning("retention_waits", reason=type(error).__name__)
                pause = AGAIN_SECONDS
            await asyncio.sleep(pause)

    async def once(self) -> int:
        """Remove everything whose time is over; how many rows that changed.

        What fails holds up nothing else. Raises its `Transient` when all others are done.
        """
        await self._months()
        days, changed, failures = self._days, 0, []
        for kind, statements, default in (
            ("words", WORDS, days.words),
            ("detail", DETAIL, days.detail),
            ("evidence", EVIDENCE, days.evidence),
        ):
            for statement in statements:
                try:
                    changed += await self._all(statement, kind, default)
                except Transient as error:
                    log.warning("retention_kind_waits", kind=kind, reason=type(error).__name__)
                    failures.append(error)
        await self._drop()
        if failures:
            raise failures[0]
        return changed

    async def _all(self, statement: str, kind: str, default: int) -> int:
        changed = 0
        while rows := await self._batch(statement, kind, default):
            changed += rows
            self._metrics.expired_rows.inc(rows)
        return changed

    async def _months(self) -> None:
        async with transaction(self._engine) as connection:
            await connection.execute(
                text("SELECT intelligence.make_partitions(:ahead)"), {"ahead": MONTHS_AHEAD}
            )

    async def _drop(self) -> None:
        """Months that are empty for good."""
        async with transaction(self._engine) as connection:
            if await connection.scalar(text(ALONE)):
                await connection.execute(text(DROP), {"days": self._days.evidence})

    async def _batch(self, statement: str, kind: str, default: int) -> int:
        async with transaction(self._engine) as connection:
            if not await connection.scalar(text(ALONE)):
                return 0
            shortest = min(default, await _shortest(connection, kind, default))
            whole = statement.format(oldest=OLDEST, due=DUE.format(kind=kind))
            done = await connection.execute(
                text(whole), {"days": default, "shortest": shortest, "batch": BATCH}
            )
            return int(done.rowcount)


async def _shortest(connection: AsyncConnection, kind: str, default: int) -> int:
    """The fewest days that any tenant has: only months older than that need be read."""
    found = await connection.scalar(
        text("SELECT min(days) FROM intelligence.retention WHERE kind = :kind"), {"kind": kind}
    )
    return default if found is None else int(found)
