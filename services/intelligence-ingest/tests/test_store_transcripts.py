"""Transcripts and results in a real PostgreSQL: the right call, once, and only the newest."""

import asyncio
from collections.abc import Sequence
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


async def tell_started(engine: AsyncEngine, **values: str) -> None:
    async with engine.begin() as connection:
        await store_lifecycle(connection, VAULT, [News(started(**values), NOW_MS)])


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


async def test_a_webhook_that_names_no_call_takes_none_away(engine: AsyncEngine) -> None:
    """Whichever is stored first, and whichever is the later one."""
    await tell_started(engine)
    named, silent = v3("r1", 1), v3("r2", 2, names=())

    for n, order in enumerate([(named, silent), (silent, named)]):
        for each in order:
            await store(engine, of_conversation(each, n))
        await store(engine, *(of_conversation(each, n + 2) for each in order))

    for table in ("transcript", "operator_result"):
        found = await rows(engine, f"SELECT DISTINCT call_sid, tenant_id FROM intelligence.{table}")
        assert found == [{"call_sid": CALL, "tenant_id": "acme"}]
    assert (await counts(engine))["operator_result"] == 8


async def test_an_unsigned_webhook_takes_no_signed_conversation_to_another_call(
    engine: AsyncEngine,
) -> None:
    await tell_started(engine)
    other = "CA" + "d" * 32
    await tell_started(engine, call_sid=other, session_id="VX" + "d" * 32)

    await store(engine, v3("r1", 1))
    await store(engine, unsigned(v3("r2", 2, names=[other])))
    await store(engine, unsigned(v3("r3", 3, names=[other])), of_conversation(v3("r4", 4), 1))

    found = await rows(engine, "SELECT DISTINCT call_sid FROM intelligence.operator_result")
    assert found == [{"call_sid": CALL}]
    assert {row["unverified"] for row in await rows(engine, "TABLE intelligence.transcript")} == {
        False
    }


async def test_a_signed_webhook_takes_back_what_an_unsigned_one_has_claimed(
    engine: AsyncEngine,
) -> None:
    await tell_started(engine)

    await store(engine, unsigned(v3("r1", 1)))
    await store(engine, v3("r2", 2, names=()))

    transcript = await one(engine, "transcript")
    assert (transcript["source_sid"], transcript["unverified"]) == (None, False)
    assert {
        row["call_sid"] for row in await rows(engine, "TABLE intelligence.operator_result")
    } == {None}


async def test_of_one_batch_too_what_was_signed_holds(engine: AsyncEngine) -> None:
    signed, forged = v3("r1", 1), unsigned(v3("r1", 2, names=["CA" + "d" * 32], label="forged"))

    await store(engine, signed, forged)

    assert (await one(engine, "transcript"))["source_sid"] == CALL
    assert (await one(engine, "operator_result"))["label"] == "positive"


async def test_who_found_a_transcript_first_stays(engine: AsyncEngine) -> None:
    await store(engine, a_bundle())
    async with engine.begin() as connection:
        later = replace(a_bundle(), sentences=(), asked_at=ASKED + timedelta(hours=1))
        await store_bundles(connection, VAULT, [later], "unknown", "sweep")

    assert (await one(engine, "transcript"))["found_by"] == "webhook"


async def test_a_recordings_transcript_finds_its_call_whoever_comes_first(
    engine: AsyncEngine,
) -> None:
    recorded = a_bundle()
    transcript = replace(recorded.transcript, source_sid="RE" + "1" * 32, recording_call_sid=CALL)
    await store(engine, replace(recorded, transcript=transcript))
    assert (await one(engine, "transcript"))["call_sid"] is None

    await tell_started(engine)
    await store(engine, replace(recorded, transcript=replace(transcript, sid="GT2")))

    assert {row["call_sid"] for row in await rows(engine, "TABLE intelligence.transcript")} == {
        CALL
    }


async def test_what_is_stored_or_erased_is_known(engine: AsyncEngine) -> None:
    await store(engine, a_bundle())
    async with engine.begin() as connection:
        found = await known(connection, [a_bundle().transcript.sid, "GT2"])

    assert found == {a_bundle().transcript.sid}


def of_conversation(bundle: Bundle, n: int) -> Bundle:
    return replace(bundle, transcript=replace(bundle.transcript, sid=f"conv_conversation_{n}"))


def unsigned(bundle: Bundle) -> Bundle:
    results = [replace(each, unverified=True) for each in bundle.results]
    return replace(bundle, results=results, unverified=True)


def v3(result_id: str, n: int, names: Sequence[str] = (CALL,), label: str = "positive") -> Bundle:
    body = {
        "accountId": "AC1",
        "conversationId": "conv_conversation_1",
        "operatorResults": [
            {
                "id": result_id,
                "operator": {"id": "o", "displayName": "Sentiment"},
                "outputFormat": "CLASSIFICATION",
                "result": {"label": label},
                "referenceIds": list(names),
            }
        ],
    }
    return Bundle(
        insight_v3.conversation(body, "AC1"),
        (),
        insight_v3.operator_results(body),
        ASKED + timedelta(seconds=n),
    )
