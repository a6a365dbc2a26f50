"""Transcripts and results in a real PostgreSQL: the right call, once, and only the newest."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

from counting import counts, one, rows, somebody_waits
from events import CALL, NOW_MS, VAULT, started
from fake_intelligence import RESULTS
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import ASKED, a_bundle, store
from waiting import until_found

from intelligence_ingest import insight_v3
from intelligence_ingest.bundle import Bundle
from intelligence_ingest.news import News
from intelligence_ingest.store.calls import store_lifecycle
from intelligence_ingest.store.transcripts import known, store_bundles


async def tell_started(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await store_lifecycle(connection, VAULT, [News(started(), NOW_MS)])


async def test_every_type_of_result_has_its_typed_columns_and_its_document(
    engine: AsyncEngine,
) -> None:
    await store(engine, a_bundle())

    found = {
        row["operator_type"]: row
        for row in await rows(
            engine, "SELECT *, raw->>'aura' AS aura FROM intelligence.operator_result"
        )
    }
    assert len(found) == len(RESULTS)
    sentiment = found["conversation-classify"]
    assert (sentiment["label"], sentiment["score"]) == ("positive", 0.91)
    assert (found["utterance-classify"]["matched"], found["extract"]["matched"]) == (True, True)
    assert found["extract-normalize"]["normalized"] == "booked"
    assert found["text-generation"]["result_text"] == "An appointment was booked."
    assert found["json"]["result_json"] is not None
    assert found["pii-extract"]["extracted"] is not None
    assert found["mind-reading"]["aura"] == "blue"


async def test_a_transcript_finds_its_call_by_the_session(engine: AsyncEngine) -> None:
    await tell_started(engine)
    await store(engine, a_bundle())

    transcript = await one(engine, "transcript")
    assert (transcript["call_sid"], transcript["tenant_id"]) == (CALL, "acme")


async def test_a_transcript_that_came_first_is_given_its_call_later(engine: AsyncEngine) -> None:
    await store(engine, a_bundle())
    assert (await one(engine, "transcript"))["tenant_id"] == "unknown"

    await tell_started(engine)

    for table in ("transcript", "sentence", "operator_result"):
        found = await rows(engine, f"SELECT DISTINCT call_sid, tenant_id FROM intelligence.{table}")
        assert found == [{"call_sid": CALL, "tenant_id": "acme"}]


async def test_two_that_are_stored_at_the_same_time_find_each_other(engine: AsyncEngine) -> None:
    """The transcript looks for a session that is not committed, and the other way round."""
    async with engine.connect() as storing, asyncio.TaskGroup() as tasks:
        await storing.begin()
        await store_bundles(storing, VAULT, [a_bundle()], "unknown", "webhook")
        telling = tasks.create_task(tell_started(engine), name="tell")
        await until_found(partial(somebody_waits, engine))
        assert not telling.done()
        await storing.commit()

    assert (await one(engine, "transcript"))["call_sid"] == CALL


async def test_the_same_again_writes_nothing(engine: AsyncEngine) -> None:
    await store(engine, a_bundle())
    before = await counts(engine)

    assert await store(engine, a_bundle(asked_at=ASKED + timedelta(hours=1))) == 0
    assert await counts(engine) == before


async def test_what_is_not_in_a_newer_answer_is_gone_and_an_older_answer_changes_nothing(
    engine: AsyncEngine,
) -> None:
    bundle = a_bundle()
    newer = replace(
        bundle,
        sentences=bundle.sentences[:1],
        results=bundle.results[:3],
        asked_at=ASKED + timedelta(minutes=1),
    )

    assert [await store(engine, each) for each in (bundle, newer, bundle)] == [1, 1, 0]
    found = await counts(engine)
    assert (found["sentence"], found["operator_result"]) == (1, 3)


async def test_participants_are_nowhere_in_clear(engine: AsyncEngine) -> None:
    await store(engine, a_bundle())

    (row,) = await rows(engine, "SELECT t::text AS all FROM intelligence.transcript t")
    assert "Virtual Agent" not in row["all"]


async def test_results_of_v3_come_in_parts_and_add_up(engine: AsyncEngine) -> None:
    await tell_started(engine)
    bundles = [v3(f"intelligence_operatorresult_{n}", n) for n in range(3)]

    await store(engine, bundles[2], bundles[0])
    await store(engine, bundles[1], bundles[1], bundles[0])

    found = await counts(engine)
    assert (found["transcript"], found["operator_result"]) == (1, 3)
    assert (await one(engine, "transcript"))["call_sid"] == CALL


async def test_what_is_stored_or_erased_is_known(engine: AsyncEngine) -> None:
    await store(engine, a_bundle())
    async with engine.begin() as connection:
        found = await known(connection, [a_bundle().transcript.sid, "GT2"])

    assert found == {a_bundle().transcript.sid}


def v3(result_id: str, n: int) -> Bundle:
    body = {
        "accountId": "AC1",
        "conversationId": "conv_conversation_1",
        "operatorResults": [
            {
                "id": result_id,
                "operator": {"id": "o", "displayName": "Sentiment"},
                "outputFormat": "CLASSIFICATION",
                "result": {"label": "positive"},
                "referenceIds": [CALL],
            }
        ],
    }
    return Bundle(
        insight_v3.conversation(body, "AC1"),
        (),
        insight_v3.operator_results(body),
        ASKED + timedelta(seconds=n),
    )
