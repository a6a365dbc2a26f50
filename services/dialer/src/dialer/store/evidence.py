"""What proves that there was no call: listings, and an inbox that has everything that was written.

A reading says where the partitions of the bus ended at a moment. An inbox whose offsets have passed
all of a reading has taken in what was written before that moment.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.absence import Listing, Proof
from dialer.store.attempts import Held
from dialer.store.claim import Reserved
from trunkline.bus import TopicPartition

_READING = text("""
INSERT INTO dialer.end_offset (read_at, topic, partition, end_offset)
SELECT :read_at, ends.* FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[]),
                                    CAST(:ends AS bigint[])) AS ends
ON CONFLICT DO NOTHING
""")


async def add_reading(
    connection: AsyncConnection, read_at: datetime, ends: Mapping[TopicPartition, int]
) -> None:
    """Keep a reading. `read_at` is a moment before the bus was asked."""
    places = list(ends)
    values = {
        "read_at": read_at,
        "topics": [place.topic for place in places],
        "partitions": [place.partition for place in places],
        "ends": [ends[place] for place in places],
    }
    await connection.execute(_READING, values)


# The primary keys: some hundred readings of a dozen partitions, the newest first. A partition that
# nothing was read from, and that is empty, has been read to its end.
_PASSED = text("""
SELECT reading.read_at FROM (
    SELECT DISTINCT read_at FROM dialer.end_offset WHERE topic = ANY (CAST(:topics AS text[]))
) AS reading
WHERE NOT EXISTS (
    SELECT FROM dialer.end_offset
    LEFT JOIN dialer.consumed_offset USING (topic, partition)
    WHERE end_offset.read_at = reading.read_at
      AND end_offset.topic = ANY (CAST(:topics AS text[]))
      AND coalesce(next_offset, 0) < end_offset)
ORDER BY reading.read_at DESC LIMIT 1
""")


async def passed_reading(connection: AsyncConnection, topics: Sequence[str]) -> datetime | None:
    """When the newest reading was taken that the inbox has passed in every partition."""
    found: datetime | None = (
        await connection.execute(_PASSED, {"topics": list(topics)})
    ).scalar_one_or_none()
    return found


# The primary key finds it.
_LATEST = text("SELECT max(read_at) FROM dialer.end_offset")


async def latest_reading(connection: AsyncConnection) -> datetime | None:
    """When the newest reading was taken, passed or not."""
    found: datetime | None = (await connection.execute(_LATEST)).scalar_one()
    return found


# Only the newest reading that was passed proves anything: older ones are of no use.
_FORGET = text(
    "DELETE FROM dialer.end_offset WHERE read_at < clock_timestamp() - interval '10 minutes'"
)


async def forget_readings(connection: AsyncConnection) -> None:
    """Remove what no proof can need any more."""
    await connection.execute(_FORGET)


_LISTING = text("""
INSERT INTO dialer.listing (attempt_id, tenant_id, listed_at, clean, candidates)
VALUES (:attempt_id, :tenant_id, :listed_at, :clean, :candidates)
ON CONFLICT DO NOTHING
""")


async def add_listing(
    connection: AsyncConnection, held: Held, listed_at: datetime, candidates: Sequence[str]
) -> None:
    """Keep what Twilio has listed. `listed_at` is a moment before it was asked."""
    values = {
        "attempt_id": held.id,
        "tenant_id": held.tenant_id,
        "listed_at": listed_at,
        "clean": not candidates,
        "candidates": list(candidates),
    }
    await connection.execute(_LISTING, values)


# The primary key finds them.
_LISTINGS = text("""
SELECT listed_at, clean FROM dialer.listing WHERE attempt_id = :id ORDER BY listed_at
""")

# The primary key finds the worker.
_OWNER_DEAD = text("""
SELECT ended_at IS NOT NULL OR lease_until < clock_timestamp() FROM dialer.worker
WHERE epoch = :epoch
""")

# inbox_attempt finds those of the attempt; inbox_dead holds the few that were set aside.
_DEAD = text("""
SELECT EXISTS (SELECT FROM dialer.inbox WHERE attempt_id = :id AND state = 'dead')
    OR EXISTS (SELECT FROM dialer.inbox
               WHERE state = 'dead' AND attempt_id IS NULL AND read_at > :posting_at)
""")


async def proof_of(connection: AsyncConnection, held: Held, topics: Sequence[str]) -> Proof:
    """Everything that was gathered for an attempt, as this transaction sees it."""
    listings = await connection.execute(_LISTINGS, {"id": held.id})
    dead = await connection.execute(_OWNER_DEAD, {"epoch": held.owner_epoch})
    values = {"id": held.id, "posting_at": held.life.posting_at}
    letters = await connection.execute(_DEAD, values)
    return Proof(
        listings=[Listing(row.listed_at, row.clean) for row in listings],
        owner_dead=dead.scalar_one(),
        ends_read_at=await passed_reading(connection, topics),
        dead_letters=letters.scalar_one(),
    )


# The constraint on (contact_id, attempt_no) serves it.
_IN_DOUBT = text("""
SELECT id FROM (
    SELECT id, state FROM dialer.attempt
    WHERE contact_id = :contact_id AND id <> :id AND posting_at IS NOT NULL
      AND state NOT IN ('released', 'rejected')
    ORDER BY attempt_no DESC LIMIT 1) AS last
WHERE state IN ('not_placed', 'indeterminate')
""")


async def last_in_doubt(connection: AsyncConnection, reserved: Reserved) -> uuid.UUID | None:
    """The contact's attempt before this one, if it is not known to have been a call."""
    values = {"contact_id": reserved.contact.id, "id": reserved.attempt_id}
    found: uuid.UUID | None = (await connection.execute(_IN_DOUBT, values)).scalar_one_or_none()
    return found


# attempt_sid finds them; second_sid is empty but in a disaster.
_BOUND = text("SELECT sid FROM dialer.attempt WHERE sid = ANY (CAST(:sids AS text[]))")


async def bound(connection: AsyncConnection, sids: Sequence[str]) -> frozenset[str]:
    """Which of these calls are some attempt's."""
    return frozenset((await connection.execute(_BOUND, {"sids": list(sids)})).scalars())


# Serves whoever looks for an attempt's call: its two numbers, still encrypted.
_NUMBERS = text("""
SELECT contact.num_enc AS to_enc, from_number.num_enc AS from_enc
FROM dialer.attempt
JOIN dialer.contact ON contact.id = attempt.contact_id
JOIN dialer.from_number ON from_number.id = attempt.from_number_id
WHERE attempt.id = :id
""")


async def numbers_of(connection: AsyncConnection, attempt_id: uuid.UUID) -> tuple[bytes, bytes]:
    """The called and the calling number of an attempt, encrypted."""
    row = (await connection.execute(_NUMBERS, {"id": attempt_id})).one()
    return row.to_enc, row.from_enc
