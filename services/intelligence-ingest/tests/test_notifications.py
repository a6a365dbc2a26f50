"""From a webhook's record to stored results, through retries and dead letters, and by the sweep."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from counting import counts, one, rows
from events import CALL, NOW_MS, SESSION, VAULT, notified, started
from fake_intelligence import ACCOUNT, RESULTS, URL, FakeIntelligence, sid
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from waiting import until, until_found

from intelligence_ingest.asking import TwilioApi
from intelligence_ingest.delay import DELAYS
from intelligence_ingest.delays import Delays
from intelligence_ingest.fetcher import Fetcher
from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.news import News
from intelligence_ingest.notifications import Notifications
from intelligence_ingest.reading import BatchReader
from intelligence_ingest.store.calls import store_lifecycle
from intelligence_ingest.subscriptions import needed_topics, subscriptions
from intelligence_ingest.sweep import Rhythm, Sweep
from intelligence_ingest.transport import Transport
from trunkline.bus.dead_letters import DeadLetters, DlqLimit
from trunkline.bus.memory import MemoryBus
from trunkline.events.intelligence import NotificationKind
from trunkline.events.topics import NOTIFICATIONS, NOTIFICATIONS_RETRY
from trunkline.metrics import Registry

FAST = Rhythm(every=timedelta(0), first=timedelta(days=3650), per_second=1000)


@dataclass
class Ingest:
    """The parts that notifications pass, on the in-memory bus and a fake of Twilio."""

    engine: AsyncEngine
    bus: MemoryBus
    twilio: FakeIntelligence
    readers: list[BatchReader]
    delays: Delays
    sweep: Sweep
    registry: Registry

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(each.run(), name="reader") for each in self.readers]
            yield
            for task in running:
                task.cancel()

    async def announce(self, transcript: str, **values: Any) -> None:
        record = notified(transcript, **values)
        await self.bus.bulk.publish(record.topic, record.value, key=record.key)

    async def until_stored(self, transcripts: int) -> None:
        async def stored() -> bool:
            return (await counts(self.engine))["transcript"] == transcripts

        await until_found(stored)

    async def until_read(self, records: int) -> None:
        """However many partitions they are in."""

        async def read() -> bool:
            statement = (
                "SELECT coalesce(sum(next_offset), 0) AS n FROM intelligence.consumer_offset"
            )
            return bool((await rows(self.engine, statement))[0]["n"] == records)

        await until_found(read)

    async def until_waiting(self, notifications: int) -> None:
        async def waits() -> bool:
            return len(await rows(self.engine, "TABLE intelligence.delayed")) == notifications

        await until_found(waits)

    async def hurry(self) -> None:
        """As if the delays were over."""
        async with self.engine.begin() as connection:
            await connection.execute(text("UPDATE intelligence.delayed SET due_at = now()"))
        await self.delays.once()

    def figure(self, line: str) -> bool:
        return line in self.registry.exposition().decode()


@pytest.fixture
async def ingest(engine: AsyncEngine) -> AsyncIterator[Ingest]:
    twilio, bus, registry = FakeIntelligence(), MemoryBus(), Registry()
    await bus.create_topics(needed_topics())
    metrics, letters = IngestMetrics(registry), DeadLetters(bus.bulk, DlqLimit())
    async with twilio.client() as client:
        api = TwilioApi(Transport([client], URL, 8), {ACCOUNT: ("secret",)})
        fetcher = Fetcher(api)
        notifications = Notifications(engine, fetcher, VAULT, bus.bulk, letters, metrics, "unknown")
        yield Ingest(
            engine,
            bus,
            twilio,
            [
                BatchReader(bus, engine, each, letters, metrics)
                for each in subscriptions(notifications, VAULT)
            ],
            Delays(engine, notifications, metrics),
            Sweep(engine, fetcher, VAULT, metrics, FAST, "unknown"),
            registry,
        )


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
        {"kind": NotificationKind.UNSPECIFIED},
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


@pytest.mark.parametrize("topic", [NOTIFICATIONS.name, NOTIFICATIONS_RETRY.name])
async def test_a_record_that_is_no_notification_is_a_dead_letter(
    ingest: Ingest, topic: str
) -> None:
    async with ingest.running():
        await ingest.bus.bulk.publish(topic, b"\xff\xff")
        await until(lambda: ingest.bus.records(f"{topic}.dlq"))


async def test_results_of_v3_are_those_that_the_webhook_carries(ingest: Ingest) -> None:
    body = ingest.twilio.encoded(
        {
            "accountId": ACCOUNT,
            "conversationId": "conv_conversation_1",
            "operatorResults": [
                {"id": "r1", "operator": {"id": "o1"}, "outputFormat": "JSON", "result": {"a": 1}}
            ],
        }
    )

    async with ingest.running():
        await ingest.announce(
            "conv_conversation_1", kind=NotificationKind.TWILIO_V3, body=body, received_ms=NOW_MS
        )
        await ingest.until_stored(1)

    result = await one(ingest.engine, "operator_result")
    assert (result["source"], result["unverified"]) == ("v3", False)
    assert ingest.twilio.requests == []


def carried(found: str) -> bytes:
    """A webhook of v3 with a result."""
    result = {"id": "r1", "operator": {"id": "o1"}, "outputFormat": "JSON", "result": found}
    return FakeIntelligence().encoded(
        {"conversationId": "conv_conversation_1", "operatorResults": [result]}
    )


async def test_what_nobody_has_signed_for_says_so_and_never_replaces_what_was_signed(
    ingest: Ingest,
) -> None:
    told = (("forged", True), ("right", False), ("forged again", True))
    found = []
    async with ingest.running():
        for n, (result, body_unsigned) in enumerate(told):
            await ingest.announce(
                "conv_conversation_1",
                kind=NotificationKind.TWILIO_V3,
                body=carried(result),
                received_ms=NOW_MS + n,
                body_unsigned=body_unsigned,
            )
            await ingest.until_read(n + 1)
            row = await one(ingest.engine, "operator_result")
            found.append((row["result_json"], row["unverified"]))

    assert found == [("forged", True), ("right", False), ("right", False)]


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
