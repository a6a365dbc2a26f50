"""Keeps a reader reading: through outages by itself, after a topic made anew when it may again."""

import asyncio
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest.halts import TopicRecreated, is_halted, note_halt
from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.reading import BatchReader
from trunkline.database.transaction import transaction
from trunkline.errors import Transient
from trunkline.logs import get_logger

log = get_logger()

AGAIN_SECONDS = 2.0
LOOK_SECONDS = 3.0


class Keeper:
    """Runs one reader; `halted` says whether it waits for an operator."""

    def __init__(
        self, engine: AsyncEngine, consumer: str, reader: BatchReader, metrics: IngestMetrics
    ) -> None:
        self._engine = engine
        self._consumer = consumer
        self._reader = reader
        self._metrics = metrics
        self.halted = False

    async def run(self) -> NoReturn:
        """Read until cancelled, or until too much cannot be read."""
        while True:
            try:
                await self._until_halted()
            except Transient as error:
                log.warning("reader_rejoins", consumer=self._consumer, reason=type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _until_halted(self) -> None:
        try:
            if not await self._waits():
                await self._reader.run()
        except TopicRecreated as error:
            log.error("topic_recreated", consumer=self._consumer, topic=error.gaps[0].where.topic)
            async with transaction(self._engine) as connection:
                await note_halt(connection, self._consumer, error.gaps)
        self._metrics.halted(self._consumer, True)
        self.halted = True
        while await self._waits():  # noqa: ASYNC110  # it ends in the database, by an operator
            await asyncio.sleep(LOOK_SECONDS)
        self._metrics.halted(self._consumer, False)
        self.halted = False

    async def _waits(self) -> bool:
        async with transaction(self._engine) as connection:
            return await is_halted(connection, self._consumer)
