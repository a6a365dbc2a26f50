"""Begins erasures, and keeps what became of them at each place where the data was."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.store.anchors import take_erasure_lock
from intelligence_ingest.store.erasures import (
    forget_calls,
    forget_sources,
    forget_transcripts,
    note_erased,
)
from trunkline.protect import Index

LEASE_SECONDS = 180.0  # a process that dies with a place in hand is replaced after this


class PlaceState(StrEnum):
    """What became of the data at one place."""

    PENDING = "pending"
    ERASED = "erased"
    ABSENT = "absent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Asked:
    """An erasure as somebody asked for it."""

    tenant_id: str
    by: str
    call_sid: str | None = None
    transcript_sid: str | None = None
    """A transcript, or a conversation of the third version."""
    indexes: Sequence[Index] = ()
    """The number under every key that rows may have been stored with."""

    @property
    def kind(self) -> str:
        """Which of the three it is."""
        if self.indexes:
            return "number"
        return "call" if self.call_sid is not None else "transcript"


@dataclass(frozen=True, slots=True)
class Place:
    """Something to be deleted at Twilio."""

    erasure_id: uuid.UUID
    place: str
    subject_id: str
    tenant_id: str
    tries: int


_CALL = """
SELECT call_sid FROM intelligence.call WHERE tenant_id = :tenant_id AND call_sid = :call_sid
"""
_TRANSCRIPT = """
SELECT 1 FROM intelligence.transcript WHERE tenant_id = :tenant_id AND transcript_sid = :sid
"""
# By index call_number.
_CALLS_OF_NUMBER = """
SELECT call_sid FROM intelligence.call WHERE tenant_id = :tenant_id AND num_hmac = ANY(:hmacs)
"""
_ERASURE = """
INSERT INTO intelligence.erasure (id, tenant_id, kind, num_key, num_hmac, requested_by)
VALUES (:id, :tenant_id, :kind, :num_key, :num_hmac, :by)
"""
_NUMBER = """
INSERT INTO intelligence.erased_number (num_hmac, erasure_id, tenant_id, num_key, before)
SELECT :num_hmac, id, tenant_id, :num_key, requested_at FROM intelligence.erasure WHERE id = :id
"""
_DATABASE = """
INSERT INTO intelligence.erasure_place (erasure_id, place, tenant_id, state)
VALUES (:id, 'database', :tenant_id, 'erased')
"""


async def begin_erasure(connection: AsyncConnection, asked: Asked) -> uuid.UUID | None:
    """Forget what it is about, and note what Twilio has to delete.

    Nothing is begun for a call or a transcript that is not the tenant's. A number need not have any
    call: those still on their way are refused.
    """
    await take_erasure_lock(connection)
    calls, transcripts = await _calls(connection, asked), await _transcripts(connection, asked)
    if not (asked.indexes or calls or transcripts):
        return None
    erasure_id = await _begun(connection, asked)
    await note_erased(connection, erasure_id, [(sid, asked.tenant_id) for sid in calls])
    await forget_calls(connection, erasure_id, calls)
    await forget_transcripts(
        connection, erasure_id, [(sid, asked.tenant_id) for sid in transcripts]
    )
    of_tenant = {"id": erasure_id, "tenant_id": asked.tenant_id}
    await connection.execute(text(_DATABASE), of_tenant)
    await finish(connection, erasure_id)
    return erasure_id


async def _begun(connection: AsyncConnection, asked: Asked) -> uuid.UUID:
    erasure_id = uuid.uuid4()
    first = asked.indexes[0] if asked.indexes else None
    values = {
        "id": erasure_id,
        "tenant_id": asked.tenant_id,
        "kind": asked.kind,
        "num_key": first.key if first else None,
        "num_hmac": first.hmac if first else None,
        "by": asked.by,
    }
    await connection.execute(text(_ERASURE), values)
    for index in asked.indexes:
        number = {"id": erasure_id, "num_key": index.key, "num_hmac": index.hmac}
        await connection.execute(text(_NUMBER), number)
    return erasure_id


async def _transcripts(connection: AsyncConnection, asked: Asked) -> Sequence[str]:
    if asked.transcript_sid is None:
        return []
    values = {"tenant_id": asked.tenant_id, "sid": asked.transcript_sid}
    found = await connection.scalar(text(_TRANSCRIPT), values)
    return [asked.transcript_sid] if found else []


async def _calls(connection: AsyncConnection, asked: Asked) -> Collection[str]:
    if asked.call_sid is not None:
        values: dict[str, Any] = {"tenant_id": asked.tenant_id, "call_sid": asked.call_sid}
        found = await connection.execute(text(_CALL), values)
    elif not asked.indexes:
        return []
    else:
        hmacs = [index.hmac for index in asked.indexes]
        found = await connection.execute(
            text(_CALLS_OF_NUMBER), {"tenant_id": asked.tenant_id, "hmacs": hmacs}
        )
    return [row.call_sid for row in found]


# By index erasure_place_due. The lease keeps other processes away while Twilio is asked.
TAKE = """
UPDATE intelligence.erasure_place AS taken
SET tries = taken.tries + 1, updated_at = clock_timestamp(),
    due_at = clock_timestamp() + interval '1 second' * :lease
FROM (SELECT erasure_id, place, subject_id FROM intelligence.erasure_place
      WHERE state = 'pending' AND due_at <= now()
      ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED) AS due
WHERE (taken.erasure_id, taken.place, taken.subject_id)
    = (due.erasure_id, due.place, due.subject_id)
RETURNING taken.erasure_id, taken.place, taken.subject_id, taken.tenant_id, taken.tries
"""


async def take_places(connection: AsyncConnection, limit: int) -> Sequence[Place]:
    """Some places that are due; nobody else takes them for a while.

    Conversations come last, those of calls before: what is there is listed by them.
    """
    found = await connection.execute(text(TAKE), {"limit": limit, "lease": LEASE_SECONDS})
    return sorted(
        (Place(*row) for row in found),
        key=lambda each: each.place == "conversation" and not each.subject_id.startswith("CA"),
    )


async def erase_also(connection: AsyncConnection, place: Place, sids: Sequence[str]) -> None:
    """What Twilio says belongs to it is erased here at once, and becomes places of its own."""
    if sids:
        await take_erasure_lock(connection)
        subjects = [(sid, place.tenant_id) for sid in sids]
        await note_erased(connection, place.erasure_id, subjects)
        await forget_sources(connection, place.erasure_id, sids)


_SETTLE = """
UPDATE intelligence.erasure_place
SET state = :state, error_code = :error_code, updated_at = clock_timestamp(),
    due_at = clock_timestamp() + interval '1 second' * :again_in
WHERE erasure_id = :erasure_id AND place = :place AND subject_id = :subject_id
"""


async def settle(
    connection: AsyncConnection,
    place: Place,
    state: PlaceState,
    error_code: str | None = None,
    again_in: float = 0.0,
) -> None:
    """Keep what became of it; the last place finishes the erasure."""
    values = {
        "state": state.value,
        "error_code": error_code,
        "again_in": again_in,
        "erasure_id": place.erasure_id,
        "place": place.place,
        "subject_id": place.subject_id,
    }
    await connection.execute(text(_SETTLE), values)
    await finish(connection, place.erasure_id)


# Who settles the last two places at once must not both see the other's as pending.
_LOCK = "SELECT 1 FROM intelligence.erasure WHERE id = :id FOR UPDATE"
_FINISH = """
UPDATE intelligence.erasure
SET finished_at = clock_timestamp(), state = CASE WHEN EXISTS (
        SELECT 1 FROM intelligence.erasure_place WHERE erasure_id = :id AND state = 'failed')
    THEN 'incomplete' ELSE 'completed' END
WHERE id = :id AND state = 'running' AND NOT EXISTS (
    SELECT 1 FROM intelligence.erasure_place WHERE erasure_id = :id AND state = 'pending')
"""


async def finish(connection: AsyncConnection, erasure_id: uuid.UUID) -> None:
    """Close the erasure if nothing of it is pending."""
    await connection.execute(text(_LOCK), {"id": erasure_id})
    await connection.execute(text(_FINISH), {"id": erasure_id})


_READ = """
SELECT id, kind, state, requested_at, requested_by, finished_at
FROM intelligence.erasure WHERE tenant_id = :tenant_id AND id = :id
"""
_PLACES = """
SELECT place, subject_id, state, tries, error_code, updated_at
FROM intelligence.erasure_place WHERE erasure_id = :id ORDER BY place, subject_id
"""


async def read_erasure(
    connection: AsyncConnection, tenant_id: str, erasure_id: uuid.UUID
) -> tuple[Row[Any], Sequence[Row[Any]]] | None:
    """The tenant's erasure and its places; by their primary keys."""
    values = {"tenant_id": tenant_id, "id": erasure_id}
    row = (await connection.execute(text(_READ), values)).one_or_none()
    if row is None:
        return None
    return row, (await connection.execute(text(_PLACES), {"id": erasure_id})).all()
