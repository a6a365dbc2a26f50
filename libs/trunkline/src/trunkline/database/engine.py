"""Connections to PostgreSQL: pooled, bounded in number and in time."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from sqlalchemy import event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

CONNECT_SECONDS = 10.0
POOL_SECONDS = 10.0  # that work may wait for a connection
# A transaction whose process hangs holds its locks no longer than this.
IDLE_SECONDS = 30.0
STATEMENTS = 300  # that each connection keeps prepared: more than a service has in steady use
UNUSED_SECONDS = 10.0  # after which a pooled connection is asked whether it still lives
# The client gives up later than the server does, which says more about what was wrong.
CLIENT_MARGIN_SECONDS = 5.0

_USED_AT = "trunkline_used_at"
_SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may take: connections, seconds of a statement and of a wait for a lock."""

    connections: int = 10
    statement_seconds: float = 15.0
    lock_seconds: float = 5.0


@asynccontextmanager
async def open_engine(
    url: str, application_name: str, limits: Limits | None = None
) -> AsyncIterator[AsyncEngine]:
    """Yield an engine whose sessions live in UTC, and close its connections afterwards.

    Nothing is connected before the first use. `application_name` is what an operator reads in
    `pg_stat_activity`. Errors quote no parameters: those may be numbers.
    """
    limits = limits or Limits()
    engine = create_async_engine(
        asyncpg_url(url),
        pool_size=limits.connections,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": limits.statement_seconds + CLIENT_MARGIN_SECONDS,
            "prepared_statement_cache_size": STATEMENTS,
            "server_settings": _session(application_name, limits),
        },
    )
    _look_before_use(engine)
    try:
        yield engine
    finally:
        await engine.dispose()


def _look_before_use(engine: AsyncEngine) -> None:
    """Replace connections that have died in the pool, so that a restart fails no request.

    Whether the server has closed one is known without asking. Only one that nobody has used for a
    while may have died in silence, and is asked: that costs three round trips.
    """
    pool = engine.sync_engine.pool

    @event.listens_for(pool, "connect")
    @event.listens_for(pool, "checkin")
    def used(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[_USED_AT] = time.monotonic()

    @event.listens_for(pool, "checkout")
    def look(
        connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection
    ) -> None:
        unused = time.monotonic() - record.info[_USED_AT] > UNUSED_SECONDS
        if _is_closed(connection) or (unused and not _answers(engine, connection)):
            raise DisconnectionError


def _is_closed(connection: DBAPIConnection) -> bool:
    driver: asyncpg.Connection = connection.driver_connection
    return bool(driver.is_closed())


def _answers(engine: AsyncEngine, connection: DBAPIConnection) -> bool:
    dialect = engine.sync_engine.dialect
    try:
        return bool(dialect.do_ping(connection))
    except dialect.loaded_dbapi.Error:
        return False


def asyncpg_url(url: str) -> URL:
    """The URL as SQLAlchemy wants it for asyncpg.

    Raises `ValueError` for any other database; the sentence does not repeat the URL, which holds
    a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("it is not a URL: postgresql://user:password@host:port/database") from None
    if parsed.get_backend_name() == "sqlite":
        raise ValueError(
            "SQLite cannot be used: several processes claim work at once, with locks that only"
            " PostgreSQL has. `trunkline up` starts one without an installer"
        )
    if parsed.drivername not in _SCHEMES:
        raise ValueError(
            "only PostgreSQL can be used: postgresql://user:password@host:port/database"
        )
    return parsed.set(drivername="postgresql+asyncpg")


def _session(application_name: str, limits: Limits) -> dict[str, str]:
    return {
        "application_name": application_name,
        "timezone": "UTC",
        "statement_timeout": _milliseconds(limits.statement_seconds),
        "lock_timeout": _milliseconds(limits.lock_seconds),
        "idle_in_transaction_session_timeout": _milliseconds(IDLE_SECONDS),
    }


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
