"""Places for calls: never more than there are, never lost, never given back twice."""

import asyncio

import pytest

from gateway.slots import Slot, Slots
from trunkline.testing.virtual_time import in_virtual_time


def taken(slots: Slots) -> Slot:
    slot = slots.take()
    assert slot is not None
    return slot


def test_there_are_as_many_places_as_were_set() -> None:
    slots = Slots(2)
    first, _ = taken(slots), taken(slots)

    refused = slots.take()
    first.release()

    assert refused is None
    assert slots.take() is not None


def test_a_place_is_given_back_once_however_often_it_is_released() -> None:
    slots = Slots(2)
    first, _ = taken(slots), taken(slots)

    first.release()
    first.release()

    assert slots.used == 1


def test_a_draining_gateway_has_no_place_though_some_are_free() -> None:
    slots = Slots(2)
    slots.is_draining = True

    assert slots.take() is None


@pytest.mark.parametrize(
    ("used", "free", "kept", "has_lent"),
    [(0, 5, 2, False), (3, 2, 2, False), (4, 1, 1, True), (5, 0, 0, True)],
)
def test_the_last_places_are_kept_for_inbound_calls(
    used: int, free: int, kept: int, has_lent: bool
) -> None:
    slots = Slots(5, reserve=2)
    for _ in range(used):
        taken(slots)

    assert (slots.free, slots.kept, slots.has_lent) == (free, kept, has_lent)


def test_a_draining_gateway_keeps_none() -> None:
    slots = Slots(5, reserve=2)
    slots.is_draining = True

    assert (slots.free, slots.kept) == (0, 0)


@in_virtual_time
async def test_who_waits_for_all_places_is_woken_when_the_last_is_free() -> None:
    slots = Slots(2)
    first, second = taken(slots), taken(slots)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(slots.wait_until_free(), name="waiting")
        await asyncio.sleep(1)
        first.release()
        await asyncio.sleep(1)
        is_waiting = not waiting.done()
        second.release()

    assert is_waiting
    assert waiting.done()


@in_virtual_time
async def test_free_places_are_not_waited_for() -> None:
    await Slots(2).wait_until_free()

    assert asyncio.get_running_loop().time() == 0
