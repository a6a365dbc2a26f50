"""A process dies at every fifth step of its reading, another goes on: nothing is lost or doubled.

Real processes and a real `kill -9` are in `test_killed.py`.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from counting import counts, rows
from deaths import Death, Died, dying
from events import NOW_MS, VAULT, ended, notified, resumed, started, turn
from fake_intelligence import ACCOUNT, URL, FakeIntelligence, sid
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from waiting import until_found

from intelligence_ingest.asking import TwilioApi
from intelligence_ingest.delays import Delays
from intelligence_ingest.fetcher import Fetcher
from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.notifications import Notifications
from intelligence_ingest.reading import BatchReader
from intelligence_ingest.sources import Sources
from intelligence_ingest.subscriptions import READ, needed_topics, subscriptions
from intelligence_ingest.transport import Transport
from trunkline.bus.dead_letters import DeadLetters, DlqLimit
from trunkline.bus.memory import MemoryBus
from trunkline.errors import Transient
from trunkline.events.dial import AttemptFinished, DialEvent
from trunkline.events.lifecycle import Lifecycle
from trunkline.events.topics import DIALER_EVENTS, LIFECYCLE, TURNS
from trunkline.events.wire import encode_dial, encode_lifecycle, encode_turn
from trunkline.metrics import Registry

CALLS = 2
STEPS = 90  # more than all of it takes
EXPECTED = {
    **{"anchor": 4, "call": 2, "session": 4, "turn": 6, "tool_use": 6, "transcript": 2},
    **{"sentence": 4, "operator_result": 16},
}


async def a_full_bus() -> MemoryBus:
    bus = MemoryBus()
    await bus.create_topics(needed_topics())
    for n in range(CALLS):
        call = {"call_sid": f"CA{n:032x}"}
        lifecycle: list[Lifecycle] = [
            started(**call, session_id=f"VX{n:032x}"),
            ended(**call, reason="transferred"),
            resumed(**call, session_id=f"VX{n + 100:032x}"),
            ended(**call, epoch=9),
        ]
        for each in lifecycle:
            await bus.bulk.publish(LIFECYCLE.name, encode_lifecycle(each), key=call["call_sid"])
        for number in range(3):
            value = encode_turn(turn(number, **call))
            await bus.bulk.publish(TURNS.name, value, key=call["call_sid"])
        attempt = AttemptFinished("a", "c", 1, "human", "", True, call["call_sid"])
        dialed = DialEvent(f"e{n}", "acme", "spring", n, NOW_MS, attempt)
        await bus.bulk.publish(DIALER_EVENTS.name, encode_dial(dialed), key="spring")
        record = notified(sid("GT", n))
        await bus.bulk.publish(record.topic, record.value, key=record.key)
    return bus


def twilio_with_trouble() -> FakeIntelligence:
    """One transcript is complete at once; the other one is not there when it is first asked for."""
    twilio = FakeIntelligence()
    for n in range(CALLS):
        twilio.add(n, source_sid=f"VX{n:032x}")
    twilio.trouble = [(404, {})]
    return twilio


async def work(engine: AsyncEngine, bus: MemoryBus, twilio: FakeIntelligence) -> None:
    """Everything that reads, until it is all done."""
    metrics, letters = IngestMetrics(Registry()), DeadLetters(bus.bulk, DlqLimit())
    async with twilio.client() as client:
        api = TwilioApi(Transport([client], URL, 4), {ACCOUNT: ("secret",)})
        fetcher = Fetcher(api, Sources(api, api))
        notifications = Notifications(engine, fetcher, VAULT, bus.bulk, letters, metrics, "?")
        readers = [
            BatchReader(bus, engine, each, letters, metrics)
            for each in subscriptions(notifications, VAULT)
        ]
        delays = Delays(engine, notifications, metrics)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(each.run(), name="reader") for each in readers]

            async def done() -> bool:
                await hurry(engine, delays)
                return await is_read(engine, bus)

            await until_found(done)
            for task in running:
                task.cancel()


async def hurry(engine: AsyncEngine, delays: Delays) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE intelligence.delayed SET due_at = now()"))
    with suppress(Transient):
        await delays.once()


async def is_read(engine: AsyncEngine, bus: MemoryBus) -> bool:
    (row,) = await rows(
        engine,
        "SELECT (SELECT coalesce(sum(next_offset), 0) FROM intelligence.consumer_offset) AS read,"
        " (SELECT count(*) FROM intelligence.delayed) AS waiting",
    )
    written = sum(len(bus.records(topic.name)) for topic in READ)
    return int(row["read"]) == written and row["waiting"] == 0


async def live_and_die(
    engine: AsyncEngine, bus: MemoryBus, twilio: FakeIntelligence, step: int
) -> bool:
    """Whether it died before all was done."""
    try:
        with dying(engine, Death(step)):
            await work(engine, bus, twilio)
    except BaseExceptionGroup:
        return True
    except Died:
        return True
    return False


async def contents(engine: AsyncEngine) -> Sequence[dict[str, Any]]:
    """What the calls are in the end, whenever it was written."""
    return await rows(
        engine,
        "SELECT c.call_sid, outcome, end_epoch, last_epoch, campaign_id, attempt_outcome,"
        " (SELECT count(*) FROM intelligence.transcript t WHERE t.call_sid = c.call_sid) AS told"
        " FROM intelligence.call c ORDER BY 1",
    )


@pytest.mark.parametrize("step", range(1, STEPS, 5))
async def test_a_process_that_dies_at_some_step_loses_and_doubles_nothing(
    engine: AsyncEngine, step: int
) -> None:
    bus, twilio = await a_full_bus(), twilio_with_trouble()

    died = await live_and_die(engine, bus, twilio, step)
    await work(engine, bus, twilio)

    assert died or step > STEPS / 2
    assert await counts(engine) == EXPECTED
    assert {
        (row["outcome"], row["told"], row["campaign_id"]) for row in await contents(engine)
    } == {("caller_hung_up", 1, "spring")}


async def test_a_process_that_dies_again_and_again_comes_to_the_end(engine: AsyncEngine) -> None:
    bus, twilio = await a_full_bus(), twilio_with_trouble()

    deaths = 0
    for step in range(6, 40, 4):
        deaths += await live_and_die(engine, bus, twilio, step)
    await work(engine, bus, twilio)

    assert deaths > 3
    assert await counts(engine) == EXPECTED


async def test_all_topics_read_again_from_their_beginning_change_nothing(
    engine: AsyncEngine,
) -> None:
    bus, twilio = await a_full_bus(), twilio_with_trouble()
    await work(engine, bus, twilio)
    before = await contents(engine)

    for _ in range(2):
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM intelligence.consumer_offset"))
        await work(engine, bus, twilio)

    assert await counts(engine) == EXPECTED
    assert await contents(engine) == before
