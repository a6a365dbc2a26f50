"""A backup that is older than an erasure is restored: what was erased is erased again."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from counting import counts, rows
from events import CALL, PERSON, SESSION, VAULT, started
from ingest_processes import typed
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import a_bundle, store, tell_all, tell_turns

from intelligence_ingest.store.erasing import Asked, begin_erasure

TABLES = ("erasure", "erased", "erased_number", "erasure_place")
BY_CALL = Asked("acme", "test", call_sid=CALL)
BY_NUMBER = Asked("acme", "test", indexes=VAULT.indexes("acme", PERSON))

Tell = Callable[[AsyncEngine], Awaitable[None]]


@asynccontextmanager
async def restored(engine: AsyncEngine) -> AsyncIterator[None]:
    """What is stored in the block is as from a backup; then the erasures' tables are put back."""
    async with engine.begin() as connection:
        for table in TABLES:
            saved = f"CREATE TABLE public.{table} AS TABLE intelligence.{table}"
            await connection.execute(text(saved))
        await connection.execute(
            text(f"TRUNCATE {', '.join(map('intelligence.{}'.format, TABLES))}")
        )
    yield
    async with engine.begin() as connection:
        for table in TABLES:
            await connection.execute(text(f"INSERT INTO intelligence.{table} TABLE public.{table}"))


async def tell_transcript(engine: AsyncEngine) -> None:
    """One of an erased session, which the erasure had not known of."""
    found = replace(a_bundle(SESSION).transcript, sid="GT" + "9" * 32)
    await store(engine, replace(a_bundle(SESSION), transcript=found))


@pytest.mark.parametrize("asked", [BY_CALL, BY_NUMBER], ids=["call", "number"])
@pytest.mark.parametrize("tell", [tell_all, tell_turns, tell_transcript])
async def test_what_a_backup_brings_back_is_erased_again(
    engine: AsyncEngine, database_url: str, asked: Asked, tell: Tell
) -> None:
    await tell_all(engine)
    async with engine.begin() as connection:
        await begin_erasure(connection, asked)
    async with restored(engine):
        await tell(engine)
        assert any((await counts(engine)).values())

    status, _, told = await typed(database_url, "reapply-erasures")

    assert (status, told.startswith("1 erasures applied again")) == (0, True)
    assert not any((await counts(engine)).values())
    (entry,) = await rows(engine, "SELECT action FROM intelligence.audit")
    assert entry == {"action": "erasures.reapplied"}


async def test_a_call_that_an_erased_number_made_in_the_backup_is_erased_at_twilio_too(
    engine: AsyncEngine, database_url: str
) -> None:
    async with engine.begin() as connection:
        await begin_erasure(connection, BY_NUMBER)
    async with restored(engine):
        await tell_all(engine)

    await typed(database_url, "reapply-erasures")

    assert not any((await counts(engine)).values())
    places = await rows(engine, "SELECT place FROM intelligence.erasure_place WHERE tries = 0")
    assert {"call_record", "recording", "transcript"} <= {row["place"] for row in places}


async def test_calls_after_an_erasure_stay(engine: AsyncEngine, database_url: str) -> None:
    async with engine.begin() as connection:
        await begin_erasure(connection, BY_NUMBER)
        now = await connection.scalar(text("SELECT extract(epoch FROM clock_timestamp()) * 1000"))
    await tell_all(engine, started(at_ms=int(now or 0) + 60_000))

    await typed(database_url, "reapply-erasures")

    assert (await counts(engine))["call"] == 1
