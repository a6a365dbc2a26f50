"""From a webhook's record to stored results, through retries and dead letters."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from counting import counts, rows
from events import NOW_MS, VAULT, notified
from fake_intelligence import ACCOUNT, RESULTS, sid
from ingest_in_memory import Ingest, open_ingest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from waiting import until

from intelligence_ingest.bundle import Bundle
from intelligence_ingest.delay import DELAYS
from intelligence_ingest.store.transcripts import store_bundles
from trunkline.events.intelligence import NotificationKind
from trunkline.events.topics import NOTIFICATIONS, NOTIFICATIONS_RETRY
from trunkline.protect import NumberVault


@pytest.fixture
async def ingest(engine: AsyncEngine) -> AsyncIterator[Ingest]:
    async with open_ingest(engine) as parts:
        yield parts


async def test_an_announced_transcript_is_stored_with_all_its_results(ingest: Ingest) -> None:
    transcript = ingest.twilio.add(1)

    async with ingest.running():
        await ingest.announce(transcript)
        await ingest.until_stored(1)

    found = await counts(ingest.engine)
    assert (found["operator_result"], found["sentence"]) == (len(RESULTS), 2)
    assert ingest.figure('trunkline_ingest_transcripts_total{found_by="webhook"} 1.0')


async def test_a_webhook_that_comes_many_times_is_stored_once(ingest: Ingest) -> None:
    transcript = ingest.twilio.add(1)

    async with ingest.running():
        for _ in range(5):
            await ingest.announce(transcript)
        await ingest.until_stored(1)
        before = await counts(ingest.engine)
        for _ in range(5):
            await ingest.announce(transcript)
        marker = ingest.twilio.add(2)
        await ingest.announce(marker)
        await ingest.until_stored(2)

    after = await counts(ingest.engine)
    assert after["operator_result"] == 2 * before["operator_result"]


async def test_what_cannot_be_fetched_waits_in_a_row_and_holds_nobody_up(ingest: Ingest) -> None:
    late, ready = ingest.twilio.add(1, status="in-progress"), ingest.twilio.add(2)

    async with ingest.running():
        await ingest.announce(late)
        await ingest.announce(ready)
        await ingest.until_stored(1)
        await ingest.until_waiting(1)
        ingest.twilio.transcripts[late]["status"] = "completed"
        await ingest.hurry()

    assert (await counts(ingest.engine))["transcript"] == 2
    assert await rows(ingest.engine, "TABLE intelligence.delayed") == []
    assert len(ingest.bus.records(NOTIFICATIONS_RETRY.name)) == 1


async def test_delays_grow_until_the_notification_is_given_up(ingest: Ingest) -> None:
    async with ingest.running():
        await ingest.announce(sid("GT", 404))
        await ingest.until_waiting(1)
        for failed in range(1, len(DELAYS) + 1):
            (row,) = await rows(ingest.engine, "TABLE intelligence.delayed")
            assert row["attempts"] == failed
            await ingest.hurry()
        assert await rows(ingest.engine, "TABLE intelligence.delayed") == []

    (letter,) = ingest.bus.records(f"{NOTIFICATIONS.name}.dlq")
    assert letter.headers["dlq.reason"] == "exhausted"
    assert letter.headers["dlq.error"] == "NotThere"


async def test_a_row_that_a_dead_process_had_taken_is_taken_again(ingest: Ingest) -> None:
    async with ingest.running():
        await ingest.announce(ingest.twilio.add(1, status="queued"))
        await ingest.until_waiting(1)
    await ingest.hurry()

    assert await ingest.delays.once() == 0  # it is another's for a while
    await ingest.hurry()
    (row,) = await rows(ingest.engine, "TABLE intelligence.delayed")
    assert row["attempts"] == 3


@pytest.mark.parametrize(
    "values",
    [
        {"account_sid": "AC" + "9" * 32},
        {"kind": NotificationKind.TWILIO_V3, "body": b"not json"},
        {"kind": NotificationKind.TWILIO_V3, "body": b"[]"},
    ],
)
async def test_what_can_never_be_fetched_is_a_dead_letter(
    ingest: Ingest, values: dict[str, object]
) -> None:
    async with ingest.running():
        await ingest.announce(sid("GT", 1), **values)
        await until(lambda: ingest.bus.records(f"{NOTIFICATIONS.name}.dlq"))

    (letter,) = ingest.bus.records(f"{NOTIFICATIONS.name}.dlq")
    assert letter.headers["dlq.reason"] == "invalid"


async def test_webhooks_of_kinds_that_nobody_knows_are_kept_as_they_came_and_stop_nothing(
    ingest: Ingest,
) -> None:
    """More of them than there may be dead letters."""
    bodies = [f'{{"account_sid": "{ACCOUNT}", "né": {n}}}'.encode() for n in range(15)]
    async with ingest.running():
        for body in [*bodies, bodies[0]]:
            await ingest.announce("", kind=NotificationKind.UNSPECIFIED, body=body)
        await ingest.announce(ingest.twilio.add(1))
        await ingest.until_stored(1)

    kept = await rows(ingest.engine, "TABLE intelligence.unknown_notification")
    assert {VAULT.decrypt(row["body_enc"]).encode("latin-1") for row in kept} == {*bodies}
    assert len(kept) == len(bodies)
    assert ingest.bus.records(f"{NOTIFICATIONS.name}.dlq") == []


async def test_of_a_batch_that_has_to_be_halved_every_record_is_put_aside_and_counted_once(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio = ingest.twilio
    late, fine, poison = twilio.add(1, status="queued"), twilio.add(2), twilio.add(3)
    records = [
        replace(notified(each, offset, **values), timestamp_ms=NOW_MS + offset)
        for offset, (each, values) in enumerate(
            [(late, {}), (sid("GT", 9), {"account_sid": "AC9"}), (fine, {}), (poison, {})]
        )
    ]
    broken_for(poison, monkeypatch)
    reader = next(each for each in ingest.readers if each._subscription.consumer == "notifications")

    await reader._take(records)

    assert len(ingest.bus.records(NOTIFICATIONS_RETRY.name)) == 1
    assert len(ingest.bus.records(f"{NOTIFICATIONS.name}.dlq")) == 2
    for outcome, n in (("stored", 1.0), ("delayed", 1.0), ("dead", 2.0)):
        assert ingest.figure(
            "trunkline_ingest_records_total"
            f'{{outcome="{outcome}",topic="{NOTIFICATIONS.name}"}} {n}'
        )


def broken_for(poison: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if storing this one had a bug."""

    async def failing(
        connection: AsyncConnection, vault: NumberVault, bundles: Sequence[Bundle], *rest: str
    ) -> int:
        if any(each.transcript.sid == poison for each in bundles):
            raise ZeroDivisionError
        return await store_bundles(connection, vault, bundles, *rest)

    monkeypatch.setattr("intelligence_ingest.notifications.store_bundles", failing)


@pytest.mark.parametrize("topic", [NOTIFICATIONS.name, NOTIFICATIONS_RETRY.name])
async def test_a_record_that_is_no_notification_is_a_dead_letter(
    ingest: Ingest, topic: str
) -> None:
    async with ingest.running():
        await ingest.bus.bulk.publish(topic, b"\xff\xff")
        await until(lambda: ingest.bus.records(f"{topic}.dlq"))
