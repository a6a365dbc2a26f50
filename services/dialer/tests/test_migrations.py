"""The schema, on a real PostgreSQL: what it forbids, and what its indexes serve."""

import asyncio
import re
import uuid
from dataclasses import fields
from enum import StrEnum

import asyncpg
import pytest
from rows import a_campaign, a_contact, an_attempt, insert

from dialer.attempt_events import Attempt, EndedBy, State, Via
from dialer.contact import ContactState
from dialer.migrate import async_url, migrate
from dialer.outcomes import Disposition

PROCESS_WIDE = {"alembic_version", "consumed_offset", "end_offset", "fence", "worker"}

RESERVE = """
    SELECT id FROM dialer.contact
    WHERE campaign_id = $1 AND state = 'ready' AND next_at <= now()
    ORDER BY priority, next_at, id LIMIT 20 FOR UPDATE SKIP LOCKED
"""


async def test_every_table_names_the_tenant_unless_it_is_the_processs_own(
    connection: asyncpg.Connection,
) -> None:
    rows = await connection.fetch(
        "SELECT table_name, bool_or(column_name = 'tenant_id') AS named"
        " FROM information_schema.columns WHERE table_schema = 'dialer' GROUP BY table_name"
    )

    assert {row["table_name"] for row in rows if not row["named"]} == PROCESS_WIDE


async def test_every_time_is_one_with_a_zone(connection: asyncpg.Connection) -> None:
    kinds = await connection.fetch(
        "SELECT DISTINCT data_type FROM information_schema.columns"
        " WHERE table_schema = 'dialer' AND (data_type LIKE 'time%' OR data_type = 'date')"
    )

    assert [row["data_type"] for row in kinds] == ["timestamp with time zone"]


async def test_no_text_column_can_hold_a_number(connection: asyncpg.Connection) -> None:
    columns = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'dialer' AND column_name ~ '^num_(hmac|enc)$|_enc$'"
    )

    assert {row["data_type"] for row in columns} == {"bytea"}


async def test_every_field_of_an_attempt_has_its_column(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'dialer' AND table_name = 'attempt'"
    )

    columns = {row["column_name"] for row in rows}
    assert {field.name for field in fields(Attempt)} - columns == set()


@pytest.mark.parametrize(
    ("table", "column", "names"),
    [
        ("attempt", "state", State),
        ("attempt", "bound_by", Via),
        ("attempt", "ended_by", EndedBy),
        ("contact", "state", ContactState),
        ("contact", "disposition", Disposition),
    ],
)
async def test_a_column_takes_the_names_that_the_code_knows_and_no_others(
    connection: asyncpg.Connection, table: str, column: str, names: type[StrEnum]
) -> None:
    rule = await connection.fetchval(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1",
        f"{table}_{column}_check",
    )

    assert set(re.findall(r"'(\w+)'::text", rule)) == {name.value for name in names}


async def test_a_database_that_is_up_to_date_is_left_alone(
    database_url: str, connection: asyncpg.Connection
) -> None:
    await insert(connection, "account")

    await migrate(database_url)

    assert await connection.fetchval("SELECT count(*) FROM dialer.account") == 1
    assert await connection.fetchval("SELECT version_num FROM dialer.alembic_version") == "0005"


async def test_processes_that_migrate_at_the_same_time_wait_for_each_other(
    database_url: str, connection: asyncpg.Connection
) -> None:
    await connection.execute("DROP SCHEMA dialer CASCADE")

    async with asyncio.TaskGroup() as tasks:
        for n in range(3):
            tasks.create_task(migrate(database_url), name=f"migrate-{n}")

    assert await connection.fetchval("SELECT count(*) FROM dialer.attempt") == 0


def test_a_url_of_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="postgresql://"):
        async_url("mysql://localhost/dialer")


async def test_a_number_has_one_live_attempt_over_all_campaigns_of_a_tenant(
    connection: asyncpg.Connection,
) -> None:
    first = await a_campaign(connection)
    second = await insert(connection, "campaign")
    here, there = await a_contact(connection, first), await a_contact(connection, second)
    live = await an_attempt(connection, first, here)

    with pytest.raises(asyncpg.UniqueViolationError):
        await an_attempt(connection, second, there)
    await connection.execute(
        "UPDATE dialer.attempt SET state = 'released', holds_number = false WHERE id = $1", live
    )

    await an_attempt(connection, second, there)


async def test_a_live_attempt_cannot_let_go_of_its_number(connection: asyncpg.Connection) -> None:
    campaign = await a_campaign(connection)
    attempt = await an_attempt(connection, campaign, await a_contact(connection, campaign))

    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(
            "UPDATE dialer.attempt SET holds_number = false WHERE id = $1", attempt
        )


async def test_an_attempt_is_not_sent_before_its_write_ahead(
    connection: asyncpg.Connection,
) -> None:
    campaign = await a_campaign(connection)
    attempt = await an_attempt(connection, campaign, await a_contact(connection, campaign))

    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(
            "UPDATE dialer.attempt SET state = 'posting' WHERE id = $1", attempt
        )


async def test_a_call_is_bound_to_one_attempt(connection: asyncpg.Connection) -> None:
    campaign = await a_campaign(connection)
    for number in (b"1", b"2"):
        contact = await a_contact(connection, campaign, number)
        await an_attempt(connection, campaign, contact, num_hmac=number)

    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("UPDATE dialer.attempt SET sid = 'CA1'")


async def test_a_contacts_attempts_have_different_numbers(connection: asyncpg.Connection) -> None:
    campaign = await a_campaign(connection)
    contact = await a_contact(connection, campaign)
    await an_attempt(connection, campaign, contact, state="released", holds_number=False)

    with pytest.raises(asyncpg.UniqueViolationError):
        await an_attempt(connection, campaign, contact)


async def test_a_campaign_lists_a_number_once_unless_the_contacts_are_linked(
    connection: asyncpg.Connection,
) -> None:
    campaign = await a_campaign(connection)
    first = await a_contact(connection, campaign)

    await a_contact(connection, campaign, linked_to=first)

    with pytest.raises(asyncpg.UniqueViolationError):
        await a_contact(connection, campaign)


async def test_a_contact_has_a_disposition_exactly_when_it_is_finished(
    connection: asyncpg.Connection,
) -> None:
    campaign = await a_campaign(connection)

    with pytest.raises(asyncpg.CheckViolationError):
        await a_contact(connection, campaign, state="done")
    with pytest.raises(asyncpg.CheckViolationError):
        await a_contact(connection, campaign, disposition="human")


async def test_a_piece_of_news_is_kept_once(connection: asyncpg.Connection) -> None:
    row = {"topic": "twilio.callbacks", "partition": 0, "kind": "status"}
    news = {"call_sid": "CA1", "sequence": 3, "news": "completed", "id": None}
    statement = (
        'INSERT INTO dialer.inbox (topic, partition, "offset", tenant_id, kind, call_sid,'
        " sequence, news) VALUES ($1, $2, $3, 'acme', $4, $5, $6, $7) ON CONFLICT DO NOTHING"
    )

    for offset in (7, 8):
        values = (row["topic"], row["partition"], offset, row["kind"])
        await connection.execute(
            statement, *values, news["call_sid"], news["sequence"], news["news"]
        )

    assert await connection.fetchval("SELECT count(*) FROM dialer.inbox") == 1


async def test_the_audit_log_cannot_be_rewritten(connection: asyncpg.Connection) -> None:
    await insert(connection, "audit")

    for statement in ("UPDATE dialer.audit SET actor = 'nobody'", "DELETE FROM dialer.audit"):
        with pytest.raises(asyncpg.RaiseError):
            await connection.execute(statement)


async def test_a_suppression_for_a_campaign_names_it(connection: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await insert(connection, "suppression", num_hmac=b"1", scope="campaign")


async def plan_of(connection: asyncpg.Connection, statement: str, *values: object) -> str:
    """How PostgreSQL would run it; what reads all of a table is out, as with a million rows."""
    await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
    rows = await connection.fetch("EXPLAIN " + statement, *values)
    return "\n".join(row[0] for row in rows)


DUE = "SELECT id FROM dialer.attempt WHERE due_at <= now() ORDER BY due_at, id LIMIT 9"
WAITING = (
    "SELECT id FROM dialer.contact WHERE state = 'waiting' AND next_at <= now()"
    " ORDER BY next_at, id LIMIT 9 FOR UPDATE SKIP LOCKED"
)


@pytest.mark.parametrize(
    ("statement", "index"), [(DUE, "attempt_due"), (WAITING, "contact_waiting")]
)
async def test_timers_read_an_index_in_its_order(
    connection: asyncpg.Connection, statement: str, index: str
) -> None:
    plan = await plan_of(connection, statement)

    assert index in plan
    assert "Sort" not in plan


async def test_reserve_reads_an_index_in_its_order(connection: asyncpg.Connection) -> None:
    plan = await plan_of(connection, RESERVE, uuid.uuid4())

    assert "contact_ready" in plan
    assert "Sort" not in plan


async def test_two_that_reserve_get_different_contacts(
    database_url: str, connection: asyncpg.Connection
) -> None:
    campaign = await a_campaign(connection)
    for n in range(30):
        await a_contact(connection, campaign, bytes([n]))
    other = await asyncpg.connect(database_url, timeout=10)
    try:
        async with connection.transaction(), other.transaction():
            mine = {row["id"] for row in await connection.fetch(RESERVE, campaign)}
            theirs = {row["id"] for row in await other.fetch(RESERVE, campaign)}
    finally:
        await other.close()

    assert (len(mine), len(theirs), mine & theirs) == (20, 10, set())
