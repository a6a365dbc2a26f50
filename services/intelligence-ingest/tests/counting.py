"""How much there is in every table: the same before and after whatever must change nothing."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

TABLES = (
    "anchor",
    "call",
    "session",
    "turn",
    "tool_use",
    "transcript",
    "sentence",
    "operator_result",
)


async def counts(engine: AsyncEngine) -> dict[str, int]:
    """Rows by table."""
    async with engine.connect() as connection:
        return {
            table: (
                await connection.execute(text(f"SELECT count(*) FROM intelligence.{table}"))
            ).scalar_one()
            for table in TABLES
        }


async def rows(engine: AsyncEngine, statement: str, **values: Any) -> list[dict[str, Any]]:
    """What a statement finds."""
    async with engine.connect() as connection:
        found = await connection.execute(text(statement), values)
        return [dict(row) for row in found.mappings()]


async def one(engine: AsyncEngine, table: str) -> dict[str, Any]:
    """The only row of a table."""
    (row,) = await rows(engine, f"SELECT * FROM intelligence.{table}")
    return row


async def somebody_waits(engine: AsyncEngine) -> bool:
    """Whether a transaction waits for another one's advisory lock."""
    async with engine.connect() as connection:
        found = await connection.scalar(
            text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        )
    return bool(found)
