"""What an operator types, as real processes."""

from counting import rows
from ingest_processes import typed
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine


async def test_a_command_that_does_not_exist_shows_those_that_do(database_url: str) -> None:
    status, _, told = await typed(database_url, "reread")

    assert status == 1
    assert "accept-topic" in told
    assert "rerun" in told


async def test_a_topic_is_accepted_and_who_did_it_is_kept(
    engine: AsyncEngine, database_url: str
) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO intelligence.consumer_offset (consumer, topic, partition, next_offset)"
                " VALUES ('turns', 'calls.turns', 0, 7), ('turns', 'calls.turns', 1, 7),"
                " ('lifecycle', 'calls.lifecycle', 0, 7)"
            )
        )

    status, _, told = await typed(database_url, "accept-topic", "calls.turns")

    assert (status, "2 partitions" in told) == (0, True)
    left = await rows(engine, "SELECT topic FROM intelligence.consumer_offset")
    assert left == [{"topic": "calls.lifecycle"}]
    (entry,) = await rows(engine, "SELECT action, subject_id FROM intelligence.audit")
    assert entry == {"action": "topic.accepted", "subject_id": "calls.turns"}


async def test_a_rerun_of_what_nobody_declared_is_refused_in_a_sentence(
    database_url: str,
) -> None:
    status, _, told = await typed(
        database_url, "rerun", "--operator", "mind-reader", "--since", "2026-01-01"
    )

    assert (status, told.strip()) == (1, "There is no operator mind-reader.")


async def test_a_rerun_over_no_calls_is_done_at_once(database_url: str) -> None:
    status, _, told = await typed(database_url, "rerun", "--since", "2026-01-01")

    assert (status, "0 calls done" in told) == (0, True)


async def test_a_key_is_made_and_shown_once(engine: AsyncEngine, database_url: str) -> None:
    status, key, _ = await typed(
        database_url, "create-key", "--tenant", "acme", "--scopes", "calls:read"
    )

    assert (status, key.startswith("tk_")) == (0, True)
    assert len(await rows(engine, "SELECT 1 FROM intelligence.api_key")) == 1
