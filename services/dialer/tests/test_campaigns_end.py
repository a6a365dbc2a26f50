"""When a campaign is at its end: lists that are still coming in, and campaigns without anybody."""

import uuid

import pytest
from house import Client, House, a_draft, add

from dialer.store.reduction import Chances
from dialer.store.rest import advance, cancel
from trunkline.database.transaction import transaction

CHANCES = Chances(lambda: 0.0)


async def come_to_rest(house: House, campaign: str) -> None:
    async with transaction(house.engine) as connection:
        await advance(connection, uuid.UUID(campaign), CHANCES)
    async with transaction(house.engine) as connection:
        await cancel(connection, uuid.UUID(campaign), CHANCES)


async def state_of(client: Client, campaign: str) -> str:
    found: str = (await client.get(f"/v1/campaigns/{campaign}"))["state"]
    return found


async def test_a_campaign_waits_for_the_list_that_is_still_coming_in(
    house: House, client: Client
) -> None:
    campaign = await a_draft(client)
    (contact,) = await add(client, campaign, "+12025550143")
    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)
    await client.upload(campaign, b"number\n+12025550143\n")
    await client.post(f"/v1/campaigns/{campaign}/contacts/remove", {"ids": [contact]})

    await come_to_rest(house, campaign)
    assert await state_of(client, campaign) == "running"

    await house.jobs.work_once()
    await come_to_rest(house, campaign)
    assert await state_of(client, campaign) == "completed"


@pytest.mark.parametrize("contacts", [[], ["+12025550143"]])
async def test_a_cancelled_campaign_is_cancelled_in_the_end_with_or_without_anybody(
    house: House, client: Client, contacts: list[str]
) -> None:
    campaign = await a_draft(client)
    if contacts:
        await add(client, campaign, *contacts)
    await client.post(f"/v1/campaigns/{campaign}/cancel", expected=202)

    await come_to_rest(house, campaign)

    assert await state_of(client, campaign) == "cancelled"


async def test_a_completed_campaign_goes_on_with_those_who_are_queued_again(
    house: House, client: Client
) -> None:
    campaign = await a_draft(client)
    (contact,) = await add(client, campaign, "+12025550143")
    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)
    await client.post(f"/v1/campaigns/{campaign}/contacts/remove", {"ids": [contact]})
    await come_to_rest(house, campaign)
    assert await state_of(client, campaign) == "completed"

    await client.post(f"/v1/campaigns/{campaign}/contacts/requeue", {"dispositions": ["canceled"]})
    await client.post(f"/v1/campaigns/{campaign}/resume", expected=202)
    await come_to_rest(house, campaign)

    found = await client.get(f"/v1/campaigns/{campaign}")
    assert (found["state"], found["finished_at"]) == ("running", None)
