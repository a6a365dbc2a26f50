"""Telling how many calls a gateway can take: each second, and never behind a slow bus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fakes import GATEWAY, Exchange, open_exchange

from gateway.capacity import announce_capacity
from gateway.follow import follow
from trunkline.events.topics import CAPACITY
from trunkline.events.twilio import Capacity
from trunkline.events.wire import decode_capacity
from trunkline.testing.virtual_time import UNIX_START, in_virtual_time


@asynccontextmanager
async def announcing(slots: int = 10, reserve: int = 2) -> AsyncIterator[Exchange]:
    async with (
        open_exchange(slots=slots, reserve=reserve) as exchange,
        asyncio.TaskGroup() as tasks,
    ):
        room, bus = exchange.room, exchange.bus
        hearing = follow(bus, CAPACITY.name, decode_capacity, room.hear, exchange.metrics)
        running = [
            tasks.create_task(hearing, name="hearing"),
            tasks.create_task(announce_capacity(bus.bulk, room), name="capacity"),
        ]
        yield exchange
        for task in running:
            task.cancel()


def said(exchange: Exchange) -> list[Capacity]:
    return [decode_capacity(one.value) for one in exchange.bus.records(CAPACITY.name)]


@in_virtual_time
async def test_each_second_a_gateway_says_what_it_can_take() -> None:
    async with announcing() as exchange:
        await asyncio.sleep(0.5)
        slots = [exchange.slots.take() for _ in range(9)]
        await asyncio.sleep(1)
        exchange.slots.is_draining = True
        await asyncio.sleep(1)
        told = said(exchange)
        keys = {record.key for record in exchange.bus.records(CAPACITY.name)}
        for slot in slots:
            assert slot is not None
            slot.release()

    assert [(one.slots, one.used, one.kept_for_inbound, one.draining) for one in told] == [
        (10, 0, 2, False),
        (10, 9, 1, False),
        (10, 9, 0, True),
    ]
    assert [round(one.at_ms / 1000 - UNIX_START) for one in told] == [0, 1, 2]
    assert keys == {GATEWAY}


@in_virtual_time
async def test_behind_a_slow_bus_nothing_queues_up_and_what_comes_is_of_now() -> None:
    async with announcing() as exchange:
        exchange.bus.faults.stall(CAPACITY.name)
        await asyncio.sleep(20)
        exchange.bus.faults.release(CAPACITY.name)
        released = asyncio.get_running_loop().time()
        waited = said(exchange)
        await asyncio.sleep(8)
        fresh = [one for one in said(exchange) if one.at_ms / 1000 - UNIX_START >= released]

    assert len(waited) < 6  # one at a time, each given up after the producer's 5 s
    assert len(fresh) >= 3


@in_virtual_time
async def test_a_gateway_that_is_full_knows_that_it_is_alone() -> None:
    async with announcing(slots=1, reserve=0) as exchange:
        before = exchange.room.is_left(outbound=True)
        slot = exchange.slots.take()
        at_once = exchange.room.is_left(outbound=True)
        await asyncio.sleep(1.5)
        after = exchange.room.is_left(outbound=True)
        assert slot is not None
        slot.release()

    assert (before, at_once, after) == (True, True, False)


@in_virtual_time
async def test_a_topic_that_is_not_there_yet_is_read_once_it_is() -> None:
    async with open_exchange() as exchange, asyncio.TaskGroup() as tasks:
        await exchange.bus.delete_topics([CAPACITY.name])
        heard: list[Capacity] = []
        reading = follow(
            exchange.bus, CAPACITY.name, decode_capacity, heard.append, exchange.metrics
        )
        task = tasks.create_task(reading, name="reading")
        await asyncio.sleep(30)
        await exchange.bus.create_topics([CAPACITY.new()])
        await asyncio.sleep(11)
        await exchange.bus.bulk.publish(CAPACITY.name, b"\xff\xff")
        telling = tasks.create_task(
            announce_capacity(exchange.bus.bulk, exchange.room), name="telling"
        )
        await asyncio.sleep(3)
        telling.cancel()
        task.cancel()

    assert len(heard) >= 2
    assert exchange.value("trunkline_gateway_invalid_records_total") == 1
