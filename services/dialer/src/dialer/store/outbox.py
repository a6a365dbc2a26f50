"""Events on their way to the bus: written with what they tell, published in each campaign's order.

An event's version is given under its campaign's lock, at the end of a transaction: whoever reads
version 7 of a campaign has missed nothing below it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from trunkline.events.dial import AttemptFinished, DialEvent, DialNews, PersonCalled
from trunkline.events.topics import CALLED, DIALER_EVENTS
from trunkline.events.wire import encode_called, encode_dial, event_type


class Announcements:
    """What one transaction has to say of campaigns, in order, and what it gives back to them."""

    def __init__(self) -> None:
        self._news: dict[uuid.UUID, list[tuple[str, DialNews]]] = {}
        self._refunds: dict[uuid.UUID, int] = {}

    def add(self, tenant_id: str, campaign_id: uuid.UUID, news: DialNews) -> None:
        """Tell this once the transaction is committed."""
        self._news.setdefault(campaign_id, []).append((tenant_id, news))

    def refund(self, campaign_id: uuid.UUID, micros: int) -> None:
        """Give back what a call that there was not would have cost."""
        self._refunds[campaign_id] = self._refunds.get(campaign_id, 0) + micros

    async def write(self, connection: AsyncConnection, now: datetime) -> None:
        """Put them into the outbox; the last thing that a transaction does, as campaigns are
        locked by it."""
        for campaign_id in sorted(self._news):
            news = self._news[campaign_id]
            refund = self._refunds.pop(campaign_id, 0)
            last = await _versions(connection, campaign_id, len(news), refund)
            rows = [
                _row(tenant_id, campaign_id, last - len(news) + n, one, now)
                for n, (tenant_id, one) in enumerate(news, start=1)
            ]
            await connection.execute(_INSERT, rows)
        self._news.clear()


# The primary key finds it.
_VERSIONS = text("""
UPDATE dialer.campaign
SET version = version + :count, cost_micros = cost_micros - :refund, updated_at = clock_timestamp()
WHERE id = :id RETURNING version
""")


async def _versions(
    connection: AsyncConnection, campaign_id: uuid.UUID, count: int, refund: int
) -> int:
    values = {"id": campaign_id, "count": count, "refund": refund}
    version: int = (await connection.execute(_VERSIONS, values)).scalar_one()
    return version


_INSERT = text("""
INSERT INTO dialer.outbox (event_id, tenant_id, topic, key, type, payload, campaign_id,
                           campaign_version)
VALUES (:event_id, :tenant_id, :topic, :key, :type, :payload, :campaign_id, :campaign_version)
""")


def _row(
    tenant_id: str, campaign_id: uuid.UUID, version: int, news: DialNews, now: datetime
) -> dict[str, object]:
    event_id = event_id_of(news)
    at_ms = round(now.timestamp() * 1000)
    event = DialEvent(str(event_id), tenant_id, str(campaign_id), version, at_ms, news)
    return {
        "event_id": event_id,
        "tenant_id": tenant_id,
        "topic": DIALER_EVENTS.name,
        "key": str(campaign_id),
        "type": event_type(news),
        "payload": encode_dial(event),
        "campaign_id": campaign_id,
        "campaign_version": version,
    }


def event_id_of(news: DialNews) -> uuid.UUID:
    """Of an attempt's end always the same: where a failover has lost that it was told, it is told
    again, and whoever knows the id has heard of it."""
    if isinstance(news, AttemptFinished):
        return uuid.uuid5(uuid.UUID(news.attempt_id), "finished")
    return uuid.uuid4()


# A record of each person, published campaign by campaign: a transaction of the relay for each of
# them would cost more than the call.
_CALLED = text("""
INSERT INTO dialer.outbox (event_id, tenant_id, topic, key, record_key, type, payload)
VALUES (:event_id, :tenant_id, :topic, :key, :record_key, :type, :payload)
""")


async def tell_called(
    connection: AsyncConnection, tenant_id: str, campaign_id: uuid.UUID, called: PersonCalled
) -> None:
    """Tell that a person is being called, once the transaction is committed."""
    row = {
        "event_id": uuid.uuid4(),
        "tenant_id": tenant_id,
        "topic": CALLED.name,
        "key": str(campaign_id),
        "record_key": called.person,
        "type": event_type(called),
        "payload": encode_called(called),
    }
    await connection.execute(_CALLED, row)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event that the bus does not have yet."""

    id: int
    event_id: uuid.UUID
    topic: str
    key: str
    """What the record is keyed by."""
    type: str
    payload: bytes


# outbox_unpublished, from end to end: it holds only what is not published.
_KEYS = text("""
SELECT topic, key, min(id) AS first FROM dialer.outbox
WHERE published_at IS NULL GROUP BY topic, key ORDER BY first LIMIT :limit
""")

# One relay per key at a time, or two would publish it out of order.
_TURN = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 2))")

# outbox_unpublished serves it.
_OLDEST = text("""
SELECT id, event_id, topic, coalesce(record_key, key), type, payload FROM dialer.outbox
WHERE topic = :topic AND key = :key AND published_at IS NULL ORDER BY id LIMIT :limit
""")

_PUBLISHED = text("""
UPDATE dialer.outbox SET published_at = clock_timestamp() WHERE id = ANY (CAST(:ids AS bigint[]))
""")


async def waiting_keys(connection: AsyncConnection, limit: int) -> Sequence[tuple[str, str]]:
    """Topics and keys that have something to tell, those that wait longest first."""
    rows = await connection.execute(_KEYS, {"limit": limit})
    return [(row.topic, row.key) for row in rows]


async def take_oldest(
    connection: AsyncConnection, topic: str, key: str, limit: int
) -> Sequence[Outgoing]:
    """The oldest events of a key, for this transaction alone; none if another relay has them."""
    if not (await connection.execute(_TURN, {"key": f"{topic} {key}"})).scalar_one():
        return []
    rows = await connection.execute(_OLDEST, {"topic": topic, "key": key, "limit": limit})
    return [Outgoing(*row) for row in rows]


async def mark_published(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Note that the bus has them."""
    await connection.execute(_PUBLISHED, {"ids": list(ids)})
