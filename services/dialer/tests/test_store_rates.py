"""Slots are spaced by the database's clock, whoever takes them."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from desk import ACCOUNT, TENANT, Desk, at_desk

from dialer.store.breakers import slow_down, speed_up
from dialer.store.rates import (
    Limit,
    NoSlot,
    Slot,
    account_limit,
    campaign_limit,
    sender_limit,
    take_slot,
)
from trunkline.database.transaction import transaction

LIMIT = Limit("account:AC1", TENANT, 10.0)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


async def test_replicas_take_slots_that_are_evenly_spaced(desk: Desk) -> None:
    slots: list[datetime] = []

    async def take() -> None:
        for _ in range(5):
            found = await take_slot(desk.engine, LIMIT)
            assert isinstance(found, Slot)
            slots.append(found.send_at)

    async with asyncio.TaskGroup() as tasks:
        for n in range(4):
            tasks.create_task(take(), name=f"replica {n}")

    slots.sort()
    gaps = [later - earlier for earlier, later in pairwise(slots)]
    assert min(gaps) >= timedelta(milliseconds=99.9)


async def test_a_slot_lies_as_far_ahead_as_its_taker_needs(desk: Desk) -> None:
    found = await take_slot(desk.engine, LIMIT, lead=timedelta(seconds=0.5))

    assert isinstance(found, Slot)
    assert 0.4 < found.wait_seconds <= 0.5


async def test_beyond_the_horizon_there_is_no_slot(desk: Desk) -> None:
    slow = Limit("account:AC1", TENANT, 0.25)
    assert isinstance(await take_slot(desk.engine, slow), Slot)
    found = await take_slot(desk.engine, slow)

    assert isinstance(found, NoSlot)
    assert 1.5 < found.wait_seconds <= 2.0


async def test_a_campaign_waits_for_its_own_turn_without_keeping_others_waiting(desk: Desk) -> None:
    campaign = campaign_limit(await desk.campaign(), TENANT, 1.0)
    assert isinstance(await take_slot(desk.engine, LIMIT, [campaign]), Slot)
    refused = await take_slot(desk.engine, LIMIT, [campaign])
    other = await take_slot(desk.engine, LIMIT)

    assert isinstance(refused, NoSlot)
    assert 0.3 < refused.wait_seconds <= 1.0
    assert isinstance(other, Slot)
    assert other.wait_seconds <= 0.1


async def test_a_number_has_a_pace_of_its_own_whichever_campaign_calls_from_it(desk: Desk) -> None:
    sender = sender_limit(uuid.uuid4(), TENANT, 2.0)
    campaign = campaign_limit(await desk.campaign(), TENANT, 5.0)
    first = await take_slot(desk.engine, LIMIT, [sender, campaign])
    refused = await take_slot(desk.engine, LIMIT, [sender])
    other = await take_slot(desk.engine, LIMIT, [campaign])

    assert isinstance(first, Slot)
    assert isinstance(refused, NoSlot)
    assert 0.1 < refused.wait_seconds <= 0.5
    assert isinstance(other, Slot)


async def test_a_rate_that_is_set_anew_holds_at_once(desk: Desk) -> None:
    await take_slot(desk.engine, LIMIT)
    await take_slot(desk.engine, Limit(LIMIT.key, TENANT, 2.0))

    row = await desk.row("gcra", LIMIT.key, "key")
    assert (row["rate"], row["ceiling"]) == (2.0, 2.0)


async def test_an_account_slows_down_at_once_and_speeds_up_step_by_step(desk: Desk) -> None:
    limit = account_limit(ACCOUNT, TENANT, 10.0)
    await take_slot(desk.engine, limit)
    async with transaction(desk.engine) as connection:
        await slow_down(connection, ACCOUNT)
        await slow_down(connection, ACCOUNT)  # of the same swarm
        await speed_up(connection, ACCOUNT)  # too early
    slowed = await desk.row("gcra", limit.key, "key")
    await desk.connection.execute("UPDATE dialer.gcra SET raised_at = raised_at - interval '10 s'")
    async with transaction(desk.engine) as connection:
        await speed_up(connection, ACCOUNT)
    raised = await desk.row("gcra", limit.key, "key")

    assert slowed["rate"] == pytest.approx(limit.cps * 0.7)
    assert raised["rate"] == pytest.approx(limit.cps * 0.7 * 1.05)
