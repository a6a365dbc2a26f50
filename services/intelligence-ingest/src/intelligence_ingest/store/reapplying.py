"""Erases again what a restored backup has brought back."""

import uuid
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.store.anchors import take_erasure_lock
from intelligence_ingest.store.erasures import forget, forget_calls, note_erased

_ERASURES = "SELECT id FROM intelligence.erasure ORDER BY requested_at"
# By the primary keys of erased and anchor: whatever is stored of a call or a transcript has one.
_BACK = """
SELECT subject_id FROM intelligence.erased JOIN intelligence.anchor USING (subject_id)
WHERE erasure_id = :id
"""
# Transcripts of erased sessions, made or found after those were erased.
_TRANSCRIPTS = """
SELECT t.transcript_sid, t.tenant_id FROM intelligence.erased AS e
JOIN intelligence.transcript AS t ON t.source_sid = e.subject_id WHERE e.erasure_id = :id
"""
# By index call_number.
_OF_NUMBER = """
SELECT call_sid, call.tenant_id FROM intelligence.erased_number AS gone
JOIN intelligence.call ON call.tenant_id = gone.tenant_id AND call.num_hmac = gone.num_hmac
WHERE gone.erasure_id = :id AND coalesce(call.started_at, call.filed_at) < gone.before
"""


async def erasures(connection: AsyncConnection) -> Sequence[uuid.UUID]:
    """All that there are, the oldest first."""
    return [row.id for row in await connection.execute(text(_ERASURES))]


async def reapply(connection: AsyncConnection, erasure_id: uuid.UUID) -> int:
    """Forget everything that this erasure is about; how many calls and transcripts were back.

    What it had not known by its id, it knows afterwards, and Twilio is asked to delete it.
    """
    await take_erasure_lock(connection)
    values = {"id": erasure_id}
    transcripts = (await connection.execute(text(_TRANSCRIPTS), values)).all()
    await note_erased(connection, erasure_id, [tuple(row) for row in transcripts])
    of_number = (await connection.execute(text(_OF_NUMBER), values)).all()
    await note_erased(connection, erasure_id, [tuple(row) for row in of_number])
    back = {row.subject_id for row in await connection.execute(text(_BACK), values)}
    await forget_calls(connection, erasure_id, [sid for sid in back if sid.startswith("CA")])
    await forget(connection, [], [sid for sid in back if not sid.startswith("CA")])
    return len(back)
