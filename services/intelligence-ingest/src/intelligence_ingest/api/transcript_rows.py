"""One transcript with everything that is stored of it, between its rows and the API."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.api.result_rows import RESULT_COLUMNS, TRANSCRIPT_COLUMNS, result_of
from intelligence_ingest.api.story_models import Sentence, TranscriptInFull
from trunkline.api.problem import NotFound
from trunkline.protect import NumberVault

# All by the first column of the primary keys.
_TRANSCRIPT = f"""
SELECT {TRANSCRIPT_COLUMNS}, unverified, CAST(channels AS text) AS channels, raw_enc
FROM intelligence.transcript WHERE transcript_sid = :sid AND tenant_id = :tenant_id
"""
_SENTENCES = """
SELECT sentence_index, speaker, channel, start_s, end_s, body, confidence,
    CAST(words AS text) AS words, CAST(more AS text) AS more
FROM intelligence.sentence WHERE transcript_sid = :sid ORDER BY sentence_index
"""
_RESULTS = f"""
SELECT {RESULT_COLUMNS} FROM intelligence.operator_result WHERE subject_id = :sid
ORDER BY operator_name, result_key
"""


async def in_full(
    connection: AsyncConnection, tenant_id: str, sid: str, vault: NumberVault | None
) -> TranscriptInFull:
    """The tenant's transcript; its document only with a vault. Raises `NotFound`."""
    values = {"sid": sid, "tenant_id": tenant_id}
    found = (await connection.execute(text(_TRANSCRIPT), values)).mappings().one_or_none()
    if found is None:
        raise NotFound
    row = dict(found)
    raw = row.pop("raw_enc")
    return TranscriptInFull(
        **{**row, "channels": json.loads(row["channels"])},
        sentences=[_sentence(each) for each in await _rows(connection, _SENTENCES, sid)],
        results=[result_of(each) for each in await _rows(connection, _RESULTS, sid)],
        document=json.loads(vault.decrypt(raw)) if vault and raw is not None else None,
    )


async def _rows(
    connection: AsyncConnection, statement: str, sid: str
) -> Sequence[Mapping[Any, Any]]:
    return (await connection.execute(text(statement), {"sid": sid})).mappings().all()


def _sentence(row: Mapping[Any, Any]) -> Sentence:
    read = {name: json.loads(row[name]) for name in ("words", "more") if row[name] is not None}
    return Sentence(**{**row, **read})
