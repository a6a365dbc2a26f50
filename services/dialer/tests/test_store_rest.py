"""Campaigns come to rest, and what became of attempts reaches those who have to know."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from desk import ACCOUNT, CHANCES, Desk, at_desk

from dialer.attempt_events import CallFetched, PostReturned, StatusReported
from dialer.classify import NothingSent, Refusal, Refused
from dialer.store import rest
from dialer.store.campaigns import share_campaign
from dialer.timers import Timers
from trunkline.database.transaction import transaction

NUMBER = "+12125550101"
SID = "CA" + "a" * 32
PAST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


class NoErrands:
    """Whoever is brought errands, and runs none."""

    def put(self, todo: object) -> None:
        self.todo = todo


def timers(desk: Desk) -> Timers:
    return Timers(desk.engine, NoErrands(), CHANCES)  # type: ignore[arg-type]  # as good as one


async def test_a_pause_is_complete_when_nothing_of_before_can_be_sent(desk: Desk) -> None:
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER)
    reserved = (await desk.claim(campaign)).reserved[0]
    await desk.connection.execute("UPDATE dialer.campaign SET state='pausing', generation=2")
    await timers(desk).campaigns()
    between = (await desk.row("campaign", campaign))["state"]
    await desk.write_ahead(reserved)
    await timers(desk).campaigns()

    assert between == "pausing"
    assert (await desk.row("campaign", campaign))["state"] == "paused"
    assert (await desk.told())[-1] == "CampaignChanged"


async def test_calls_that_twilio_has_not_begun_are_taken_back_when_the_campaign_is_over(
    desk: Desk,
) -> None:
    campaign = await desk.campaign()
    queued = await desk.posted(campaign, NUMBER)
    ringing = await desk.posted(campaign, "+12125550102")
    await desk.feed(queued.attempt_id, StatusReported(SID, ACCOUNT, "queued", PAST))
    await desk.feed(ringing.attempt_id, StatusReported("CA2", ACCOUNT, "ringing", PAST))
    await timers(desk).campaigns()
    before = (await desk.row("attempt", queued.attempt_id))["cancel"]
    await desk.connection.execute("UPDATE dialer.campaign SET ends_at = clock_timestamp()")
    await timers(desk).campaigns()

    assert before == ""
    assert (await desk.row("attempt", queued.attempt_id))["cancel"] == "unanswered"
    assert (await desk.row("attempt", ringing.attempt_id))["cancel"] == ""


@pytest.mark.parametrize("state", ["ready", "waiting", "needs_review", "needs_timezone"])
async def test_when_a_campaign_is_over_so_is_everybody_in_it_whatever_they_wait_for(
    desk: Desk, state: str
) -> None:
    campaign = await desk.campaign()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    contact = await desk.contact(campaign, NUMBER, state=state, next_at=tomorrow)
    await timers(desk).campaigns()
    before = (await desk.row("contact", contact))["state"]
    await desk.connection.execute("UPDATE dialer.campaign SET ends_at = clock_timestamp()")
    await timers(desk).campaigns()
    await timers(desk).campaigns()

    row = await desk.row("contact", contact)
    assert before == state
    assert (row["disposition"], row["detail"]) == ("expired", "campaign_over")
    assert (await desk.row("campaign", campaign))["state"] == "completed"
    assert await desk.told() == ["ContactFinished", "CampaignChanged"]


async def test_a_campaign_that_runs_is_looked_at_without_waiting_for_its_write_aheads(
    desk: Desk,
) -> None:
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER)
    async with transaction(desk.engine) as connection:
        await share_campaign(connection, campaign)
        async with asyncio.timeout(5):
            assert not await timers(desk).campaigns()


async def test_a_campaign_that_is_over_ends_its_contacts_some_at_a_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "AT_ONCE", 2)
    campaign = await desk.campaign(ends_at=PAST)
    for n in range(3):
        await desk.contact(campaign, f"+1212555010{n}")

    assert await timers(desk).campaigns()
    assert not await timers(desk).campaigns()
    left = "SELECT count(*) FROM dialer.contact WHERE disposition IS NULL"
    assert await desk.connection.fetchval(left) == 0


async def test_a_campaign_is_complete_when_everybody_has_come_to_an_end(desk: Desk) -> None:
    campaign = await desk.campaign()
    reserved = await desk.posted(campaign, NUMBER)
    await timers(desk).campaigns()
    between = (await desk.row("campaign", campaign))["state"]
    await desk.feed(
        reserved.attempt_id, PostReturned(Refused(Refusal.NUMBER, "invalid_number", 21211))
    )
    await timers(desk).campaigns()

    row = await desk.row("campaign", campaign)
    assert (between, row["state"]) == ("running", "completed")
    assert row["finished_at"] is not None


async def test_an_empty_campaign_waits_for_its_list_until_it_is_over(desk: Desk) -> None:
    campaign = await desk.campaign()
    await timers(desk).campaigns()
    before = (await desk.row("campaign", campaign))["state"]
    await desk.connection.execute("UPDATE dialer.campaign SET ends_at = clock_timestamp()")
    await timers(desk).campaigns()

    assert (before, (await desk.row("campaign", campaign))["state"]) == ("running", "completed")


async def test_a_scheduled_campaign_begins_at_its_time(desk: Desk) -> None:
    campaign = await desk.campaign(state="scheduled")
    await timers(desk).campaigns()

    row = await desk.row("campaign", campaign)
    assert row["state"] == "running"
    assert row["started_at"] is not None


@pytest.mark.parametrize(
    ("mode", "wish"), [("drain", ""), ("cancel_queued", "unanswered"), ("hangup", "any")]
)
async def test_a_cancelled_campaign_calls_nobody_any_more(desk: Desk, mode: str, wish: str) -> None:
    campaign = await desk.campaign()
    reserved = await desk.posted(campaign, NUMBER)
    other = await desk.contact(campaign, "+12125550102")
    await desk.connection.execute(
        "UPDATE dialer.campaign SET state='cancelling', cancel_mode=$1", mode
    )
    await timers(desk).campaigns()
    between = (await desk.row("campaign", campaign))["state"]
    assert (await desk.row("attempt", reserved.attempt_id))["cancel"] == wish
    await desk.feed(reserved.attempt_id, PostReturned(NothingSent("connect_failed")))
    await timers(desk).campaigns()

    assert (await desk.row("contact", other))["state"] == "cancelled"
    assert (await desk.row("contact", reserved.contact.id))["disposition"] == "canceled"
    assert (between, (await desk.row("campaign", campaign))["state"]) == (
        *("cancelling",),
        "cancelled",
    )


async def test_a_contact_is_tried_again_after_the_step_of_its_outcome(desk: Desk) -> None:
    campaign = await desk.campaign()
    reserved = await desk.posted(campaign, NUMBER)
    at = reserved.contact.value.next_at
    await desk.feed(reserved.attempt_id, StatusReported(SID, ACCOUNT, "busy", at))

    row = await desk.row("contact", reserved.contact.id)
    assert (row["state"], row["detail"], row["attempts_used"], row["priority"]) == (
        *("waiting", "busy"),
        *(1, 1),
    )
    attempt = await desk.row("attempt", reserved.attempt_id)
    assert (attempt["counted"], attempt["settled"]) == (True, True)


async def test_what_was_not_sent_costs_nothing(desk: Desk) -> None:
    campaign = await desk.campaign(policy='{"call_cost_micros": 600}', cost_cap_micros=1000)
    reserved = await desk.posted(campaign, NUMBER)
    await desk.feed(reserved.attempt_id, PostReturned(NothingSent("slot_missed")))

    assert (await desk.row("campaign", campaign))["cost_micros"] == 0
    assert not (await desk.row("freq_ledger", reserved.attempt_id, "attempt_id"))["counted"]
    row = await desk.row("contact", reserved.contact.id)
    assert (row["state"], row["attempts_used"]) == ("waiting", 0)


@pytest.mark.parametrize(
    ("refusal", "table", "column", "value"),
    [
        (Refusal.SENDER, "from_number", "state", "quarantined"),
        (Refusal.ACCOUNT, "account", "breaker", "open"),
        (Refusal.REQUEST, "campaign", "state", "pausing"),
    ],
)
async def test_whoever_is_at_fault_is_stopped(
    desk: Desk, refusal: Refusal, table: str, column: str, value: str
) -> None:
    reserved = await desk.posted(await desk.campaign(), NUMBER)
    await desk.feed(reserved.attempt_id, PostReturned(Refused(refusal, "because", 20003)))

    assert await desk.connection.fetchval(f"SELECT {column} FROM dialer.{table}") == value
    assert (await desk.row("contact", reserved.contact.id))["state"] == "waiting"


async def test_an_open_breaker_holds_the_account(desk: Desk) -> None:
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER)
    await desk.connection.execute(
        "UPDATE dialer.account SET breaker = 'open', breaker_reason = 'bad_credentials'"
    )
    claimed = await desk.claim(campaign)

    assert claimed.closed is not None
    assert claimed.closed.reason == "bad_credentials"


async def test_waiting_contacts_wake_and_late_ones_expire(desk: Desk) -> None:
    campaign = await desk.campaign()
    waiting = await desk.contact(campaign, NUMBER, state="waiting")
    late = await desk.contact(campaign, "+12125550102", expires_at=PAST)
    await timers(desk).contacts()

    assert (await desk.row("contact", waiting))["state"] == "ready"
    assert (await desk.row("contact", late))["disposition"] == "expired"


async def test_what_a_dead_worker_had_in_hand_is_released_or_looked_for(desk: Desk) -> None:
    campaign = await desk.campaign()
    posted = await desk.posted(campaign, NUMBER)
    await desk.contact(campaign, "+12125550102")
    reserved = (await desk.claim(campaign)).reserved[0]
    await desk.connection.execute(
        "UPDATE dialer.worker SET lease_until = clock_timestamp() - interval '1 s'"
    )
    await timers(desk).orphans()

    assert (await desk.row("attempt", posted.attempt_id))["state"] == "unknown"
    assert (await desk.row("attempt", reserved.attempt_id))["state"] == "released"


async def test_an_attempt_says_what_became_of_it_and_what_was_learned_later(desk: Desk) -> None:
    campaign = await desk.campaign()
    refused = await desk.posted(campaign, NUMBER)
    unanswered = await desk.posted(campaign, "+12125550102")
    before = (await desk.row("attempt", unanswered.attempt_id))["outcome"]
    await desk.feed(
        refused.attempt_id, PostReturned(Refused(Refusal.NUMBER, "invalid_number", 21211))
    )
    await desk.feed(unanswered.attempt_id, StatusReported(SID, ACCOUNT, "no-answer", PAST))
    told = (await desk.row("attempt", unanswered.attempt_id))["outcome"]
    await desk.feed(unanswered.attempt_id, CallFetched(SID, "busy", PAST))

    assert (await desk.row("attempt", refused.attempt_id))["outcome"] == "invalid_number"
    assert (before, told) == (None, "no_answer")
    assert (await desk.row("attempt", unanswered.attempt_id))["outcome"] == "busy"


async def test_campaigns_at_rest_are_left_alone(desk: Desk) -> None:
    await desk.campaign(state="paused")
    async with transaction(desk.engine) as connection:
        assert await rest.alive(connection) == []
