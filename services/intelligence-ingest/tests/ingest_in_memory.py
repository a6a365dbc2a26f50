"""What notifications and sweeps pass, on the in-memory bus and a fake of Twilio."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from counting import counts, rows
from events import VAULT, notified
from fake_intelligence import ACCOUNT, URL, FakeIntelligence
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from waiting import until_found

from intelligence_ingest.asking import TwilioApi
from intelligence_ingest.delays import Delays
from intelligence_ingest.fetcher import Fetcher
from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.notifications import Notifications
from intelligence_ingest.reading import BatchReader
from intelligence_ingest.sources import Sources
from intelligence_ingest.subscriptions import needed_topics, subscriptions
from intelligence_ingest.sweep import Rhythm, Sweep
from intelligence_ingest.transport import Transport
from trunkline.bus.dead_letters import DeadLetters, DlqLimit
from trunkline.bus.memory import MemoryBus
from trunkline.metrics import Registry

FAST = Rhythm(every=timedelta(0), first=timedelta(days=3650), per_second=1000)


@dataclass
class Ingest:
    """The parts that notifications pass, on the in-memory bus and a fake of Twilio."""

    engine: AsyncEngine
    bus: MemoryBus
    twilio: FakeIntelligence
    readers: list[BatchReader]
    delays: Delays
    sweep: Sweep
    registry: Registry

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(each.run(), name="reader") for each in self.readers]
            yield
            for task in running:
                task.cancel()

    async def announce(self, transcript: str, **values: Any) -> None:
        record = notified(transcript, **values)
        await self.bus.bulk.publish(record.topic, record.value, key=record.key)

    async def until_stored(self, transcripts: int) -> None:
        async def stored() -> bool:
            return (await counts(self.engine))["transcript"] == transcripts

        await until_found(stored)

    async def until_read(self, records: int) -> None:
        """However many partitions they are in."""

        async def read() -> bool:
            statement = (
                "SELECT coalesce(sum(next_offset), 0) AS n FROM intelligence.consumer_offset"
            )
            return bool((await rows(self.engine, statement))[0]["n"] == records)

        await until_found(read)

    async def until_waiting(self, notifications: int) -> None:
        async def waits() -> bool:
            return len(await rows(self.engine, "TABLE intelligence.delayed")) == notifications

        await until_found(waits)

    async def hurry(self) -> None:
        """As if the delays were over."""
        async with self.engine.begin() as connection:
            await connection.execute(text("UPDATE intelligence.delayed SET due_at = now()"))
        await self.delays.once()

    def figure(self, line: str) -> bool:
        return line in self.registry.exposition().decode()


@asynccontextmanager
async def open_ingest(engine: AsyncEngine) -> AsyncIterator[Ingest]:
    """The parts, none of which is running yet."""
    twilio, bus, registry = FakeIntelligence(), MemoryBus(), Registry()
    await bus.create_topics(needed_topics())
    metrics, letters = IngestMetrics(registry), DeadLetters(bus.bulk, DlqLimit())
    async with twilio.client() as client:
        api = TwilioApi(Transport([client], URL, 8), {ACCOUNT: ("secret",)})
        fetcher = Fetcher(api, Sources(api, api))
        notifications = Notifications(engine, fetcher, VAULT, bus.bulk, letters, metrics, "unknown")
        yield Ingest(
            engine,
            bus,
            twilio,
            [
                BatchReader(bus, engine, each, letters, metrics)
                for each in subscriptions(notifications, VAULT)
            ],
            Delays(engine, notifications, metrics),
            Sweep(engine, fetcher, VAULT, metrics, FAST, "unknown"),
            registry,
        )
