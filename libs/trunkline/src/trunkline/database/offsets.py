"""How far a topic was read, kept in the transaction of what its records did.

Kafka delivers at least once. When effects and offset are committed together, a record that comes
again finds its offset passed, and has no second effect.
"""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from trunkline.bus import TopicPartition
from trunkline.database.names import checked
from trunkline.errors import TrunklineError


class AlreadyConsumed(TrunklineError):
    """The record's effects are in the database: it came again, or another process was faster."""


def offset_table(schema: str) -> str:
    """The statement that makes the table; a service's revision runs it."""
    return f"""
        CREATE TABLE {checked(schema)}.consumer_offset (
            consumer          text NOT NULL,
            topic             text NOT NULL,
            partition         integer NOT NULL,
            -- Of the first record whose effects are not in the database.
            next_offset       bigint NOT NULL,
            updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (consumer, topic, partition)
        )"""


class ConsumerOffsets:
    """The offsets of one consumer: a name for one use of the topics, which all replicas share."""

    def __init__(self, schema: str, consumer: str) -> None:
        self._table = f"{checked(schema)}.consumer_offset"
        self._consumer = consumer

    async def load(self, connection: AsyncConnection) -> Mapping[TopicPartition, int]:
        """Where reading goes on in each partition; those never read are not in it."""
        rows = await connection.execute(
            text(
                f"SELECT topic, partition, next_offset FROM {self._table}"
                " WHERE consumer = :consumer"
            ),
            {"consumer": self._consumer},
        )
        return {TopicPartition(row.topic, row.partition): row.next_offset for row in rows}

    async def store(
        self, connection: AsyncConnection, where: TopicPartition, next_offset: int
    ) -> None:
        """Note that everything before `next_offset` has had its effects.

        Call it first in the transaction: the row's lock makes a process that lost the partition
        and the one that has it take turns. It never goes back: raises `AlreadyConsumed` when the
        database is that far already, and the transaction must be rolled back.
        """
        # The primary key finds the row; the condition decides, under its lock.
        done = await connection.execute(
            text(
                f"INSERT INTO {self._table} AS kept (consumer, topic, partition, next_offset)"
                " VALUES (:consumer, :topic, :partition, :next_offset)"
                " ON CONFLICT (consumer, topic, partition) DO UPDATE"
                " SET next_offset = excluded.next_offset, updated_at = clock_timestamp()"
                " WHERE kept.next_offset < excluded.next_offset"
            ),
            {
                "consumer": self._consumer,
                "topic": where.topic,
                "partition": where.partition,
                "next_offset": next_offset,
            },
        )
        if done.rowcount == 0:
            raise AlreadyConsumed
