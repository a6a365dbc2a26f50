"""Events from the outbox to the bus: at least once, each campaign's in their order."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.crash import Crash, Point
from dialer.metrics import DialerMetrics
from dialer.store import outbox
from trunkline.bus import Producer
from trunkline.database.transaction import in_transaction, transaction

KEYS = 50
EVENTS = 200  # of one key in one transaction


class Relay:
    """Publishes what waits. Replicas share the work by campaign."""

    def __init__(
        self, engine: AsyncEngine, producer: Producer, crash: Crash, metrics: DialerMetrics
    ) -> None:
        self._engine = engine
        self._producer = producer
        self._crash = crash
        self._metrics = metrics

    async def publish(self) -> bool:
        """Publish some of every key; whether something was published, and more may wait."""
        keys = await in_transaction(self._engine, partial(outbox.waiting_keys, limit=KEYS))
        published = 0
        for topic, key in keys:
            async with transaction(self._engine) as connection:
                published += await self._publish(connection, topic, key)
        return published > 0

    async def _publish(self, connection: AsyncConnection, topic: str, key: str) -> int:
        """All or nothing is marked: a record that the bus has already is published again, under
        the same event id, and readers pass over it."""
        events = await outbox.take_oldest(connection, topic, key, EVENTS)
        sent = [
            await self._producer.send(
                topic,
                event.payload,
                key=event.key,
                headers={"type": event.type, "event_id": f"{event.event_id}"},
            )
            for event in events
        ]
        for acknowledged in sent:
            await acknowledged
        self._crash(Point.AFTER_RELAYED)
        await outbox.mark_published(connection, [event.id for event in events])
        self._metrics.relayed.inc(len(events))
        return len(events)
