"""Events reach the bus at least once, each campaign's in their order."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from desk import TENANT, Desk, at_desk

from dialer.crash import never
from dialer.metrics import DialerMetrics
from dialer.relay import Relay
from dialer.store.clock import now
from dialer.store.forgetting import forget
from dialer.store.outbox import Announcements, event_id_of, take_oldest, waiting_keys
from trunkline.bus.memory import MemoryBus
from trunkline.database.transaction import transaction
from trunkline.errors import PublishFailed
from trunkline.events.dial import AttemptFinished, CampaignChanged, DialEvent
from trunkline.events.topics import DIALER_EVENTS
from trunkline.events.wire import decode_dial
from trunkline.metrics import Registry


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


@pytest.fixture
async def bus() -> MemoryBus:
    bus = MemoryBus()
    await bus.create_topics([DIALER_EVENTS.new()])
    return bus


def relay(desk: Desk, bus: MemoryBus) -> Relay:
    return Relay(desk.engine, bus.bulk, never, DialerMetrics(Registry()))


async def tell(desk: Desk, campaign: UUID, *states: str) -> None:
    told = Announcements()
    for state in states:
        told.add(TENANT, campaign, CampaignChanged(state))
    async with transaction(desk.engine) as connection:
        await told.write(connection, await now(connection))


def heard(bus: MemoryBus) -> list[DialEvent]:
    return [decode_dial(record.value) for record in bus.records(DIALER_EVENTS.name)]


async def test_events_are_published_in_the_order_of_their_versions(
    desk: Desk, bus: MemoryBus
) -> None:
    campaign = await desk.campaign()
    await tell(desk, campaign, "pausing", "paused")
    await tell(desk, campaign, "running")
    assert await relay(desk, bus).publish()
    assert not await relay(desk, bus).publish()

    events = heard(bus)
    assert [event.event for event in events] == [
        CampaignChanged("pausing"),
        CampaignChanged("paused"),
        CampaignChanged("running"),
    ]
    assert [event.campaign_version for event in events] == [2, 3, 4]
    record = bus.records(DIALER_EVENTS.name)[0]
    assert (record.key, record.headers["type"]) == (str(campaign), "CampaignChanged")
    assert record.headers["event_id"] == events[0].event_id


async def test_what_the_bus_did_not_take_is_published_again_under_the_same_id(
    desk: Desk, bus: MemoryBus
) -> None:
    campaign = await desk.campaign()
    await tell(desk, campaign, "pausing")
    await _dies_before_marking(desk, bus)
    await relay(desk, bus).publish()

    first, second = heard(bus)
    assert first == second


def test_the_end_of_an_attempt_has_the_same_id_however_often_it_is_written() -> None:
    # A failover may lose that the end was told, and then the attempt ends again.
    ends = [
        AttemptFinished(str(attempt), str(UUID(int=9)), 1, outcome, "completed", True, "")
        for attempt, outcome in [
            (UUID(int=1), "human"),
            (UUID(int=1), "machine"),
            (UUID(int=2), ""),
        ]
    ]
    first, again, other = map(event_id_of, ends)

    assert first == again != other
    assert event_id_of(CampaignChanged("paused")) != event_id_of(CampaignChanged("paused"))


async def _dies_before_marking(desk: Desk, bus: MemoryBus) -> None:
    def die(_: object) -> None:
        raise PublishFailed

    dying = Relay(desk.engine, bus.bulk, die, DialerMetrics(Registry()))
    with pytest.raises(PublishFailed):
        await dying.publish()


async def test_two_relays_never_have_one_campaign_in_hand(desk: Desk) -> None:
    campaign = await desk.campaign()
    await tell(desk, campaign, "pausing", "paused")
    async with transaction(desk.engine) as one, transaction(desk.engine) as other:
        [(topic, key)] = await waiting_keys(one, 10)
        mine = await take_oldest(one, topic, key, 10)
        others = await take_oldest(other, topic, key, 10)

    assert (len(mine), len(others)) == (2, 0)


async def test_versions_of_transactions_that_overlap_are_given_one_after_the_other(
    desk: Desk, bus: MemoryBus
) -> None:
    campaign = await desk.campaign()
    async with asyncio.TaskGroup() as tasks:
        for n in range(10):
            tasks.create_task(tell(desk, campaign, f"state {n}"), name=f"teller {n}")
    await relay(desk, bus).publish()

    assert [event.campaign_version for event in heard(bus)] == list(range(2, 12))


async def test_what_was_published_long_ago_is_forgotten(desk: Desk, bus: MemoryBus) -> None:
    await tell(desk, await desk.campaign(), "pausing", "paused")
    await relay(desk, bus).publish()
    await desk.connection.execute(
        "UPDATE dialer.outbox SET published_at = published_at - interval '8 days'"
        " WHERE campaign_version = 2"
    )
    async with transaction(desk.engine) as connection:
        assert not await forget(connection, 10)

    assert await desk.connection.fetchval("SELECT count(*) FROM dialer.outbox") == 1
