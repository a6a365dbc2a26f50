"""What waits for a socket or the bus: in order, bounded, and ending when it is closed."""

import asyncio

import pytest

from gateway.outbox import LIMIT, Outbox, Overflow
from trunkline.testing.virtual_time import in_virtual_time


def filled(*items: int) -> Outbox[int]:
    outbox: Outbox[int] = Outbox()
    for item in items:
        outbox.put(item)
    return outbox


async def drained(outbox: Outbox[int]) -> list[int]:
    outbox.close()
    taken = []
    while (item := await outbox.take()) is not None:
        taken.append(item)
    return taken


@in_virtual_time
async def test_items_are_taken_in_the_order_in_which_they_were_put() -> None:
    assert await drained(filled(3, 1, 2)) == [3, 1, 2]


@in_virtual_time
async def test_a_taker_waits_for_the_next_item() -> None:
    outbox = filled()
    asyncio.get_running_loop().call_later(5, outbox.put, 1)

    assert await outbox.take() == 1


@in_virtual_time
async def test_a_taker_that_waits_is_told_that_no_more_will_come() -> None:
    outbox = filled()
    asyncio.get_running_loop().call_later(5, outbox.close)

    assert await outbox.take() is None
    assert await outbox.take() is None


@in_virtual_time
async def test_what_is_dropped_is_never_taken_and_the_rest_keeps_its_order() -> None:
    outbox = filled(1, 2, 3, 4)
    outbox.drop(lambda item: item % 2 == 1)

    assert await drained(outbox) == [2, 4]


@in_virtual_time
async def test_a_taker_waits_on_when_all_was_dropped_before_it_woke() -> None:
    outbox = filled()
    async with asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(outbox.take(), name="taking")
        await asyncio.sleep(1)
        outbox.put(1)
        outbox.drop(lambda _: True)
        await asyncio.sleep(1)
        outbox.put(2)

    assert taking.result() == 2


@in_virtual_time
async def test_more_than_the_limit_is_refused() -> None:
    outbox = filled(*range(LIMIT))

    with pytest.raises(Overflow):
        outbox.put(LIMIT)

    assert await drained(outbox) == list(range(LIMIT))
