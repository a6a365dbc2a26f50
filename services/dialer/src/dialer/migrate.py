"""Brings the database's schema up to date: `python -m dialer migrate`."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

_FOLDER = Path(__file__).parent / "migrations"
_SECONDS = 900  # a revision may build an index over millions of rows
_LOCK = 0x6469616C6572  # "dialer": one migration at a time, whoever starts it


async def migrate(database_url: str) -> None:
    """Run the revisions that this database has not had yet; another process's run is waited for."""
    engine = open_engine(database_url)
    try:
        async with asyncio.timeout(_SECONDS), engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            await connection.execute(text("CREATE SCHEMA IF NOT EXISTS dialer"))
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def open_engine(database_url: str) -> AsyncEngine:
    """An engine without a pool, for a `postgresql://` URL as everybody writes it."""
    return create_async_engine(
        async_url(database_url), poolclass=NullPool, connect_args={"timeout": 10}
    )


def async_url(database_url: str) -> str:
    """The same URL for SQLAlchemy on asyncpg."""
    scheme, _, rest = database_url.partition("://")
    if scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise ValueError("DATABASE_URL must begin with postgresql://")
    return f"postgresql+asyncpg://{rest}"


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
