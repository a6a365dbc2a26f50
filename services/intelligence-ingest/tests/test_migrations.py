"""The schema, on a real PostgreSQL: what it keeps apart, and what its indexes serve."""

import asyncpg
import pytest

from intelligence_ingest.migrate import MIGRATIONS
from trunkline.database.migrate import migrate

PROCESS_WIDE = {
    *("alembic_version", "consumer_offset", "halted_topic", "delayed"),
    *("sweep", "sweep_failure", "operator_due", "operator_run"),
}
PARTITIONED = {"call", "turn", "tool_use", "transcript", "sentence", "operator_result"}
CALL = "INSERT INTO intelligence.call (call_sid, filed_at, tenant_id) VALUES ($1, $2, 'acme')"


async def test_every_table_names_the_tenant_unless_it_is_the_processs_own(
    connection: asyncpg.Connection,
) -> None:
    rows = await connection.fetch(
        "SELECT table_name, bool_or(column_name = 'tenant_id') AS named"
        " FROM information_schema.columns WHERE table_schema = 'intelligence' GROUP BY table_name"
    )

    assert {row["table_name"] for row in rows if not row["named"]} == PROCESS_WIDE


async def test_every_time_is_one_with_a_zone(connection: asyncpg.Connection) -> None:
    kinds = await connection.fetch(
        "SELECT DISTINCT data_type FROM information_schema.columns WHERE table_schema ="
        " 'intelligence' AND (data_type LIKE 'time%' OR data_type = 'date')"
    )

    assert [row["data_type"] for row in kinds] == ["timestamp with time zone"]


async def test_no_text_column_can_hold_a_number(connection: asyncpg.Connection) -> None:
    columns = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'intelligence' AND column_name ~ 'num_(hmac|enc)$|_enc$'"
    )

    assert {row["data_type"] for row in columns} == {"bytea"}


async def test_everything_that_grows_with_calls_is_partitioned_by_month(
    connection: asyncpg.Connection,
) -> None:
    assert {row[0] for row in await connection.fetch("SELECT intelligence.partitioned()")} == (
        PARTITIONED
    )
    months = await connection.fetchval(
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'intelligence.turn'::regclass"
    )
    assert months == 6  # the last month to three months ahead, and the default


async def test_partitions_that_exist_are_made_once(connection: asyncpg.Connection) -> None:
    assert await connection.fetchval("SELECT intelligence.make_partitions(3)") == 0
    assert await connection.fetchval("SELECT intelligence.make_partitions(4)") == len(PARTITIONED)


async def test_a_new_partition_takes_its_rows_from_the_default_one(
    connection: asyncpg.Connection,
) -> None:
    month = await connection.fetchval("SELECT '2020-02-01T00:00:00Z'::timestamptz")
    await connection.execute(CALL, "CA1", month)

    await connection.fetchval("SELECT intelligence.make_partition('call', $1)", month)

    assert await connection.fetchval("SELECT count(*) FROM intelligence.call_default") == 0
    assert await connection.fetchval("SELECT call_sid FROM intelligence.call_202002") == "CA1"


async def test_partitions_are_dropped_once_all_of_their_month_is_old(
    connection: asyncpg.Connection,
) -> None:
    month = await connection.fetchval("SELECT '2020-02-01T00:00:00Z'::timestamptz")
    await connection.fetchval("SELECT intelligence.make_partition('call', $1)", month)
    drop = "SELECT intelligence.drop_partitions($1::text::timestamptz)"

    assert await connection.fetchval(drop, "2020-02-29T23:59:59Z") == 0
    assert await connection.fetchval(drop, "2020-03-01T00:00:00Z") == 1


@pytest.mark.parametrize(
    ("columns", "outcome"),
    [
        ("", "live"),
        ("end_epoch = 4, ended_at = now(), end_reason = 'agent_ended'", "agent_ended"),
        ("end_epoch = 4, ended_at = now(), end_reason = 'transferred', last_epoch = 9", "live"),
        (
            "end_epoch = 4, ended_at = now(), end_reason = 'lost', last_epoch = 9, gone_at = now()",
            "gone",
        ),
        ("gone_at = now()", "gone"),
    ],
)
async def test_a_calls_outcome_follows_from_what_was_told_in_any_order(
    connection: asyncpg.Connection, columns: str, outcome: str
) -> None:
    await connection.execute(CALL, "CA1", await connection.fetchval("SELECT now()"))
    if columns:
        await connection.execute(f"UPDATE intelligence.call SET {columns}")

    row = await connection.fetchrow("SELECT live, outcome FROM intelligence.call")

    assert (row["outcome"], row["live"]) == (outcome, outcome == "live")


@pytest.mark.parametrize(
    ("language", "body", "asked"),
    [
        ("en-US", "We booked two appointments", "appointment"),
        ("pt-BR", "As consultas foram marcadas", "consulta"),
        ("ja-JP", "Trunkline", "trunkline"),
        (None, "the plain word", "plain"),
    ],
)
async def test_words_are_found_as_they_stand_and_by_their_stems(
    connection: asyncpg.Connection, language: str | None, body: str, asked: str
) -> None:
    regconfig = {"en": "english", "pt": "portuguese"}.get((language or "")[:2], "simple")

    found = await connection.fetchval(
        "SELECT intelligence.searchable($1, $2) @@"
        " (websearch_to_tsquery('simple', $3) || websearch_to_tsquery($4::text::regconfig, $3))",
        *(language, body, asked, regconfig),
    )

    assert found


async def test_a_database_that_is_up_to_date_is_left_alone(
    database_url: str, connection: asyncpg.Connection
) -> None:
    await connection.execute(CALL, "CA1", await connection.fetchval("SELECT now()"))

    await migrate(database_url, MIGRATIONS)

    assert await connection.fetchval("SELECT count(*) FROM intelligence.call") == 1
