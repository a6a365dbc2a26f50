"""Stores transcripts with their sentences and the results of the provider's operators."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.bundle import WHOLE, Bundle, joined
from intelligence_ingest.news import newest
from intelligence_ingest.results import OperatorResult, Sentence
from intelligence_ingest.store.anchors import Subject, anchored, erased, share_erasure_lock
from intelligence_ingest.store.attaching import ATTACHED, attach, attached, call_columns
from intelligence_ingest.store.due import mark_due
from intelligence_ingest.store.erasures import refuse_transcripts
from intelligence_ingest.store.rows import Row, Values, upsert
from trunkline.protect import NumberVault

KEY = ("transcript_sid", "filed_at")
# What nobody has signed for replaces nothing but its like.
SIGNED = "(kept.unverified OR NOT excluded.unverified)"
# What was asked for earlier is older, and the same again is nothing new, unless it is signed now.
NEWER = f"""{SIGNED} AND excluded.fetched_at > kept.fetched_at AND (
    excluded.content_hash <> kept.content_hash OR kept.unverified AND NOT excluded.unverified)"""
CLEAR = {
    "sentence": "DELETE FROM intelligence.sentence WHERE transcript_sid = ANY(:sids)",
    "operator_result": "DELETE FROM intelligence.operator_result WHERE subject_id = ANY(:sids)",
}
TOUCH = "updated_at = clock_timestamp()"


async def store_bundles(
    connection: AsyncConnection,
    vault: NumberVault,
    bundles: Sequence[Bundle],
    tenant_id: str,
    found_by: str,
) -> int:
    """Store what is new in them, and return how many transcripts were.

    `tenant_id` is for those whose call is not known; `found_by` says who found them first.
    """
    await share_erasure_lock(connection)
    fresh = await _not_erased(connection, bundles)
    latest = newest(joined(fresh), lambda each: each.transcript.sid, lambda each: (each.asked_at,))
    if not latest:
        return 0
    filed = await anchored(
        connection,
        [
            Subject(each.transcript.sid, tenant_id, each.transcript.created_at or each.asked_at)
            for each in latest
        ],
    )
    calls = await call_columns(connection, latest, tenant_id)
    rows = [
        _transcript(each, vault, filed[each.transcript.sid])
        | calls[each.transcript.sid]
        | {"found_by": found_by}
        for each in latest
    ]
    await attach(connection, rows)
    stays = (*ATTACHED, "found_by")
    written = await upsert(connection, "transcript", rows, KEY, NEWER, TOUCH, stays)
    stored = await attached(connection, [row["transcript_sid"] for row in rows])
    parts = [
        (row | stored[row["transcript_sid"]], each)
        for row, each in zip(rows, latest, strict=True)
        if (row["transcript_sid"], row["filed_at"]) in written or each.transcript.api != WHOLE
    ]
    await _store_sentences(connection, [part for part in parts if part[0]["api"] == WHOLE])
    await _store_results(connection, parts)
    await mark_due(connection, {row["call_sid"] for row, _ in parts if row["call_sid"]})
    return len(written)


async def known(connection: AsyncConnection, transcript_sids: Sequence[str]) -> frozenset[str]:
    """Those that are stored or erased, or wait to be tried again: a sweep leaves them alone."""
    rows = await connection.execute(
        text(
            "SELECT transcript_sid FROM intelligence.transcript"
            " WHERE transcript_sid = ANY(:sids)"
            " UNION SELECT subject_id FROM intelligence.erased WHERE subject_id = ANY(:sids)"
            " UNION SELECT transcript_sid FROM intelligence.sweep_failure"
            " WHERE transcript_sid = ANY(:sids)"
        ),
        {"sids": list(transcript_sids)},
    )
    return frozenset(row.transcript_sid for row in rows)


async def _not_erased(connection: AsyncConnection, bundles: Sequence[Bundle]) -> list[Bundle]:
    gone = await erased(connection, (name for each in bundles for name in _names(each)))
    late = {
        each.transcript.sid: source
        for each in bundles
        for source in _sources(each)
        if source in gone
    }
    await refuse_transcripts(connection, late)
    return [bundle for bundle in bundles if not gone.intersection(_names(bundle))]


def _names(bundle: Bundle) -> list[str]:
    """Everything that an erasure may know it by."""
    return [bundle.transcript.sid, *_sources(bundle)]


def _sources(bundle: Bundle) -> list[str]:
    found = bundle.transcript
    return [source for source in (found.source_sid, found.recording_call_sid) if source]


def _transcript(bundle: Bundle, vault: NumberVault, filed_at: datetime) -> Values:
    found = bundle.transcript
    return {
        "transcript_sid": found.sid,
        "filed_at": filed_at,
        "api": found.api,
        "account_sid": found.account_sid,
        "service_sid": found.service_sid,
        "source_sid": found.source_sid,
        "recording_call_sid": found.recording_call_sid,
        "status": found.status,
        "language": found.language,
        "redacted": found.redacted,
        "duration_s": found.duration_s,
        "media_started_at": found.media_started_at,
        "created_at": found.created_at,
        "channels": dict(found.channels),
        "raw_enc": vault.encrypt(msgspec.json.encode(found.raw).decode()),
        "fetched_at": bundle.asked_at,
        "content_hash": bundle.content_hash,
        "unverified": bundle.unverified,
    }


async def _store_sentences(
    connection: AsyncConnection, parts: Sequence[tuple[Row, Bundle]]
) -> None:
    await _clear(connection, "sentence", parts)
    rows = [_sentence(row, each) for row, bundle in parts for each in bundle.sentences]
    await upsert(connection, "sentence", rows, ("transcript_sid", "sentence_index", "filed_at"))


def _sentence(transcript: Row, sentence: Sentence) -> Values:
    return {
        "transcript_sid": transcript["transcript_sid"],
        "sentence_index": sentence.index,
        "filed_at": transcript["filed_at"],
        "tenant_id": transcript["tenant_id"],
        "call_sid": transcript["call_sid"],
        "call_filed_at": transcript["call_filed_at"],
        "sentence_sid": sentence.sid,
        "channel": sentence.channel,
        "speaker": sentence.speaker,
        "start_s": sentence.start_s,
        "end_s": sentence.end_s,
        "body": sentence.body,
        "confidence": sentence.confidence,
        "words": sentence.words,
        "more": sentence.more,
        "language": transcript["language"],
    }


async def _store_results(connection: AsyncConnection, parts: Sequence[tuple[Row, Bundle]]) -> None:
    await _clear(connection, "operator_result", [part for part in parts if part[0]["api"] == WHOLE])
    rows = [
        result_row(each)
        | {
            "subject_id": row["transcript_sid"],
            "filed_at": row["filed_at"],
            "tenant_id": row["tenant_id"],
            "source": row["api"],
            "call_sid": row["call_sid"],
            "call_filed_at": row["call_filed_at"],
        }
        for row, bundle in parts
        for each in bundle.results
    ]
    key = ("subject_id", "result_key", "filed_at")
    await upsert(connection, "operator_result", rows, key, SIGNED)


_FIELDS = tuple(field.name for field in fields(OperatorResult))
_COLUMNS = {"key": "result_key", "name": "operator_name", "type": "operator_type"}


def result_row(result: OperatorResult) -> Values:
    """The columns of a result that it tells itself."""
    return {_COLUMNS.get(name, name): getattr(result, name) for name in _FIELDS}


async def _clear(
    connection: AsyncConnection, table: str, parts: Sequence[tuple[Row, Bundle]]
) -> None:
    """What the newer answer does not hold is gone; by the primary keys' first column."""
    if parts:
        sids = [row["transcript_sid"] for row, _ in parts]
        await connection.execute(text(CLEAR[table]), {"sids": sids})
