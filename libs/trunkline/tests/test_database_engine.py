"""The engine's sessions, on a real PostgreSQL."""

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.database.engine import Limits, asyncpg_url, open_engine


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p%40ss@db:5433/name?ssl=require",
        "postgres://u:p%40ss@db:5433/name?ssl=require",
        "postgresql+asyncpg://u:p%40ss@db:5433/name?ssl=require",
    ],
)
def test_an_address_is_understood_as_everybody_writes_it(url: str) -> None:
    found = asyncpg_url(url)

    assert (found.drivername, found.password, found.host) == ("postgresql+asyncpg", "p@ss", "db")


async def test_a_session_is_in_utc_named_and_bounded_in_time(database_url: str) -> None:
    limits = Limits(connections=1, statement_seconds=2.5, lock_seconds=1)
    names = ("timezone", "application_name", "statement_timeout", "lock_timeout")
    async with open_engine(database_url, "dialer", limits) as engine, engine.connect() as session:
        found = [(await session.execute(text(f"SHOW {name}"))).scalar_one() for name in names]

    assert found == ["UTC", "dialer", "2500ms", "1s"]


async def test_an_error_does_not_quote_the_parameters(engine: AsyncEngine) -> None:
    with pytest.raises(DBAPIError) as raised:
        async with engine.connect() as session:
            await session.execute(text("SELECT 1 / (length(:words) - 6)"), {"words": "canary"})

    assert "canary" not in str(raised.value)


async def ended_by_the_server(engine: AsyncEngine, url: str) -> bool:
    """Whether a pooled connection that the server has ended is replaced without an error."""
    async with engine.connect() as session:
        before = (await session.execute(PID)).scalar_one()
    observer = await asyncpg.connect(url)
    try:
        await observer.execute("SELECT pg_terminate_backend($1, 5000)", before)
    finally:
        await observer.close()
    async with engine.connect() as session:
        return bool((await session.execute(PID)).scalar_one() != before)


PID = text("SELECT pg_backend_pid()")
ONE = Limits(connections=1)


async def test_a_connection_that_the_server_has_ended_is_replaced(database_url: str) -> None:
    async with open_engine(database_url, "tests", ONE) as engine:
        assert await ended_by_the_server(engine, database_url)


async def test_a_connection_that_died_in_silence_is_replaced_if_nobody_has_used_it_for_long(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.database.engine.UNUSED_SECONDS", 0.0)
    monkeypatch.setattr("trunkline.database.engine._is_closed", lambda _: False)

    async with open_engine(database_url, "tests", ONE) as engine:
        assert await ended_by_the_server(engine, database_url)


async def test_connections_are_closed_with_the_engine(database_url: str) -> None:
    count = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'short-lived'")
    async with open_engine(database_url, "short-lived") as engine, engine.connect() as session:
        during = (await session.execute(count)).scalar_one()
    async with open_engine(database_url, "observer") as engine, engine.connect() as session:
        after = (await session.execute(count)).scalar_one()

    assert (during, after) == (1, 0)
