"""The in-memory bus: the contract, and the faults that other tests ask of it."""

import asyncio

import pytest

from trunkline.bus import Bus, NewTopic, Start
from trunkline.bus.memory import MemoryBus
from trunkline.errors import PublishFailed
from trunkline.testing.bus_contract import BusContract
from trunkline.testing.virtual_time import in_virtual_time, unix_now


class TestMemoryBus(BusContract):
    @pytest.fixture
    async def bus(self) -> Bus:
        return MemoryBus(calls_deadline_seconds=0.2, topic_deadline_seconds=0.2)


async def _bus_with(topic: str) -> MemoryBus:
    bus = MemoryBus(clock=unix_now)
    await bus.create_topics([NewTopic(topic)])
    return bus


@in_virtual_time
async def test_a_stalled_topic_fails_its_senders_at_the_deadline_and_writes_at_the_release() -> (
    None
):
    bus = await _bus_with("call.CA1")
    bus.faults.stall("call.*")

    with pytest.raises(PublishFailed):
        await bus.calls.publish("call.CA1", b"late")
    assert bus.records("call.CA1") == []

    bus.faults.release("call.*")
    assert [record.value for record in bus.records("call.CA1")] == [b"late"]


@in_virtual_time
async def test_records_held_back_are_acknowledged_in_order_when_released_in_time() -> None:
    bus = await _bus_with("calls.prompts")
    bus.faults.stall("*")
    sent = [await bus.calls.send("calls.prompts", value) for value in (b"1", b"2", b"3")]
    bus.faults.release("*")

    assert [(await published).offset for published in sent] == [0, 1, 2]


@in_virtual_time
async def test_a_failing_topic_refuses_at_once_and_never_writes() -> None:
    bus = await _bus_with("calls.prompts")
    bus.faults.fail("calls.prompts")

    with pytest.raises(PublishFailed):
        await bus.calls.publish("calls.prompts", b"x")
    bus.faults.release("calls.prompts")

    assert bus.records("calls.prompts") == []


@in_virtual_time
async def test_a_producers_retry_shows_readers_the_same_record_twice() -> None:
    bus = await _bus_with("call.CA1")
    bus.faults.duplicate("call.CA1")

    position = await bus.calls.publish("call.CA1", b"once")
    await bus.calls.publish("call.CA1", b"next")
    async with bus.read("call.CA1", Start.BEGINNING) as reader:
        values = [record.value for record in await reader.fetch()]

    assert position.offset == 0
    assert values == [b"once", b"once", b"next"]


@in_virtual_time
async def test_a_sender_may_be_more_patient_than_its_producer() -> None:
    bus = MemoryBus()
    await bus.create_topics([NewTopic("slow")])
    bus.faults.stall("slow")

    usual = await bus.calls.send("slow", b"1")
    patient = await bus.calls.send("slow", b"2", within=15.0)
    with pytest.raises(PublishFailed):
        await usual
    await asyncio.sleep(10.0)
    bus.faults.release("slow")

    assert (await patient).offset == 1  # what failed was written after all: that is not known
