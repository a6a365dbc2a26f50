"""Notifications that wait for their next try: rows of a table, so that none holds up another.

On a topic a record that is due in an hour would stand in the way of one that is due in a minute.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import NoReturn

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intelligence_ingest.delay import failed_before, is_exhausted, next_try
from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.news import when
from intelligence_ingest.notifications import Dead, Later, Notifications, Outcome
from intelligence_ingest.reading import Prepared
from intelligence_ingest.store.rows import Values, upsert
from trunkline.bus import Record
from trunkline.database.transaction import Repeatable, in_transaction, transaction
from trunkline.errors import Transient
from trunkline.events.wire import decode_notification
from trunkline.logs import get_logger

log = get_logger()

EVERY_SECONDS = 1.0
AT_ONCE = 50
KEY = ("topic", "partition", "offset")

# By index delayed_due. Who takes a row has it for five minutes: if that process dies, others do it.
TAKE = """
    UPDATE intelligence.delayed SET due_at = clock_timestamp() + interval '5 minutes'
    WHERE (topic, partition, "offset") IN (
        SELECT topic, partition, "offset" FROM intelligence.delayed
        WHERE due_at <= now() ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING topic, partition, "offset", key, value, headers::text AS headers, attempts
"""
DONE = """
    DELETE FROM intelligence.delayed
    WHERE topic = :topic AND partition = :partition AND "offset" = :offset
"""
AGAIN = """
    UPDATE intelligence.delayed SET attempts = :attempts, due_at = :due_at
    WHERE topic = :topic AND partition = :partition AND "offset" = :offset
"""


async def prepare_delayed(records: Sequence[Record]) -> Prepared:
    """Records of the retry topic become rows, in the transaction of the topic's offset.

    Raises `Invalid` for one that is no notification: nobody could do anything with its row.
    """
    for record in records:
        decode_notification(record.value)
    return Prepared(partial(_keep, [_row(record) for record in records]))


async def _keep(rows: Sequence[dict[str, object]], connection: AsyncConnection) -> None:
    await upsert(connection, "delayed", rows, KEY, "false")


def _row(record: Record) -> dict[str, object]:
    due_ms = record.headers.get("retry.due_ms", "")
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key,
        "value": record.value,
        "headers": dict(record.headers),
        "attempts": failed_before(record.headers),
        "due_at": when(int(due_ms) if due_ms.isdecimal() else record.timestamp_ms),
    }


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row: its key, its record, and how often it has failed."""

    key: Values
    record: Record
    failed: int


class Delays:
    """Takes up what is due."""

    def __init__(
        self, engine: AsyncEngine, notifications: Notifications, metrics: IngestMetrics
    ) -> None:
        self._engine = engine
        self._notifications = notifications
        self._metrics = metrics

    async def run(self) -> NoReturn:
        """Look each second, until cancelled."""
        while True:
            taken = 0
            try:
                taken = await self.once()
            except* Transient as group:
                log.warning("delays_wait", reason=type(group.exceptions[0]).__name__)
            if not taken:
                await asyncio.sleep(EVERY_SECONDS)

    async def once(self) -> int:
        """Try what is due, some at a time; how many there were."""
        async with transaction(self._engine) as connection:
            taken = await connection.execute(text(TAKE), {"limit": AT_ONCE})
            waiting = [_waiting(dict(row._mapping)) for row in taken]
            count = await connection.scalar(text("SELECT count(*) FROM intelligence.delayed"))
        self._metrics.delayed.set(count or 0)
        async with asyncio.TaskGroup() as tasks:
            for each in waiting:
                tasks.create_task(self._try(each), name="delayed")
        return len(waiting)

    async def _try(self, waiting: Waiting) -> None:
        for outcome in await self._notifications.fetch([waiting.record]):
            if isinstance(outcome, Later) and not is_exhausted(waiting.failed + 1):
                await self._put_off(waiting)
                return
            await self._settle(outcome, waiting)
        await self._finish(waiting, [])

    async def _settle(self, outcome: Outcome, waiting: Waiting) -> None:
        match outcome:
            case Later(record, error) | Dead(record, error):
                await self._notifications.bury(Dead(record, error))
            case _:
                await self._store(outcome, waiting)

    async def _store(self, outcome: Outcome, waiting: Waiting) -> None:
        try:
            await self._finish(waiting, [outcome])
        except Transient:
            raise
        except Exception as error:  # the boundary of one record: a bug ends this one only
            await self._notifications.bury(Dead(waiting.record, error))

    async def _finish(self, waiting: Waiting, outcomes: Sequence[Outcome]) -> None:
        @Repeatable
        async def work(connection: AsyncConnection) -> None:
            await self._notifications.store(outcomes, connection)
            await connection.execute(text(DONE), waiting.key)

        await in_transaction(self._engine, work)

    async def _put_off(self, waiting: Waiting) -> None:
        failed = waiting.failed + 1
        due = {"attempts": failed, "due_at": next_try(failed, datetime.now(UTC))}
        async with transaction(self._engine) as connection:
            await connection.execute(text(AGAIN), waiting.key | due)


def _waiting(row: Values) -> Waiting:
    record = Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        key=row["key"],
        value=row["value"],
        headers=msgspec.json.decode(row["headers"]),
    )
    return Waiting({column: row[column] for column in KEY}, record, row["attempts"])
