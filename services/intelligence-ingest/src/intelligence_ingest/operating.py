"""Runs our own operators on calls that are over and have been quiet for a while."""

import asyncio
from collections.abc import Sequence
from typing import NoReturn

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.operators.declared import Operator
from intelligence_ingest.store.anchors import share_erasure_lock
from intelligence_ingest.store.stories import finished_calls, operate
from trunkline.database.transaction import Repeatable, in_transaction
from trunkline.errors import Transient
from trunkline.logs import get_logger

log = get_logger()

EVERY_SECONDS = 1.0
AT_ONCE = 50

# By index operator_due_time. A call that is not over is due again when its end is told.
TAKE = """
    DELETE FROM intelligence.operator_due WHERE call_sid IN (
        SELECT call_sid FROM intelligence.operator_due WHERE due_at <= now()
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING call_sid
"""


class Operating:
    """Takes up calls as they become due."""

    def __init__(
        self, engine: AsyncEngine, operators: Sequence[Operator], metrics: IngestMetrics
    ) -> None:
        self._engine = engine
        self._operators = operators
        self._metrics = metrics

    async def run(self) -> NoReturn:
        """Look each second, until cancelled."""
        while True:
            taken = 0
            try:
                taken = await self.once()
            except Transient as error:
                log.warning("operators_wait", reason=type(error).__name__)
            if not taken:
                await asyncio.sleep(EVERY_SECONDS)

    async def once(self) -> int:
        """Run them on what is due, some at a time; how many calls were due."""

        @Repeatable
        async def work(connection: AsyncConnection) -> tuple[int, int]:
            await share_erasure_lock(connection)
            taken = await connection.execute(text(TAKE), {"limit": AT_ONCE})
            due = [row.call_sid for row in taken]
            calls = await finished_calls(connection, due)
            await operate(connection, self._operators, calls)
            return len(due), len(calls)

        due, operated = await in_transaction(self._engine, work)
        self._metrics.operated.inc(operated)
        return due
