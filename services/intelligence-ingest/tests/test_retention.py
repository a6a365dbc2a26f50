"""Words go first, then detail, then evidence; what is young stays."""

from datetime import timedelta

import pytest
from counting import counts, one, rows
from events import NOW_MS, VAULT, ended, opted_out, started, turn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import OWN, a_bundle, be_quiet, store

from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.news import News
from intelligence_ingest.operating import Operating
from intelligence_ingest.rerun import Done, rerun, wanted
from intelligence_ingest.retention import DUE, OLDEST, WORDS, Days, Retention
from intelligence_ingest.store.calls import store_lifecycle
from intelligence_ingest.store.turns import store_turns
from trunkline.errors import Transient
from trunkline.events.lifecycle import Lifecycle
from trunkline.metrics import Registry

WITH_WORDS = ("turn", "tool_use", "transcript", "sentence", "unknown", "operator_result")
EVERYTHING = wanted(["--since", "2020-01-01"], OWN)
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
                text(f"UPDATE intelligence.{table} SET filed_at = now() - CAST(:age AS interval)"),
                {"age": timedelta(days=days)},
            )


async def own_results(engine: AsyncEngine) -> list[dict[str, object]]:
    return await rows(
        engine,
        "SELECT operator_name, matched, label, measure, evidence FROM intelligence.operator_result"
        " WHERE source = 'own' ORDER BY operator_name",
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


async def test_what_some_rows_have_to_wait_for_no_others_do(
    aged: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_slow = "DO $$ BEGIN RAISE SQLSTATE '57014'; END $$"
    monkeypatch.setattr("intelligence_ingest.retention.WORDS", (too_slow, *WORDS[1:]))
    await age(aged, 31)

    with pytest.raises(Transient):
        await retention(aged).once()

    assert (await one(aged, "turn"))["asked"] is not None
    assert (await counts(aged))["sentence"] == 0


@pytest.mark.parametrize(
    ("table", "statement"),
    list(zip(WITH_WORDS, WORDS, strict=True)),
)
async def test_words_whose_time_is_over_are_found_by_an_index(
    engine: AsyncEngine, table: str, statement: str
) -> None:
    whole = statement.format(oldest=OLDEST, due=DUE.format(kind="words"))
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await connection.execute(
            text(f"EXPLAIN {whole}"), {"days": 30, "shortest": 30, "batch": 2000}
        )
        lines = [line for (line,) in plan]

    index = "unknown_notification_age" if table == "unknown" else f"{table}_default_filed_at"
    assert any(index in line for line in lines), lines
    assert any("Index Cond: (filed_at <" in line for line in lines), lines


async def test_what_was_found_in_words_outlives_them_whatever_is_run_later(
    aged: AsyncEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Late news of the call, and a run over history."""
    await age(aged, 31)
    await retention(aged).once()
    before = await own_results(aged)
    async with aged.begin() as connection:
        await store_lifecycle(connection, VAULT, [News(ended(epoch=9), NOW_MS)])
    await be_quiet(aged)

    await Operating(aged, OWN, IngestMetrics(Registry())).once()
    assert await rerun(aged, EVERYTHING) == Done(calls=1, left_out=1)

    assert await own_results(aged) == before
    assert "1 of them left as they were: their words are gone" in capsys.readouterr().err


async def test_evidence_is_not_run_over_when_nothing_else_is_left(aged: AsyncEngine) -> None:
    await age(aged, 101)
    await retention(aged).once()
    before = await own_results(aged)

    assert (await rerun(aged, EVERYTHING)).left_out == 1
    assert await own_results(aged) == before


async def test_a_call_that_only_twilio_transcribed_is_left_alone_without_its_sentences(
    aged: AsyncEngine,
) -> None:
    async with aged.begin() as connection:
        await connection.execute(text("DELETE FROM intelligence.turn"))
    await age(aged, 31)
    await retention(aged).once()

    assert (await rerun(aged, EVERYTHING)).left_out == 1


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
