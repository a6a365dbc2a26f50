"""The database's clock, the only one that decides."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_NOW = text("SELECT clock_timestamp()")


async def now(connection: AsyncConnection) -> datetime:
    """The moment, in UTC."""
    moment: datetime = (await connection.execute(_NOW)).scalar_one()
    return moment
