"""Words go first, then detail, then evidence; what is young stays."""

from datetime import timedelta

import pytest
from counting import counts, one
from events import NOW_MS, VAULT, ended, opted_out, started, turn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import OWN, a_bundle, be_quiet, store

from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.news import News
from intelligence_ingest.operating import Operating
from intelligence_ingest.retention import Days, Retention
from intelligence_ingest.store.calls import store_lifecycle
from intelligence_ingest.store.turns import store_turns
from trunkline.events.lifecycle import Lifecycle
from trunkline.metrics import Registry

PARTITIONED = ("turn", "tool_use", "transcript", "sentence", "operator_result", "call", "session")


@pytest.fixture
async def aged(engine: AsyncEngine) -> AsyncEngine:
    """A whole story, and its age set by the test."""
    async with engine.begin() as connection:
        lifecycle: list[Lifecycle] = [started(), opted_out(), ended()]
        await store_lifecycle(connection, VAULT, [News(each, NOW_MS) for each in lifecycle])
        await store_turns(connection, VAULT, [News(turn(keys="1"), NOW_MS)])
    await store(engine, a_bundle())
    await be_quiet(engine)
    await Operating(engine, OWN, IngestMetrics(Registry())).once()
    return engine


async def age(engine: AsyncEngine, days: int) -> None:
    async with engine.begin() as connection:
        for table in (*PARTITIONED, "anchor"):
            await connection.execute(
                text(
                    f"UPDATE intelligence.{table}"
                    " SET filed_at = clock_timestamp() - CAST(:age AS interval)"
                ),
                {"age": timedelta(days=days)},
            )


def retention(engine: AsyncEngine) -> Retention:
    return Retention(engine, Days(30, 100, 1000), IngestMetrics(Registry()))


async def test_what_is_young_stays_as_it_is(aged: AsyncEngine) -> None:
    await age(aged, 29)
    before = await counts(aged)

    assert await retention(aged).once() == 0
    assert await counts(aged) == before


async def test_words_go_and_figures_stay(aged: AsyncEngine) -> None:
    await age(aged, 31)
    before = await counts(aged)

    await retention(aged).once()

    after = await counts(aged)
    assert after == before | {"sentence": 0}
    told = await one(aged, "turn")
    assert (told["asked"], told["said"], told["heard"], told["keys_enc"]) == (None,) * 4
    assert told["first_token_ms"] == 200
    assert (await one(aged, "tool_use"))["arguments_enc"] is None
    async with aged.connect() as connection:
        left = await connection.scalar(
            text(
                "SELECT count(*) FROM intelligence.operator_result WHERE raw IS NOT NULL"
                " OR result_text IS NOT NULL OR extracted IS NOT NULL"
                " OR (evidence IS NOT NULL AND operator_type <> 'phrase')"
            )
        )
        labels = await connection.scalar(
            text("SELECT count(label) FROM intelligence.operator_result")
        )
    assert (left, labels) == (0, 2)


async def test_evidence_outlives_the_rest(aged: AsyncEngine) -> None:
    await age(aged, 101)

    await retention(aged).once()

    after = await counts(aged)
    assert (after["call"], after["operator_result"], after["turn"]) == (1, 2, 0)


async def test_in_the_end_nothing_is_left(aged: AsyncEngine) -> None:
    await age(aged, 1001)

    await retention(aged).once()

    assert not any((await counts(aged)).values())


async def test_a_tenants_own_days_go_before_the_settings(aged: AsyncEngine) -> None:
    await age(aged, 5)
    async with aged.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO intelligence.retention (tenant_id, kind, days, updated_by)"
                " VALUES ('acme', 'words', 3, 'test')"
            )
        )

    await retention(aged).once()

    assert (await one(aged, "turn"))["asked"] is None
