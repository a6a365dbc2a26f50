"""Which topics the janitor removes, and which it must not."""

import asyncio

import pytest

from gateway import janitor
from gateway.janitor import OLDEST_SECONDS, ROUND_SECONDS, keep_clean, sweep
from trunkline.bus import NewTopic
from trunkline.bus.memory import MemoryBus
from trunkline.events.topics import call_topic, replies_topic
from trunkline.testing.virtual_time import in_virtual_time, unix_now

LONG = OLDEST_SECONDS + 60
OLD, YOUNG, EMPTY = (call_topic(f"CA{name}") for name in ("old", "young", "empty"))


async def bus_with(*topics: NewTopic) -> MemoryBus:
    """A cluster in which each of these topics has one record."""
    bus = MemoryBus(clock=unix_now)
    await bus.create_topics(topics)
    for topic in topics:
        await bus.calls.publish(topic.name, b"Attached")
    return bus


@in_virtual_time
async def test_the_topic_of_a_call_that_must_have_ended_is_removed() -> None:
    bus = await bus_with(OLD)
    await asyncio.sleep(LONG)
    await bus.create_topics([YOUNG])
    await bus.calls.publish(YOUNG.name, b"Attached")

    await sweep(bus, unix_now())

    assert await bus.topics() == {YOUNG.name}


@in_virtual_time
async def test_a_topic_is_as_old_as_its_first_record_not_as_its_silence() -> None:
    bus = await bus_with(OLD, YOUNG)
    await asyncio.sleep(LONG)
    await bus.calls.publish(OLD.name, b"still talking")

    await sweep(bus, unix_now())

    assert await bus.topics() == frozenset()


@in_virtual_time
async def test_an_outage_makes_no_topic_old() -> None:
    bus = await bus_with(YOUNG)
    await asyncio.sleep(OLDEST_SECONDS - 60)

    await sweep(bus, unix_now())

    assert await bus.topics() == {YOUNG.name}


@in_virtual_time
async def test_empty_topics_and_those_of_others_are_left_alone() -> None:
    others = [replies_topic("gateway-9"), NewTopic("calls.turns"), NewTopic("callings")]
    bus = await bus_with(*others)
    await bus.create_topics([EMPTY])
    await asyncio.sleep(LONG)

    await sweep(bus, unix_now())

    assert await bus.topics() == {EMPTY.name, *(topic.name for topic in others)}


@in_virtual_time
async def test_a_round_looks_at_no_more_topics_than_it_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(janitor, "ROUND_TOPICS", 3)
    bus = await bus_with(*(call_topic(f"CA{number}") for number in range(10)))
    await asyncio.sleep(LONG)

    await sweep(bus, unix_now())

    assert len(await bus.topics()) == 7


@in_virtual_time
async def test_rounds_go_on_though_the_cluster_fails_in_one() -> None:
    class Failing(MemoryBus):
        failures = 1

        async def topics(self) -> frozenset[str]:
            if self.failures:
                self.failures -= 1
                raise TimeoutError
            return await super().topics()

    bus = Failing(clock=unix_now)
    await bus.create_topics([OLD])
    await bus.calls.publish(OLD.name, b"Attached")
    async with asyncio.TaskGroup() as tasks:
        cleaning = tasks.create_task(keep_clean(bus, unix_now), name="janitor")
        await asyncio.sleep(LONG + 2 * ROUND_SECONDS)
        cleaning.cancel()

    assert await bus.topics() == frozenset()
