"""Real processes on a real broker and database, killed at random moments: counts stay the same."""

import asyncio
import random
from collections.abc import Callable, Iterable
from functools import partial

from counting import counts, rows
from events import ended, notified, started, turn
from fake_intelligence import RESULTS, FakeIntelligence, sid
from ingest_processes import environment, replicas, serving
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from waiting import until_found

from intelligence_ingest.subscriptions import READ, needed_topics
from trunkline.bus import Bus
from trunkline.bus.kafka import KafkaBus
from trunkline.events.topics import LIFECYCLE, NOTIFICATIONS, TURNS
from trunkline.events.wire import encode_lifecycle, encode_turn
from trunkline_cli.stack.kafka import KafkaServer

CALLS = 120
TURNS_EACH = 3
DEATHS = 6
DONE_SECONDS = 90.0


async def tell_everything(bus: Bus, calls: Iterable[int]) -> None:
    """The calls' lives and turns, and the webhooks of their transcripts, some of them twice."""
    for n in calls:
        call = f"CA{n:032x}"
        for life in (started(call_sid=call, session_id=f"VX{n:032x}"), ended(call_sid=call)):
            await bus.bulk.publish(LIFECYCLE.name, encode_lifecycle(life), key=call)
        for number in range(TURNS_EACH):
            value = encode_turn(turn(number, call_sid=call))
            await bus.bulk.publish(TURNS.name, value, key=call)
        for _ in range(1 + n % 2):
            record = notified(sid("GT", n))
            await bus.bulk.publish(NOTIFICATIONS.name, record.value, key=record.key)


def expected() -> dict[str, int]:
    turns = CALLS * TURNS_EACH
    return {
        **{"anchor": 2 * CALLS, "call": CALLS, "session": CALLS, "turn": turns, "tool_use": turns},
        **{"transcript": CALLS, "sentence": 2 * CALLS},
    }


async def is_all_read(engine: AsyncEngine, bus: Bus) -> bool:
    found = await rows(engine, "SELECT sum(next_offset) AS read FROM intelligence.consumer_offset")
    ends = [sum((await bus.end_offsets(topic.name)).values()) for topic in READ]
    waiting = await rows(engine, "TABLE intelligence.delayed")
    return int(found[0]["read"] or 0) == sum(ends) and not waiting


async def check(engine: AsyncEngine) -> None:
    """Everything is there, once, and every transcript has found its call."""
    found = await counts(engine)
    results = await rows(
        engine,
        "SELECT source, count(*) AS n, count(call_sid) AS joined"
        " FROM intelligence.operator_result WHERE source <> 'own' GROUP BY source",
    )
    assert {table: found[table] for table in expected()} == expected()
    assert results == [{"source": "v2", "n": CALLS * len(RESULTS), "joined": CALLS * len(RESULTS)}]


async def test_processes_that_are_killed_and_fight_for_partitions_lose_and_double_nothing(
    engine: AsyncEngine, database_url: str, own_kafka: Callable[[], KafkaServer]
) -> None:
    server = own_kafka()
    await asyncio.to_thread(server.start_sync)
    twilio, chance = FakeIntelligence(), random.Random(11)
    for n in range(CALLS):
        twilio.add(n, source_sid=f"VX{n:032x}")
    async with (
        serving(twilio, latency_seconds=0.02) as url,
        KafkaBus.open(server.bootstrap, client_id="test") as bus,
    ):
        await bus.create_topics(needed_topics())
        settings = environment(server.bootstrap, database_url, url)
        done = partial(is_all_read, engine, bus)
        async with replicas(settings, 2) as running:
            for part in range(DEATHS):
                await tell_everything(bus, range(part, CALLS, DEATHS))
                victim = chance.choice(running)
                await asyncio.sleep(chance.uniform(0.5, 2.5))  # any moment will do
                await victim.kill()
                await victim.start()
            await until_found(done, DONE_SECONDS)
            await check(engine)

        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM intelligence.consumer_offset"))
        async with replicas(settings, 2) as running:
            await until_found(done, DONE_SECONDS)
            await check(engine)
            assert [await each.stop() for each in running] == [0, 0]


async def test_what_no_webhook_announced_is_found_by_a_running_process(
    engine: AsyncEngine, database_url: str, kafka_bootstrap: str
) -> None:
    twilio = FakeIntelligence()
    lost = twilio.add(1)

    async def found() -> bool:
        return (await counts(engine))["transcript"] == 1

    async with serving(twilio) as url:
        settings = environment(kafka_bootstrap, database_url, url)
        wide = {"INGEST_SWEEP_FIRST_DAYS": "3650"}
        async with replicas({**settings, **wide}, 1):
            await until_found(found, DONE_SECONDS)

    stored = await rows(engine, "SELECT transcript_sid, found_by FROM intelligence.transcript")
    assert stored == [{"transcript_sid": lost, "found_by": "sweep"}]
