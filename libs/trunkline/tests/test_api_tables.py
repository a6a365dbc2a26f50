"""The tables of an API, as a service's migration makes them."""

import pytest
from api_parts import SCHEMA
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.api.audit import AuditEntry, record
from trunkline.api.tables import create_api_tables
from trunkline.database.transaction import transaction

ENTRY = AuditEntry(
    "acme",
    "key:1",
    "campaign.started",
    "campaign",
    "7",
    "asked to",
    {"state": ["draft", "running"]},
)


async def test_services_have_tables_of_their_own_in_one_database(api_engine: AsyncEngine) -> None:
    async with transaction(api_engine) as connection:
        await connection.execute(text("CREATE SCHEMA other"))
        await connection.run_sync(create_api_tables, "other")
        rows = await connection.execute(
            text(
                "SELECT table_schema, count(DISTINCT table_name) FROM information_schema.columns"
                f" WHERE column_name = 'tenant_id' AND table_schema IN ('{SCHEMA}', 'other')"
                " GROUP BY table_schema"
            )
        )

        assert {tuple(row) for row in rows} == {(SCHEMA, 3), ("other", 3)}


async def test_an_audit_entry_tells_who_did_what(api_engine: AsyncEngine) -> None:
    async with transaction(api_engine) as connection:
        await record(connection, SCHEMA, ENTRY)
        rows = await connection.execute(
            text(f"SELECT actor, action, subject_id, reason, change->>'state' FROM {SCHEMA}.audit")
        )

        assert tuple(rows.one()) == (
            "key:1",
            "campaign.started",
            "7",
            "asked to",
            '["draft", "running"]',
        )


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {SCHEMA}.audit SET actor = 'nobody'",
        f"DELETE FROM {SCHEMA}.audit",
        f"TRUNCATE {SCHEMA}.audit",
    ],
)
async def test_the_audit_log_cannot_be_rewritten(api_engine: AsyncEngine, statement: str) -> None:
    async with transaction(api_engine) as connection:
        await record(connection, SCHEMA, ENTRY)

    with pytest.raises(DBAPIError, match="append-only"):
        async with transaction(api_engine) as connection:
            await connection.execute(text(statement))


async def test_a_change_that_is_rolled_back_leaves_no_entry(api_engine: AsyncEngine) -> None:
    with pytest.raises(LookupError):
        async with transaction(api_engine) as connection:
            await record(connection, SCHEMA, ENTRY)
            raise LookupError

    async with transaction(api_engine) as connection:
        rows = await connection.execute(text(f"SELECT count(*) FROM {SCHEMA}.audit"))

        assert rows.scalar_one() == 0
