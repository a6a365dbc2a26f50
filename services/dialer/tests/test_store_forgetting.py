"""What is old is removed, and nothing that somebody may still ask for."""

import uuid
from collections.abc import AsyncIterator

import asyncpg
import pytest
from desk import Desk, at_desk
from sqlalchemy import TextClause, text

from dialer.store import forgetting
from dialer.store.forgetting import forget
from trunkline.database.transaction import transaction

FIRST, SECOND = "+12125550101", "+12125550102"


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


async def forget_some(desk: Desk, limit: int = 10) -> bool:
    async with transaction(desk.engine) as connection:
        return await forget(connection, limit)


async def age(connection: asyncpg.Connection, attempt: uuid.UUID, days: int) -> None:
    await connection.execute(
        "UPDATE dialer.freq_ledger SET posted_at = posted_at - $2 * interval '1 day'"
        " WHERE attempt_id = $1",
        *(attempt, days),
    )


async def test_a_call_counts_for_as_long_as_an_import_may_look_back(desk: Desk) -> None:
    campaign = await desk.campaign()
    old = (await desk.posted(campaign, FIRST)).attempt_id
    young = (await desk.posted(campaign, SECOND)).attempt_id
    await age(desk.connection, old, 368)
    await age(desk.connection, young, 366)

    assert await forget_some(desk, 1)
    assert not await forget_some(desk, 1)
    kept = await desk.connection.fetch("SELECT attempt_id FROM dialer.freq_ledger")
    assert [row["attempt_id"] for row in kept] == [young]


async def test_a_call_is_known_for_as_long_as_the_bus_may_tell_of_it(desk: Desk) -> None:
    await desk.connection.execute(
        "INSERT INTO dialer.call_fact (call_sid, tenant_id, updated_at) VALUES"
        " ('CA1', 'acme', now() - interval '9 days'), ('CA2', 'acme', now() - interval '7 days')"
    )

    await forget_some(desk)

    assert await desk.connection.fetchval("SELECT call_sid FROM dialer.call_fact") == "CA2"


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (forgetting._INBOX, "inbox_read"),
        (forgetting._OUTBOX, "outbox_published"),
        (forgetting._LEDGER, "freq_ledger_age"),
        (forgetting._FACTS, "call_fact_age"),
    ],
)
async def test_the_old_are_found_without_reading_the_young(
    desk: Desk, statement: TextClause, index: str
) -> None:
    async with transaction(desk.engine) as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        rows = await connection.execute(text(f"EXPLAIN {statement.text}"), {"limit": 10})
        plan = "\n".join(rows.scalars())

    assert index in plan
    assert "Index Cond" in plan
