"""Tells a topic by the last record that was read of it: one that was made anew has another."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from trunkline.bus import Record, TopicPartition

# By the primary key. Rows of topics that were read before there were marks have none.
STORE = """
    UPDATE intelligence.consumer_offset SET last_record = :mark
    WHERE consumer = :consumer AND topic = :topic AND partition = :partition
"""
LOAD = """
    SELECT topic, partition, next_offset - 1 AS last_offset, last_record
    FROM intelligence.consumer_offset WHERE consumer = :consumer AND last_record IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """The last record that was read of a partition."""

    offset: int
    digest: bytes

    def is_of(self, record: Record) -> bool:
        """Whether this is the record, and not another one with its offset."""
        return digest(record) == self.digest


def digest(record: Record) -> bytes:
    """Equal for the same record, however often it is read."""
    told = f"{record.timestamp_ms} {record.key or ''} ".encode()
    return hashlib.sha256(told + record.value).digest()


async def store_mark(connection: AsyncConnection, consumer: str, last: Record) -> None:
    """In the transaction of its offset, behind it."""
    values = {"consumer": consumer, "topic": last.topic, "partition": last.partition}
    await connection.execute(text(STORE), {**values, "mark": digest(last)})


async def load_marks(connection: AsyncConnection, consumer: str) -> Mapping[TopicPartition, Mark]:
    """Those of all partitions that have one."""
    found = await connection.execute(text(LOAD), {"consumer": consumer})
    return {
        TopicPartition(row.topic, row.partition): Mark(row.last_offset, row.last_record)
        for row in found
    }
