"""What the bus has told: stored with the offset behind it and with its effects, in one transaction.

A record that comes again finds its offset passed; news that comes again in another record finds
itself known. So a record is read at least once and has its effects exactly once.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.attempt_events import Event, LifecycleEnded
from dialer.crash import Point
from dialer.news import News
from dialer.store import attempts
from dialer.store.attempts import Held
from dialer.store.locks import lock_numbers
from dialer.store.optouts import opt_out
from dialer.store.positions import begin, go_on
from dialer.store.reduction import Chances, Reduction, Todo
from trunkline.bus import TopicPartition
from trunkline.protect import NumberVault

Place = tuple[TopicPartition, int]
"""Where a record lies: its partition, and its offset there."""


class Rewound(Exception):
    """The database has gone back behind what was read: after a failover, perhaps. It has to be read
    again from where the database is now."""


@dataclass(frozen=True, slots=True)
class Told:
    """One record, read: its offset, and the news in it."""

    offset: int
    news: News


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one partition, in order, some perhaps seen before."""

    where: TopicPartition
    told: Sequence[Told]
    next_offset: int
    """Behind the last record that was read, news or not."""
    record_at: datetime
    passed: int = 0
    """As far as the database was known to be, when it was read."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch brought: things to do, and how many records are of attempts nobody knows."""

    todo: Sequence[Todo] = ()
    unknown: int = 0
    misfits: int = 0
    """Records that speak of an attempt in another tenant's name."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """Takes records in."""

    vault: NumberVault
    chances: Chances

    async def take_in(self, connection: AsyncConnection, batches: Sequence[Batch]) -> Taken:
        """All of these, one of each partition, or nothing; in a transaction of its own. Raises
        `Rewound`."""
        await lock_numbers(connection, self._number_locks(batches))
        begun = await begin(connection, [batch.where for batch in batches])
        if any(begun[batch.where] < batch.passed for batch in batches):
            raise Rewound
        fresh = {
            (batch.where, told.offset): told.news
            for batch in batches
            for told in batch.told
            if told.offset >= begun[batch.where]
        }
        known = await self._store(connection, fresh)
        self.chances.crash(Point.AFTER_INBOX)
        new = {place: news for place, news in fresh.items() if place in known}
        taken = await self._apply(connection, new)
        await go_on(
            connection,
            {batch.where: (batch.next_offset, batch.record_at) for batch in batches},
        )
        return taken

    def _number_locks(self, batches: Sequence[Batch]) -> list[int]:
        return [
            key
            for batch in batches
            for told in batch.told
            if told.news.opt_out is not None
            for key in self.vault.locks(told.news.tenant_id, told.news.opt_out.number)
        ]

    async def _store(
        self, connection: AsyncConnection, fresh: Mapping[Place, News]
    ) -> frozenset[Place]:
        """Where that lies which is really new."""
        if not fresh:
            return frozenset()
        rows = [{**_columns_of(place), **self._row(news)} for place, news in fresh.items()]
        found = await connection.execute(_STORE, _by_column(rows))
        return frozenset(
            (TopicPartition(topic, partition), offset) for topic, partition, offset in found
        )

    def _row(self, news: News) -> Mapping[str, object]:
        return {
            "tenant_ids": news.tenant_id,
            "kinds": news.kind,
            "call_sids": news.call_sid,
            "account_sids": news.account_sid or None,
            "attempt_ids": news.attempt_id,
            "sequences": news.sequence,
            "news": news.news,
            "body_encs": self.vault.encrypt(news.body) if news.body else None,
        }

    async def _apply(self, connection: AsyncConnection, new: Mapping[Place, News]) -> Taken:
        work = await Reduction.begin(connection, self.chances)
        ids = [news.attempt_id for news in new.values() if news.attempt_id is not None]
        session = _Session(connection, work, self.vault, await attempts.lock(connection, ids))
        of_nobody = [place for place, news in new.items() if not await session.one(news)]
        await work.finish()
        if of_nobody:
            rows = [_columns_of(place) for place in of_nobody]
            await connection.execute(_NOT_REDUCED, _by_column(rows))
        return Taken(work.todo, session.unknown, session.misfits)


@dataclass(slots=True)
class _Session:
    """One transaction's news, and the attempts that it has locked for them, as they are by now."""

    connection: AsyncConnection
    work: Reduction
    vault: NumberVault
    held: dict[uuid.UUID, Held]
    unknown: int = 0
    misfits: int = 0

    async def one(self, news: News) -> bool:
        """Apply it; whether there was anything to apply it to."""
        known = self._attempt(news)
        outdated = news.kind != "status" and await _is_outdated(self.connection, news)
        if known is not None:
            events = [each for each in news.events if not (outdated and _ends(each))]
            self.held[known.id] = await self.work.feed(known, *events, facts=news.facts)
        if news.opt_out is not None:
            await opt_out(self.connection, self.work, self.vault, news, self.held)
        return known is not None or news.attempt_id is None

    def _attempt(self, news: News) -> Held | None:
        """The attempt that it is about. A ticket of another tenant is nobody's."""
        if news.attempt_id is None:
            return None
        known = self.held.get(news.attempt_id)
        if known is None:
            self.unknown += 1
        elif known.tenant_id != news.tenant_id:
            self.misfits += 1
            return None
        return known


def _ends(event: Event) -> bool:
    return isinstance(event, LifecycleEnded)


# inbox_news refuses what another record has told already.
_STORE = text("""
INSERT INTO dialer.inbox (topic, partition, "offset", tenant_id, kind, call_sid, account_sid,
                          attempt_id, sequence, news, body_enc, state, reduced_at)
SELECT told.*, 'reduced', clock_timestamp()
FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:offsets AS bigint[]),
            CAST(:tenant_ids AS text[]), CAST(:kinds AS text[]), CAST(:call_sids AS text[]),
            CAST(:account_sids AS text[]), CAST(:attempt_ids AS uuid[]),
            CAST(:sequences AS bigint[]), CAST(:news AS text[]), CAST(:body_encs AS bytea[]))
     AS told
ON CONFLICT DO NOTHING
RETURNING topic, partition, "offset"
""")

# The primary key finds them: those few that there was no attempt for.
_NOT_REDUCED = text("""
UPDATE dialer.inbox SET state = 'new', reduced_at = NULL
WHERE (topic, partition, "offset") IN (
    SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[]),
                         CAST(:offsets AS bigint[])))
""")


def _by_column(rows: Sequence[Mapping[str, object]]) -> Mapping[str, Sequence[object]]:
    """Rows of the same columns as `unnest` takes them."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def _columns_of(place: Place) -> Mapping[str, object]:
    where, offset = place
    return {"topics": where.topic, "partitions": where.partition, "offsets": offset}


# The primary key finds the call.
_FACT = text("""
INSERT INTO dialer.call_fact AS kept
    (call_sid, tenant_id, account_sid, attempt_id, epoch, answered_at, opted_out_at, ended_at)
VALUES (:call_sid, :tenant_id, :account_sid, :attempt_id, :epoch,
        CASE WHEN :answered THEN clock_timestamp() END,
        CASE WHEN :opted_out THEN clock_timestamp() END,
        CASE WHEN :ended THEN clock_timestamp() END)
ON CONFLICT (call_sid) DO UPDATE
SET epoch = greatest(kept.epoch, excluded.epoch),
    account_sid = coalesce(kept.account_sid, excluded.account_sid),
    attempt_id = coalesce(kept.attempt_id, excluded.attempt_id),
    answered_at = coalesce(kept.answered_at, excluded.answered_at),
    opted_out_at = coalesce(kept.opted_out_at, excluded.opted_out_at),
    ended_at = CASE WHEN excluded.epoch >= kept.epoch
                    THEN coalesce(excluded.ended_at, kept.ended_at) ELSE kept.ended_at END,
    updated_at = clock_timestamp()
RETURNING epoch
""")


async def _is_outdated(connection: AsyncConnection, news: News) -> bool:
    """Keep what is known of the call; whether a later attachment has spoken for it since.

    What Twilio itself has said of the end is never outdated.
    """
    values = {
        "call_sid": news.call_sid,
        "tenant_id": news.tenant_id,
        "account_sid": news.account_sid or None,
        "attempt_id": news.attempt_id,
        "epoch": news.sequence if news.kind == "lifecycle" else -1,
        "answered": news.kind == "answered",
        "opted_out": news.opt_out is not None,
        "ended": any(map(_ends, news.events)),
    }
    epoch: int = (await connection.execute(_FACT, values)).scalar_one()
    return not news.final and news.sequence < epoch


# The primary key finds it.
_DEAD = text("""
INSERT INTO dialer.inbox (topic, partition, "offset", tenant_id, kind, call_sid, account_sid,
                          attempt_id, sequence, news, state)
VALUES (:topic, :partition, :offset, :tenant_id, :kind, :call_sid, :account_sid, :attempt_id,
        :sequence, :news, 'dead')
ON CONFLICT DO NOTHING
""")


async def set_aside(
    connection: AsyncConnection, where: TopicPartition, offset: int, news: News, record_at: datetime
) -> None:
    """Note that a record could not be read, or not be applied, and go on behind it.

    Its attempt, or all that were posted by then where it is not known, is never taken for one that
    placed no call.
    """
    await begin(connection, [where])
    values = {
        "topic": where.topic,
        "partition": where.partition,
        "offset": offset,
        "tenant_id": news.tenant_id,
        "kind": news.kind,
        "call_sid": news.call_sid,
        "account_sid": news.account_sid or None,
        "attempt_id": news.attempt_id,
        "sequence": news.sequence,
        "news": f"{news.news} at {where.partition}:{offset}",
    }
    await connection.execute(_DEAD, values)
    await go_on(connection, {where: (offset + 1, record_at)})
