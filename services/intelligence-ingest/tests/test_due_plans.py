"""What is due is found by an index, however much waits: no index serves a clock that goes on."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest import delays, operating
from intelligence_ingest.store import erasing, sweep_failures

VALUES = {"limit": 50, "lease": 180.0, "account": "AC1"}


@pytest.mark.parametrize(
    "statement", [delays.TAKE, operating.TAKE, erasing.TAKE, sweep_failures.TAKE]
)
async def test_what_is_due_is_found_by_an_index(engine: AsyncEngine, statement: str) -> None:
    values = {name: value for name, value in VALUES.items() if f":{name}" in statement}
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await connection.execute(text(f"EXPLAIN {statement}"), values)
        lines = [line for (line,) in plan]

    assert any("Index Cond: (due_at <= now())" in line for line in lines), lines
