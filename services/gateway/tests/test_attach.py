"""Taking a call: its topic, our place in it, and what it tells."""

import asyncio

import pytest
from fakes import AGENT, CALL, records

from gateway.attach import attach, tell_elsewhere
from gateway.calllog import Verdict
from gateway.metrics import GatewayMetrics
from trunkline.bus.memory import MemoryBus
from trunkline.errors import PublishFailed
from trunkline.events.call import (
    NO_EPOCH,
    Attached,
    CallerSpoke,
    CallEvent,
    CallRecord,
    RoutedElsewhere,
)
from trunkline.events.topics import call_topic
from trunkline.events.wire import encode_record
from trunkline.metrics import Registry
from trunkline.testing.virtual_time import in_virtual_time, unix_now

TOPIC = call_topic(CALL).name


def record(attachment_id: str, n: int, event: CallEvent, epoch: int = NO_EPOCH) -> CallRecord:
    return CallRecord("acme", CALL, attachment_id, n, attachment_id, epoch, event)


def attached(attachment_id: str) -> CallRecord:
    return record(attachment_id, 1, Attached("gateway-1", 0, AGENT.id, AGENT.version, "en-US"))


def new_metrics() -> GatewayMetrics:
    return GatewayMetrics(Registry())


async def write(bus: MemoryBus, written: CallRecord) -> None:
    await bus.calls.publish(TOPIC, encode_record(written), key=CALL)


@in_virtual_time
async def test_a_new_calls_epoch_is_the_offset_of_its_attached() -> None:
    bus = MemoryBus(clock=unix_now)
    async with attach(bus, attached("one"), new_metrics(), seconds=2) as log:
        epoch = log.ownership.epoch

    assert epoch == 0
    assert [r.event for r in records(bus, TOPIC)] == [attached("one").event]


@in_virtual_time
async def test_a_call_that_is_taken_up_is_told_from_its_beginning() -> None:
    bus = MemoryBus(clock=unix_now)
    async with attach(bus, attached("one"), new_metrics(), seconds=2):
        await write(bus, record("one", 2, CallerSpoke(1, "Are you open?"), epoch=0))
    async with attach(bus, attached("two"), new_metrics(), seconds=2) as log:
        story, epoch = log.story, log.ownership.epoch

    assert epoch == 2
    assert [turn.asked for turn in story.turns] == ["", "Are you open?"]


@in_virtual_time
async def test_the_first_of_two_attachments_learns_that_it_has_lost_the_call() -> None:
    bus, metrics = MemoryBus(clock=unix_now), new_metrics()
    async with (
        attach(bus, attached("one"), metrics, seconds=2) as first,
        attach(bus, attached("two"), metrics, seconds=2) as second,
    ):
        await write(bus, record("one", 2, CallerSpoke(1, "too late"), epoch=0))
        await first.taken_over()
        verdicts = await second.read()

    assert [verdict for verdict, _ in verdicts] == [Verdict.IGNORED]


@in_virtual_time
async def test_an_attached_that_was_written_twice_counts_once() -> None:
    bus = MemoryBus(clock=unix_now)
    await bus.create_topics([call_topic(CALL)])
    bus.faults.duplicate(TOPIC)
    async with attach(bus, attached("one"), new_metrics(), seconds=2) as log:
        verdicts = await log.read()

    assert log.ownership.epoch == 0
    assert [verdict for verdict, _ in verdicts] == [Verdict.IGNORED]


@in_virtual_time
async def test_a_topic_that_takes_no_record_is_given_up_in_time() -> None:
    bus = MemoryBus(clock=unix_now, calls_deadline_seconds=60)
    bus.faults.stall(TOPIC)

    with pytest.raises(TimeoutError):
        async with attach(bus, attached("one"), new_metrics(), seconds=2):
            pass

    assert asyncio.get_running_loop().time() == pytest.approx(2)


@in_virtual_time
async def test_a_bus_that_refuses_says_so_at_once() -> None:
    bus = MemoryBus(clock=unix_now)
    bus.faults.fail(TOPIC)

    with pytest.raises(PublishFailed):
        async with attach(bus, attached("one"), new_metrics(), seconds=2):
            pass


@in_virtual_time
async def test_time_to_attach_does_not_limit_the_call() -> None:
    bus = MemoryBus(clock=unix_now)
    async with attach(bus, attached("one"), new_metrics(), seconds=2) as log:
        await asyncio.sleep(600)
        await write(bus, record("two", 1, attached("two").event))
        await log.taken_over()


@in_virtual_time
async def test_word_that_replies_are_elsewhere_is_left_when_the_topic_is_ready_at_last() -> None:
    bus = MemoryBus(clock=unix_now, calls_deadline_seconds=60)
    bus.faults.stall(TOPIC)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(tell_elsewhere(bus, attached("one"), "replies.gateway-1"), name="tell")
        await asyncio.sleep(10)
        bus.faults.release(TOPIC)

    assert [r.event for r in records(bus, TOPIC)] == [RoutedElsewhere("replies.gateway-1")]


@in_virtual_time
async def test_a_topic_that_is_never_ready_is_not_waited_for_for_ever() -> None:
    bus = MemoryBus(clock=unix_now, calls_deadline_seconds=600)
    bus.faults.stall(TOPIC)

    await tell_elsewhere(bus, attached("one"), "replies.gateway-1")

    assert asyncio.get_running_loop().time() == pytest.approx(15)
