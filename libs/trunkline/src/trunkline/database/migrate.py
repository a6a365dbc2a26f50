"""Brings a service's schema up to date: what `python -m <service> migrate` runs.

A service has a folder of Alembic revisions, whose `env.py` is:

    from trunkline.database.migrate import run_revisions

    if __name__ == "env_py":  # the name Alembic loads this file under: importing it does nothing
        run_revisions()
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from trunkline.database.engine import Limits, open_engine
from trunkline.database.names import checked
from trunkline.database.transaction import transaction

SECONDS = 900.0  # a revision may build an index over millions of rows
# For a table that others use: while a revision waits for it, they wait behind the revision. It is
# better to give up, and to be started again.
TABLE_SECONDS = 5
# The wait for another process's run is a wait for a lock, too.
_LIMITS = Limits(connections=1, statement_seconds=SECONDS, lock_seconds=SECONDS)


@dataclass(frozen=True, slots=True)
class Migrations:
    """The revisions of one schema: Alembic's folder, with `env.py` and `versions/`."""

    schema: str
    folder: Path


async def migrate(database_url: str, migrations: Migrations) -> None:
    """Run the revisions that this database has not had yet, all in one transaction.

    Processes that start together take turns: the first does the work, the others find it done. One
    that dies in the middle leaves nothing behind, not even the lock. Raises `DatabaseBusy` when a
    table is in use for too long.
    """
    async with (
        open_engine(database_url, f"{migrations.schema} migrate", _LIMITS) as engine,
        asyncio.timeout(SECONDS),
        transaction(engine) as connection,
    ):
        await _take_turns(connection, migrations.schema)
        await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {migrations.schema}"))
        await connection.run_sync(_upgrade, migrations)


def run_revisions() -> None:
    """Run the revisions on the connection that `migrate` opened; for a service's `env.py`."""
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"], version_table_schema=attributes["schema"]
    )
    with context.begin_transaction():
        context.run_migrations()


async def _take_turns(connection: AsyncConnection, schema: str) -> None:
    key = f"migrate {checked(schema)}"
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}
    )
    await connection.execute(text(f"SET LOCAL lock_timeout = '{TABLE_SECONDS}s'"))


def _upgrade(connection: Connection, migrations: Migrations) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["schema"] = migrations.schema
    command.upgrade(config, "head")
