"""Whoever is being called may call back: that is told with the attempt, or not at all."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from desk import ACCOUNT, FROM, TENANT, TICKET_KEY, VAULT, Desk, at_desk

from dialer.crash import never
from dialer.gates import Deferred
from dialer.metrics import DialerMetrics
from dialer.relay import Relay
from dialer.store.snapshot import World
from dialer.store.write_ahead import Ahead, Lost
from trunkline.bus.memory import MemoryBus
from trunkline.callers import PersonIndex, caller_office
from trunkline.events.dial import PersonCalled
from trunkline.events.topics import CALLED, DIALER_EVENTS
from trunkline.events.wire import decode_called
from trunkline.metrics import Registry

NUMBER = "+12125550101"


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


async def waiting(desk: Desk) -> list[PersonCalled]:
    """What the outbox has for the bus."""
    rows = await desk.connection.fetch(
        "SELECT payload FROM dialer.outbox WHERE topic = $1 ORDER BY id", CALLED.name
    )
    return [decode_called(row["payload"]) for row in rows]


async def test_an_attempt_and_who_may_call_back_are_written_in_one_transaction(desk: Desk) -> None:
    campaign = await desk.campaign()
    variables = VAULT.encrypt('{"name": "Ada"}')
    await desk.contact(campaign, NUMBER, variables_enc=variables, overrides='{"language": "es-MX"}')
    reserved = (await desk.claim(campaign)).reserved[0]
    before = await waiting(desk)
    ahead = await desk.write_ahead(reserved)
    (called,) = await waiting(desk)

    assert before == []
    assert isinstance(ahead, Ahead)
    ticket = caller_office([TICKET_KEY], time.time).read(called.ticket)
    assert called.person == PersonIndex([TICKET_KEY]).of(ACCOUNT, FROM, NUMBER)
    assert (ticket.tenant_id, ticket.attempt_id) == (TENANT, str(reserved.attempt_id))
    assert (ticket.campaign_id, ticket.agent_id) == (str(campaign), reserved.campaign.agent_id)
    assert (ticket.variables, ticket.language) == ({"name": "Ada"}, "es-MX")
    assert ticket.opt_out_key == reserved.policy.opt_out_key
    month = timedelta(days=30).total_seconds()
    assert ticket.expires_at == int(ahead.posting_at.timestamp()) + month
    assert called.until_ms == ticket.expires_at * 1000
    assert called.placed_ms == round(ahead.posting_at.timestamp() * 1000)


async def test_nobody_is_expected_back_from_a_call_that_is_not_placed(desk: Desk) -> None:
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER)
    reserved = (await desk.claim(campaign)).reserved[0]
    declined = await desk.write_ahead(reserved, World(bus_lag=None, free_slots=100))
    lost = await desk.write_ahead(reserved)

    assert isinstance(declined, Deferred)
    assert isinstance(lost, Lost)
    assert await waiting(desk) == []


async def test_variables_that_cannot_be_read_keep_no_attempt_from_being_written(desk: Desk) -> None:
    """Whoever writes its request finds out, and a person has to look."""
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER, variables_enc=b"another key's")
    reserved = (await desk.claim(campaign)).reserved[0]

    assert isinstance(await desk.write_ahead(reserved), Ahead)
    assert await waiting(desk) == []


async def test_a_person_is_told_under_their_own_key_and_no_number_with_it(desk: Desk) -> None:
    bus = MemoryBus()
    await bus.create_topics([CALLED.new(), DIALER_EVENTS.new()])
    campaign = await desk.campaign()
    for n in range(2):
        await desk.posted(campaign, f"+1212555010{n}")
    published = await Relay(desk.engine, bus.bulk, never, DialerMetrics(Registry())).publish()
    records = bus.records(CALLED.name)

    assert published
    index = PersonIndex([TICKET_KEY])
    assert {record.key for record in records} == {
        index.of(ACCOUNT, FROM, f"+1212555010{n}") for n in range(2)
    }
    assert {record.headers["type"] for record in records} == {"PersonCalled"}
    assert not any(b"5550" in record.value for record in records)
