"""Contacts become attempts: each once, in their order, and only those that may be called."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk import CHANCES, OPEN, TENANT, Desk, at_desk
from house import AGENT
from rows import insert

from dialer.gates import Deferred, Gate
from dialer.store.claim import Claimant, Claimed
from dialer.store.fence import Recovery
from dialer.store.rates import sender_limit, take_slot
from trunkline.agents import Agent
from trunkline.agents.catalog import Agents
from trunkline.database.transaction import transaction

SOON = timedelta(hours=1)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


def number(n: int) -> str:
    return f"+1212555{n:04}"


async def test_ready_contacts_are_reserved_in_their_order_and_once(desk: Desk) -> None:
    campaign = await desk.campaign()
    first = await desk.contact(campaign, number(1), next_at=datetime(2026, 1, 1, tzinfo=UTC))
    second = await desk.contact(campaign, number(2))
    claimed = await desk.claim(campaign, wanted={2: 1})
    then = await desk.claim(campaign)

    assert [each.contact.id for each in claimed.reserved] == [first]
    assert [each.contact.id for each in then.reserved] == [second]
    assert claimed.reserved[0].e164 == number(1)
    row = await desk.row("attempt", claimed.reserved[0].attempt_id)
    assert (row["state"], row["owner_epoch"], row["attempt_no"]) == ("reserved", desk.epoch, 1)
    assert row["due_at"] == row["lease_until"]
    assert (await desk.row("contact", first))["state"] == "dialing"


async def test_replicas_that_claim_at_once_share_the_contacts(desk: Desk) -> None:
    campaign = await desk.campaign()
    for n in range(60):
        await desk.contact(campaign, number(n))
    claims: list[Claimed] = []

    async def claim() -> None:
        claims.append(await desk.claim(campaign, wanted={2: 20}))

    async with asyncio.TaskGroup() as tasks:
        for n in range(6):
            tasks.create_task(claim(), name=f"replica {n}")

    ids = [each.contact.id for claimed in claims for each in claimed.reserved]
    assert len(ids) == len(set(ids)) == 60


async def test_one_number_in_two_campaigns_is_reserved_by_one(desk: Desk) -> None:
    campaigns = [await desk.campaign(), await desk.campaign()]
    contacts = [await desk.contact(campaign, number(1)) for campaign in campaigns]
    one = await desk.claim(campaigns[0])
    other = await desk.claim(campaigns[1])

    assert (len(one.reserved), len(other.reserved)) == (1, 0)
    waiting = await desk.row("contact", contacts[1])
    assert (waiting["state"], waiting["detail"]) == ("waiting", "number_in_use")


async def test_a_suppressed_number_ends_its_contact_and_is_told(desk: Desk) -> None:
    campaign = await desk.campaign()
    contact = await desk.contact(campaign, number(1))
    hmac = desk.vault.index(TENANT, number(1)).hmac
    await insert(desk.connection, "suppression", num_hmac=hmac)
    claimed = await desk.claim(campaign)

    assert not claimed.reserved
    row = await desk.row("contact", contact)
    assert (row["state"], row["disposition"], row["detail"]) == (
        *("suppressed", "suppressed"),
        "opt_out",
    )
    assert await desk.told() == ["ContactFinished"]


async def test_a_contact_outside_its_window_waits_for_the_next_one(desk: Desk) -> None:
    day_after = (datetime.now(UTC).weekday() + 2) % 7
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    window = f'{{"days": ["{names[day_after]}"], "opens": "09:00", "closes": "17:00"}}'
    campaign = await desk.campaign(policy=f'{{"windows": [{window}]}}')
    contact = await desk.contact(campaign, number(1))
    claimed = await desk.claim(campaign)

    assert not claimed.reserved
    assert claimed.closed is None
    row = await desk.row("contact", contact)
    assert (row["state"], row["detail"]) == ("waiting", "outside_window")
    assert row["next_at"] > datetime.now(UTC) + SOON


@pytest.mark.parametrize(
    ("world", "gate"),
    [
        (replace(OPEN, bus_lag=None), Gate.BUS),
        (replace(OPEN, bus_lag=timedelta(seconds=11)), Gate.BUS),
        (replace(OPEN, recovery=Recovery(datetime.now(UTC))), Gate.RECOVERY),
        (replace(OPEN, free_slots=0), Gate.CONCURRENCY),
    ],
)
async def test_what_closes_for_everybody_leaves_the_contacts_where_they_are(
    desk: Desk, world: object, gate: Gate
) -> None:
    campaign = await desk.campaign()
    contact = await desk.contact(campaign, number(1))
    claimed = await desk.claim(campaign, world)  # type: ignore[arg-type]  # a World

    assert not claimed.reserved
    assert isinstance(claimed.closed, Deferred)
    assert claimed.closed.gate is gate
    assert (await desk.row("contact", contact))["state"] == "ready"


@pytest.mark.parametrize(
    "stop",
    [
        {"scope": "everything", "tenant_id": ""},
        {"scope": "tenant"},
        {"scope": "account", "scope_key": "AC" + "0" * 32},
    ],
)
async def test_an_emergency_stop_holds_everybody_in_its_scope(
    desk: Desk, stop: dict[str, str]
) -> None:
    campaign = await desk.campaign()
    await desk.contact(campaign, number(1))
    await insert(desk.connection, "emergency_stop", reason="drill", stopped_by="me", **stop)
    claimed = await desk.claim(campaign)

    assert isinstance(claimed.closed, Deferred)
    assert claimed.closed.gate is Gate.EMERGENCY_STOP


async def test_a_contact_is_called_from_the_number_it_knows(desk: Desk) -> None:
    campaign = await desk.campaign()
    contact = await desk.contact(campaign, number(1))
    used = (await desk.claim(campaign)).reserved[0]
    other = await insert(
        desk.connection, "from_number", id=uuid.uuid4(), num_hmac=b"2", used_at=None
    )
    await desk.connection.execute("UPDATE dialer.attempt SET state='released', holds_number=false")
    await desk.connection.execute("UPDATE dialer.contact SET state = 'ready'")
    again = (await desk.claim(campaign)).reserved[0]

    assert again.contact.id == contact
    assert again.sender.id == used.sender.id != other


async def test_a_campaign_without_a_number_to_call_from_says_so(desk: Desk) -> None:
    campaign = await desk.campaign(from_pool="empty")
    await desk.contact(campaign, number(1))
    claimed = await desk.claim(campaign)

    assert isinstance(claimed.closed, Deferred)
    assert claimed.closed.reason == "no_calling_number"


async def test_the_number_that_has_made_its_calls_of_the_day_rests(desk: Desk) -> None:
    await desk.connection.execute("UPDATE dialer.from_number SET daily_cap = 1")
    campaign = await desk.campaign()
    await desk.posted(campaign, number(1))
    await desk.contact(campaign, number(2))
    claimed = await desk.claim(campaign)

    assert not claimed.reserved


async def test_a_number_is_dealt_out_as_often_as_its_pace_allows(desk: Desk) -> None:
    """And the others of its pool take what it cannot."""
    slow = await desk.connection.fetchval("UPDATE dialer.from_number SET cps = 0.1 RETURNING id")
    campaign = await desk.campaign()
    for n in range(1, 5):
        await desk.contact(campaign, number(n))
    alone = await desk.claim(campaign)
    still = await desk.claim(campaign)
    await insert(desk.connection, "from_number", num_hmac=b"2")
    both = await desk.claim(campaign)

    assert [each.sender.id for each in alone.reserved] == [slow]
    assert not still.reserved
    assert still.closed == alone.closed == Deferred(Gate.RATE, "numbers_busy")
    assert len(both.reserved) == 3
    assert slow not in [each.sender.id for each in both.reserved]
    assert both.closed is None


async def test_whoever_knows_a_number_waits_for_it_while_it_has_no_time(desk: Desk) -> None:
    await desk.connection.execute("UPDATE dialer.from_number SET cps = 0.1")
    campaign = await desk.campaign()
    reserved = await desk.posted(campaign, number(1))
    await desk.connection.execute(
        "UPDATE dialer.attempt SET state = 'busy', holds_number = false, sid = 'CA1',"
        " posting_at = posting_at - interval '1 hour'"
    )
    await desk.connection.execute("UPDATE dialer.contact SET state = 'ready'")
    await take_slot(desk.engine, sender_limit(reserved.sender.id, TENANT, 0.1))
    await insert(desk.connection, "from_number", num_hmac=b"2")
    claimed = await desk.claim(campaign)

    assert not claimed.reserved
    row = await desk.row("contact", reserved.contact.id)
    assert (row["state"], row["detail"]) == ("waiting", "number_busy")
    assert row["next_at"] > datetime.now(UTC) + timedelta(seconds=5)


async def test_a_number_that_cannot_be_read_needs_a_person(desk: Desk) -> None:
    """It is encrypted with a key that nobody has any more."""
    campaign = await desk.campaign()
    contact = await desk.contact(campaign, number(1), num_enc=b"nonsense")
    other = await desk.contact(campaign, number(2))
    claimed = await desk.claim(campaign)

    assert [each.contact.id for each in claimed.reserved] == [other]
    row = await desk.row("contact", contact)
    assert (row["state"], row["detail"]) == ("needs_review", "unreadable_number")


async def test_whom_this_process_may_not_ring_up_waits(desk: Desk) -> None:
    campaign = await desk.campaign()
    contact = await desk.contact(campaign, number(1))
    async with transaction(desk.engine) as connection:
        claimed = await Claimant(desk.vault, CHANCES, lambda _: False).claim(
            connection, desk.epoch, campaign, {2: 1}, OPEN
        )

    assert not claimed.reserved
    row = await desk.row("contact", contact)
    assert (row["state"], row["detail"]) == ("waiting", "not_permitted")


async def test_nobody_is_reserved_for_an_agent_of_another_version(desk: Desk) -> None:
    campaign = await desk.campaign(agent_version="v1")
    contact = await desk.contact(campaign, number(1))

    async def claim(*agents: Agent) -> Claimed:
        known = Agents(agents)
        claimant = Claimant(desk.vault, CHANCES, unfit=lambda each: each.unfit(known))
        async with transaction(desk.engine) as connection:
            return await claimant.claim(connection, desk.epoch, campaign, {2: 1}, OPEN)

    newer = await claim(AGENT.model_copy(update={"version": "v2"}))
    gone = await claim()
    asked_for = await claim(AGENT)

    assert newer == gone == Claimed((), Deferred(Gate.CAMPAIGN, "agent_version"))
    assert [each.contact.id for each in asked_for.reserved] == [contact]


async def test_nobody_is_reserved_for_an_agent_that_is_gone_or_leaves_something_unsaid(
    desk: Desk,
) -> None:
    campaign = await desk.campaign()
    await desk.contact(campaign, number(1))

    async def claim(*agents: Agent) -> Claimed:
        known = Agents(agents)
        claimant = Claimant(desk.vault, CHANCES, unfit=lambda each: each.unfit(known))
        async with transaction(desk.engine) as connection:
            return await claimant.claim(connection, desk.epoch, campaign, {2: 1}, OPEN)

    assert await claim() == Claimed((), Deferred(Gate.CAMPAIGN, "unknown_agent"))
    silent = AGENT.model_copy(update={"disclosure": ""})
    assert await claim(silent) == Claimed((), Deferred(Gate.CAMPAIGN, "no_disclosure"))
    assert (await claim(AGENT)).reserved
