"""A campaign that leaves too many people without an agent is paused, by its countries' rules."""

import json
import uuid
from collections.abc import AsyncIterator

import pytest
from desk import Desk, at_desk
from rows import an_attempt, insert

from dialer.store.abandonment import pause_campaigns
from trunkline.database.transaction import transaction


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


async def answered(
    desk: Desk,
    campaign: uuid.UUID,
    count: int,
    *,
    ago: str = "1 minute",
    country: str = "US",
    **values: object,
) -> None:
    """So many calls that were answered, in one go: an attempt of each contact."""
    contact = await insert(
        desk.connection,
        "contact",
        **{"campaign_id": campaign, "country": country, "num_hmac": uuid.uuid4().bytes},
    )
    at = await desk.connection.fetchval("SELECT clock_timestamp() - $1::text::interval", ago)
    for number in range(1, count + 1):
        await an_attempt(
            desk.connection,
            campaign,
            contact,
            **{"attempt_no": number, "num_hmac": uuid.uuid4().bytes, "state": "completed"},
            **{"answered_at": at, "created_at": at, "posting_at": at, "sid": uuid.uuid4().hex},
            **values,
        )


async def state_after(desk: Desk, campaign: uuid.UUID) -> tuple[str, str | None]:
    async with transaction(desk.engine) as connection:
        await pause_campaigns(connection)
    row = await desk.row("campaign", campaign)
    return row["state"], row["pause_reason"]


@pytest.mark.parametrize("ago", ["1 minute", "23 hours", "29 days"])
async def test_more_than_three_in_a_hundred_pause_a_campaign_for_a_day_and_a_month(
    desk: Desk, ago: str
) -> None:
    campaign = await desk.campaign()
    await answered(desk, campaign, 28)
    await answered(desk, campaign, 1, abandoned=True, ago=ago)
    await answered(desk, campaign, 1, abandoned=True)

    assert await state_after(desk, campaign) == ("pausing", "abandonment")
    assert "CampaignChanged" in await desk.told()


@pytest.mark.parametrize(
    "values", [{"ago": "31 days"}, {"answered_by": "machine_start"}, {"country": "GB"}]
)
async def test_calls_of_long_ago_of_machines_and_to_other_countries_are_in_no_share(
    desk: Desk, values: dict[str, str]
) -> None:
    campaign = await desk.campaign()
    await answered(desk, campaign, 30, **values)
    await answered(desk, campaign, 2, abandoned=True)

    assert await state_after(desk, campaign) == ("running", None)


async def test_who_lets_few_down_goes_on(desk: Desk) -> None:
    campaign = await desk.campaign()
    await answered(desk, campaign, 65)
    await answered(desk, campaign, 2, abandoned=True)

    assert await state_after(desk, campaign) == ("running", None)


async def test_a_campaign_that_was_resumed_goes_on_until_it_lets_down_somebody_more(
    desk: Desk,
) -> None:
    campaign = await desk.campaign(generation=3)
    await answered(desk, campaign, 20)
    await answered(desk, campaign, 2, abandoned=True)

    assert await state_after(desk, campaign) == ("running", None)
    await answered(desk, campaign, 1, abandoned=True, generation=3)
    assert await state_after(desk, campaign) == ("pausing", "abandonment")


async def test_a_tenant_may_depart_from_it(desk: Desk) -> None:
    campaign = await desk.campaign()
    await answered(desk, campaign, 28)
    await answered(desk, campaign, 2, abandoned=True)
    await insert(
        desk.connection,
        "rule_override",
        **{"country": "US", "rule": "abandonment", "reason": "test", "approved_by": "test"},
        value=json.dumps([{"share": 0.1, "hours": 24}]),
    )

    assert await state_after(desk, campaign) == ("running", None)
