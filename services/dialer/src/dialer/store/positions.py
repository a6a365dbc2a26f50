"""Where reading the bus goes on, by partition: written in the transactions of what was read."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from trunkline.bus import TopicPartition

# The primary key finds them; their locks, always taken in this order, make those take turns who
# both think a partition theirs.
_BEGIN = text("""
INSERT INTO dialer.consumed_offset (topic, partition, next_offset)
SELECT place.*, 0
FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[])) AS place (topic, partition)
ORDER BY topic, partition
ON CONFLICT (topic, partition) DO UPDATE SET topic = excluded.topic
RETURNING topic, partition, next_offset
""")


async def begin(
    connection: AsyncConnection, wheres: Sequence[TopicPartition]
) -> Mapping[TopicPartition, int]:
    """Lock these, and see where they stand."""
    values = {
        "topics": [where.topic for where in wheres],
        "partitions": [where.partition for where in wheres],
    }
    rows = await connection.execute(_BEGIN, values)
    return {TopicPartition(row.topic, row.partition): row.next_offset for row in rows}


# The primary key finds them.
_GO_ON = text("""
UPDATE dialer.consumed_offset AS kept
SET next_offset = greatest(kept.next_offset, place.next_offset), record_at = place.record_at,
    updated_at = clock_timestamp()
FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:offsets AS bigint[]),
            CAST(:record_ats AS timestamptz[]))
     AS place (topic, partition, next_offset, record_at)
WHERE kept.topic = place.topic AND kept.partition = place.partition
""")


async def go_on(
    connection: AsyncConnection, ends: Mapping[TopicPartition, tuple[int, datetime]]
) -> None:
    """Go on there, by partition, behind a record of that time."""
    values = {
        "topics": [where.topic for where in ends],
        "partitions": [where.partition for where in ends],
        "offsets": [offset for offset, _ in ends.values()],
        "record_ats": [record_at for _, record_at in ends.values()],
    }
    await connection.execute(_GO_ON, values)


# The primary key finds them; a handful of rows.
_POSITIONS = text("""
SELECT topic, partition, next_offset FROM dialer.consumed_offset
WHERE topic = ANY (CAST(:topics AS text[]))
""")


async def positions(
    connection: AsyncConnection, topics: Sequence[str]
) -> dict[TopicPartition, int]:
    """Where reading goes on."""
    rows = await connection.execute(_POSITIONS, {"topics": list(topics)})
    return {TopicPartition(row.topic, row.partition): row.next_offset for row in rows}
