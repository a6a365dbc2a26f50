"""Topics that are not what they were: reading stops until an operator says that it may begin anew.

A topic that ends before what was read of it, or whose last record that was read is another one, was
deleted and made again, or is another cluster's. What is written to it now would be taken for read,
so nobody may go on by himself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.migrate import SCHEMA
from intelligence_ingest.store.rows import upsert
from trunkline.api.audit import AuditEntry, record
from trunkline.bus import TopicPartition
from trunkline.errors import TrunklineError


@dataclass(frozen=True, slots=True)
class Gap:
    """A partition that is not the one that was read."""

    where: TopicPartition
    next_offset: int
    end_offset: int


class TopicRecreated(TrunklineError):
    """A topic is not the one that was read: it was deleted and made anew, or is another's."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        super().__init__()
        self.gaps = gaps


def check_not_recreated(
    stored: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> None:
    """Raises `TopicRecreated` where the database is further than the topic."""
    gaps = [
        Gap(where, offset, ends[where])
        for where, offset in stored.items()
        if where in ends and offset > ends[where]
    ]
    if gaps:
        raise TopicRecreated(gaps)


async def note_halt(connection: AsyncConnection, consumer: str, gaps: Sequence[Gap]) -> None:
    """Keep why reading has stopped, for the operator."""
    rows = [
        {
            "consumer": consumer,
            "topic": gap.where.topic,
            "partition": gap.where.partition,
            "next_offset": gap.next_offset,
            "end_offset": gap.end_offset,
        }
        for gap in gaps
    ]
    await upsert(connection, "halted_topic", rows, ("consumer", "topic", "partition"), "false")


async def is_halted(connection: AsyncConnection, consumer: str) -> bool:
    """Whether an operator has not spoken yet."""
    found = await connection.execute(
        text("SELECT 1 FROM intelligence.halted_topic WHERE consumer = :consumer LIMIT 1"),
        {"consumer": consumer},
    )
    return found.first() is not None


async def accept_topic(connection: AsyncConnection, topic: str, actor: str) -> int:
    """Let reading of a topic that was made anew begin at its beginning; how many partitions.

    What is in the database stays: keys are the same, so what comes again changes nothing.
    """
    for table in ("halted_topic", "consumer_offset"):
        done = await connection.execute(
            text(f"DELETE FROM intelligence.{table} WHERE topic = :topic"), {"topic": topic}
        )
    entry = AuditEntry("-", actor, "topic.accepted", "topic", topic)
    await record(connection, SCHEMA, entry)
    return int(done.rowcount)
