"""The sweep finds what no webhook announced, and gives nothing up that may come."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from counting import counts, one, rows
from events import CALL, NOW_MS, SESSION, VAULT, started
from fake_intelligence import ACCOUNT, sid
from ingest_in_memory import Ingest, open_ingest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest import insight
from intelligence_ingest.delay import DELAYS
from intelligence_ingest.news import News
from intelligence_ingest.reading_json import Json
from intelligence_ingest.results import Transcript
from intelligence_ingest.store.calls import store_lifecycle


@pytest.fixture
async def ingest(engine: AsyncEngine) -> AsyncIterator[Ingest]:
    async with open_ingest(engine) as parts:
        yield parts


async def test_a_sweep_finds_what_no_webhook_announced_page_by_page(ingest: Ingest) -> None:
    for n in range(5):
        ingest.twilio.add(n, source_sid=SESSION)
    ingest.twilio.page_size = 2
    async with ingest.engine.begin() as connection:
        await store_lifecycle(connection, VAULT, [News(started(), NOW_MS)])
    async with ingest.running():
        await ingest.announce(sid("GT", 0))
        await ingest.until_stored(1)

    await ingest.sweep.sweep(ACCOUNT)

    assert (await counts(ingest.engine))["transcript"] == 5
    assert ingest.figure('trunkline_ingest_transcripts_total{found_by="sweep"} 4.0')
    found = await rows(ingest.engine, "SELECT DISTINCT call_sid FROM intelligence.transcript")
    assert found == [{"call_sid": CALL}]


async def test_a_sweep_of_what_is_known_fetches_nothing(ingest: Ingest) -> None:
    ingest.twilio.add(1)
    await ingest.sweep.sweep(ACCOUNT)
    asked = ingest.twilio.asked["Sentences"]

    await ingest.sweep.sweep(ACCOUNT)

    assert ingest.twilio.asked["Sentences"] == asked == 1


async def test_a_sweep_goes_on_with_the_page_at_which_it_was_cut_off(ingest: Ingest) -> None:
    for n in range(6):
        ingest.twilio.add(n)
    ingest.twilio.page_size = 2
    stretch = await ingest.sweep._take(ACCOUNT)
    assert stretch is not None
    page = await ingest.sweep._page(stretch)
    await ingest.sweep._note(stretch, page, 0)  # and then its process dies
    ingest.twilio.requests.clear()

    await ingest.sweep.sweep(ACCOUNT)

    assert "Page=1" in ingest.twilio.requests[0]


async def test_two_that_sweep_do_not_sweep_the_same_account(ingest: Ingest) -> None:
    assert await ingest.sweep._take(ACCOUNT) is not None
    assert await ingest.sweep._take(ACCOUNT) is None


async def test_a_page_that_is_no_longer_there_begins_the_sweep_anew(ingest: Ingest) -> None:
    ingest.twilio.add(1)
    stretch = await ingest.sweep._take(ACCOUNT)
    assert stretch is not None
    async with ingest.engine.begin() as connection:
        await connection.execute(
            text("UPDATE intelligence.sweep SET page_url = :url, lease_until = '-infinity'"),
            {"url": "https://intelligence.twilio.com/v2/Transcripts/GTgone/Sentences"},
        )
    with pytest.raises(Exception, match="no such transcript"):
        await ingest.sweep.sweep(ACCOUNT)

    async with ingest.engine.begin() as connection:
        await connection.execute(text("UPDATE intelligence.sweep SET lease_until = '-infinity'"))
    assert await ingest.sweep.sweep(ACCOUNT) == 1


async def test_one_transcript_that_cannot_be_fetched_does_not_hold_up_a_sweep(
    ingest: Ingest,
) -> None:
    broken, fine = ingest.twilio.add(1), ingest.twilio.add(2)
    del ingest.twilio.transcripts[broken]["sid"]
    ingest.twilio.transcripts[broken] = {"status": "completed", "sid": broken}

    await ingest.sweep.sweep(ACCOUNT)

    assert (await one(ingest.engine, "transcript"))["transcript_sid"] == fine


async def be_due(ingest: Ingest) -> None:
    """As if the delays were over."""
    async with ingest.engine.begin() as connection:
        await connection.execute(
            text("UPDATE intelligence.sweep_failure SET due_at = now() WHERE due_at < 'infinity'")
        )


def broken_for(ingest: Ingest, transcript: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if reading this one had a bug."""
    read = insight.transcript

    def failing(found: Json) -> Transcript:
        if found["sid"] == transcript:
            raise ZeroDivisionError
        return read(found)

    monkeypatch.setattr("intelligence_ingest.insight.transcript", failing)


async def test_one_transcript_that_meets_a_bug_ends_nothing_and_is_stored_when_that_is_mended(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, fine = ingest.twilio.add(1), ingest.twilio.add(2)
    broken_for(ingest, poison, monkeypatch)
    assert await ingest.sweep.sweep(ACCOUNT) == 1
    assert (await one(ingest.engine, "transcript"))["transcript_sid"] == fine
    asked = len(ingest.twilio.requests)
    await ingest.sweep.sweep(ACCOUNT)
    assert len(ingest.twilio.requests) == asked + 1  # the list: it is not due yet

    monkeypatch.undo()
    await be_due(ingest)

    assert await ingest.sweep.sweep(ACCOUNT) == 1
    assert (await counts(ingest.engine))["transcript"] == 2
    assert await rows(ingest.engine, "TABLE intelligence.sweep_failure") == []


async def test_a_transcript_that_fails_each_time_is_given_up_and_says_so(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_for(ingest, ingest.twilio.add(1), monkeypatch)
    for _ in range(len(DELAYS) + 1):
        await ingest.sweep.sweep(ACCOUNT)
        await be_due(ingest)
    (row,) = await rows(
        ingest.engine,
        "SELECT failed, error, due_at < 'infinity' AS due FROM intelligence.sweep_failure",
    )

    assert row == {"failed": len(DELAYS) + 1, "error": "ZeroDivisionError", "due": False}
    assert ingest.figure('trunkline_ingest_sweep_failures_total{outcome="again"} 5.0')
    assert ingest.figure('trunkline_ingest_sweep_failures_total{outcome="given_up"} 1.0')


async def test_what_a_webhook_may_still_tell_of_is_left_for_the_next_sweep(ingest: Ingest) -> None:
    young = ingest.twilio.add(1)
    now = datetime.now(UTC)
    ingest.twilio.transcripts[young]["date_updated"] = now.isoformat()
    assert await ingest.sweep.sweep(ACCOUNT) == 0

    ingest.twilio.transcripts[young]["date_updated"] = (now - timedelta(minutes=6)).isoformat()

    assert await ingest.sweep.sweep(ACCOUNT) == 1
