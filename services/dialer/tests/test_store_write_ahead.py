"""An attempt is written ahead only by its owner, and only while every gate is open."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from desk import OPEN, TENANT, Desk, at_desk
from rows import insert

from dialer.gates import Deferred, Gate, Terminal
from dialer.store.campaigns import share_campaign
from dialer.store.locks import lock_numbers
from dialer.store.snapshot import room_in_turn
from dialer.store.workers import end, register
from dialer.store.write_ahead import Ahead, Lost
from trunkline.database.transaction import transaction

NUMBER = "+12125550101"
COSTS = '{"call_cost_micros": 600}'

Answer = Ahead | Lost | Deferred | Terminal


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


async def test_a_write_ahead_says_that_there_may_be_a_call(desk: Desk) -> None:
    campaign = await desk.campaign()
    contact = await desk.contact(campaign, NUMBER)
    reserved = (await desk.claim(campaign)).reserved[0]
    ahead = await desk.write_ahead(reserved)

    assert isinstance(ahead, Ahead)
    row = await desk.row("attempt", reserved.attempt_id)
    assert (row["state"], row["posting_at"]) == ("posting", ahead.posting_at)
    assert row["token_expires_at"] == ahead.posting_at + timedelta(seconds=25 + 80)
    assert row["due_at"] == ahead.posting_at + timedelta(seconds=35)
    ledger = await desk.row("freq_ledger", reserved.attempt_id, "attempt_id")
    assert (ledger["posted_at"], ledger["counted"]) == (ahead.posting_at, True)
    assert (await desk.row("contact", contact))["state"] == "dialing"


async def test_an_attempt_is_written_ahead_once(desk: Desk) -> None:
    campaign = await desk.campaign()
    reserved = await desk.posted(campaign, NUMBER)

    assert isinstance(await desk.write_ahead(reserved), Lost)


async def test_nobody_writes_ahead_for_another_worker(desk: Desk) -> None:
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER)
    reserved = (await desk.claim(campaign)).reserved[0]
    async with transaction(desk.engine) as connection:
        other, _ = await register(connection, "other")

    assert isinstance(await desk.write_ahead(reserved, epoch=other), Lost)


async def test_a_worker_that_counts_as_dead_writes_nothing_ahead(desk: Desk) -> None:
    """It was stopped for long, and goes on as if nothing had happened."""
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER)
    reserved = (await desk.claim(campaign)).reserved[0]
    async with transaction(desk.engine) as connection:
        await end(connection, desk.epoch)

    assert isinstance(await desk.write_ahead(reserved), Lost)


async def test_nothing_is_written_ahead_in_a_database_that_has_forgotten_something(
    desk: Desk,
) -> None:
    """It was put back, and its worker has not had the time to see that."""
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER)
    heartbeat_at = (await desk.row("worker", desk.epoch, "epoch"))["heartbeat_at"]
    known = replace(OPEN, heartbeat_at=heartbeat_at)
    ahead = replace(OPEN, heartbeat_at=heartbeat_at + timedelta(seconds=4))
    first = await desk.write_ahead((await desk.claim(campaign)).reserved[0], ahead)
    await desk.connection.execute("UPDATE dialer.contact SET state = 'ready'")
    await desk.connection.execute("UPDATE dialer.contact SET next_at = clock_timestamp()")
    second = await desk.write_ahead((await desk.claim(campaign)).reserved[0], known)

    assert first == Deferred(Gate.RECOVERY, "database_changed")
    assert isinstance(second, Ahead)


@pytest.mark.parametrize(("timeline", "changed"), [("0", "NULL"), ("1", "clock_timestamp()")])
async def test_nothing_is_written_ahead_by_one_who_has_not_heard_of_a_failover(
    desk: Desk, timeline: str, changed: str
) -> None:
    """Another replica has noticed it, or nobody has."""
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER)
    reserved = (await desk.claim(campaign)).reserved[0]
    await desk.connection.execute(
        "INSERT INTO dialer.fence (system_identifier, timeline_id, changed_at)"
        f" VALUES ('1', {timeline}, {changed})"
    )

    assert await desk.write_ahead(reserved) == Deferred(Gate.RECOVERY, "database_changed")


async def test_a_reservation_that_is_almost_over_is_left(desk: Desk) -> None:
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER)
    reserved = (await desk.claim(campaign)).reserved[0]
    await desk.connection.execute(
        "UPDATE dialer.attempt SET lease_until = clock_timestamp() + interval '4 s'"
    )

    assert isinstance(await desk.write_ahead(reserved), Lost)


async def test_an_opt_out_between_reservation_and_write_ahead_holds(desk: Desk) -> None:
    campaign = await desk.campaign()
    contact = await desk.contact(campaign, NUMBER)
    reserved = (await desk.claim(campaign)).reserved[0]
    await insert(desk.connection, "suppression", num_hmac=desk.vault.index(TENANT, NUMBER).hmac)
    verdict = await desk.write_ahead(reserved)

    assert isinstance(verdict, Terminal)
    assert verdict.gate is Gate.SUPPRESSION
    assert (await desk.row("contact", contact))["state"] == "suppressed"
    assert (await desk.row("attempt", reserved.attempt_id))["state"] == "released"
    assert await desk.told() == ["AttemptFinished", "ContactFinished"]


async def test_opt_out_and_write_ahead_take_turns(desk: Desk) -> None:
    """Whoever comes second sees what the first has done: here the opt-out is first, and slow."""
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER)
    reserved = (await desk.claim(campaign)).reserved[0]
    answers: list[Answer] = []

    async def write_ahead() -> None:
        answers.append(await desk.write_ahead(reserved))

    async with asyncio.TaskGroup() as tasks, transaction(desk.engine) as connection:
        await lock_numbers(connection, desk.vault.locks(TENANT, NUMBER))
        tasks.create_task(write_ahead(), name="write ahead")
        await _waits_for_lock(desk)
        await insert(desk.connection, "suppression", num_hmac=desk.vault.index(TENANT, NUMBER).hmac)
        assert not answers

    assert isinstance(answers[0], Terminal)


async def _waits_for_lock(desk: Desk, count: int = 1) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    async with asyncio.timeout(10):
        while True:
            if await desk.connection.fetchval(waiting) == count:
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("change", ["state = 'pausing'", "generation = generation + 1"])
async def test_nothing_of_before_a_pause_or_an_edit_is_sent_after_it(
    desk: Desk, change: str
) -> None:
    campaign = await desk.campaign()
    contact = await desk.contact(campaign, NUMBER)
    reserved = (await desk.claim(campaign)).reserved[0]
    await desk.connection.execute(f"UPDATE dialer.campaign SET {change}")
    verdict = await desk.write_ahead(reserved)

    assert isinstance(verdict, Deferred)
    assert verdict.gate is Gate.CAMPAIGN
    assert (await desk.row("contact", contact))["state"] == "waiting"


async def test_strict_time_zones_hold_for_whoever_is_in_the_campaign_already(desk: Desk) -> None:
    hour = timedelta(hours=1)
    here = datetime.now(ZoneInfo("America/Los_Angeles"))
    opens, closes = (f"{at:%H:%M}" for at in (here - hour, here + hour))
    policy = {"windows": [{"opens": opens, "closes": closes}]}
    campaign = await desk.campaign(policy=json.dumps(policy))
    await desk.contact(campaign, NUMBER, zones=["America/Los_Angeles"])
    reserved = (await desk.claim(campaign)).reserved[0]
    await desk.connection.execute(
        "UPDATE dialer.campaign SET policy = $1 WHERE id = $2",
        *(json.dumps({**policy, "strict_us_tz": True}), campaign),
    )

    declined = await desk.write_ahead(reserved)

    assert isinstance(declined, Terminal | Deferred)
    assert declined.gate is Gate.WINDOW


async def test_of_two_for_the_last_free_agent_one_is_sent(desk: Desk) -> None:
    """Both have seen that there is one, before either has taken it."""
    campaign = await desk.campaign()
    for n in range(2):
        await desk.contact(campaign, f"{NUMBER}{n}")
    reserved = (await desk.claim(campaign)).reserved
    answers: list[Answer] = []

    async def write_ahead(n: int) -> None:
        answers.append(await desk.write_ahead(reserved[n], replace(OPEN, free_slots=1)))

    async with asyncio.TaskGroup() as tasks, transaction(desk.engine) as connection:
        await room_in_turn(connection, reserved[0].campaign, OPEN)
        for n in range(2):
            tasks.create_task(write_ahead(n), name=f"replica {n}")
        await _waits_for_lock(desk, 2)

    assert sorted(type(answer).__name__ for answer in answers) == ["Ahead", "Deferred"]


@pytest.mark.parametrize("cap", ["account", "campaign"])
async def test_calls_at_once_are_capped_for_account_and_campaign(desk: Desk, cap: str) -> None:
    campaign = await desk.campaign()
    for n in range(2):
        await desk.contact(campaign, f"{NUMBER}{n}")
    await desk.connection.execute(f"UPDATE dialer.{cap} SET max_in_flight = 1")
    first, second = (await desk.claim(campaign)).reserved

    assert isinstance(await desk.write_ahead(first), Ahead)
    verdict = await desk.write_ahead(second)
    assert isinstance(verdict, Deferred)
    assert verdict.gate is Gate.CONCURRENCY


async def test_what_calls_may_cost_is_reserved_one_after_the_other(desk: Desk) -> None:
    campaign = await desk.campaign(policy=COSTS, cost_cap_micros=1000)
    for n in range(4):
        await desk.contact(campaign, f"{NUMBER}{n}")
    reserved = (await desk.claim(campaign)).reserved
    answers: list[Answer] = []

    async def write_ahead(n: int) -> None:
        answers.append(await desk.write_ahead(reserved[n]))

    async with asyncio.TaskGroup() as tasks:
        for n in range(4):
            tasks.create_task(write_ahead(n), name=f"replica {n}")

    assert sum(isinstance(answer, Ahead) for answer in answers) == 1
    assert (await desk.row("campaign", campaign))["cost_micros"] == 600


async def test_a_campaigns_cap_counts_the_calls_of_all_campaigns(desk: Desk) -> None:
    first = await desk.campaign()
    reserved = await desk.posted(first, NUMBER)
    await desk.connection.execute(
        "UPDATE dialer.attempt SET state = 'busy', holds_number = false, sid = 'CA1',"
        " ended_at = clock_timestamp() - interval '2 hours'"
    )
    other = await desk.campaign(policy='{"caps": [{"attempts": 1, "hours": 24}]}')
    contact = await desk.contact(other, NUMBER)
    claimed = await desk.claim(other)

    assert not claimed.reserved
    row = await desk.row("contact", contact)
    assert (row["state"], row["detail"]) == ("waiting", "frequency_cap")
    ledger = await desk.row("freq_ledger", reserved.attempt_id, "attempt_id")
    assert row["next_at"] == ledger["posted_at"] + timedelta(hours=24)


async def test_nobody_is_called_again_within_a_quarter_of_an_hour(desk: Desk) -> None:
    first = await desk.campaign()
    await desk.posted(first, NUMBER)
    ended_at = await desk.connection.fetchval(
        "UPDATE dialer.attempt SET state = 'busy', holds_number = false, sid = 'CA1',"
        " ended_at = clock_timestamp() RETURNING ended_at"
    )
    other = await desk.campaign()
    contact = await desk.contact(other, NUMBER)
    await desk.claim(other)

    row = await desk.row("contact", contact)
    assert (row["detail"], row["next_at"]) == ("min_gap", ended_at + timedelta(minutes=15))


@pytest.mark.parametrize("state", ["not_placed", "indeterminate"])
async def test_the_quarter_of_an_hour_begins_when_it_is_concluded_that_nothing_is_known_of_a_call(
    desk: Desk, state: str
) -> None:
    """It was looked for, for ten minutes: a telephone may have rung until then."""
    await desk.posted(await desk.campaign(), NUMBER)
    concluded_at = await desk.connection.fetchval(
        "UPDATE dialer.attempt SET state = $1, holds_number = false, settled = true,"
        " posting_at = posting_at - interval '16 min', updated_at = clock_timestamp()"
        " RETURNING updated_at",
        state,
    )
    other = await desk.campaign()
    contact = await desk.contact(other, NUMBER)
    await desk.claim(other)

    row = await desk.row("contact", contact)
    assert (row["detail"], row["next_at"]) == ("min_gap", concluded_at + timedelta(minutes=15))


async def test_a_pause_waits_for_a_write_ahead_that_is_under_way(desk: Desk) -> None:
    """Once it is `pausing`, no write-ahead that did not see it can still come."""
    campaign = await desk.campaign()
    async with transaction(desk.engine) as connection:
        await share_campaign(connection, campaign)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await desk.connection.execute(
                    "UPDATE dialer.campaign SET state = 'pausing' WHERE id = $1", campaign
                )


async def test_an_unknown_attempt_is_nobodys(desk: Desk) -> None:
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER)
    reserved = (await desk.claim(campaign)).reserved[0]

    assert isinstance(await desk.write_ahead(replace(reserved, attempt_id=uuid.uuid4())), Lost)


async def test_many_that_are_declined_at_once_do_not_wait_for_each_other(desk: Desk) -> None:
    """Each has looked at the campaign, which was paused meanwhile, and writes to it."""
    campaign = await desk.campaign()
    for n in range(8):
        await desk.contact(campaign, f"{NUMBER}{n}")
    reserved = (await desk.claim(campaign)).reserved
    await desk.connection.execute("UPDATE dialer.campaign SET state = 'pausing'")

    async def write_ahead(n: int) -> None:
        assert isinstance(await desk.write_ahead(reserved[n]), Deferred)

    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        for n in range(8):
            tasks.create_task(write_ahead(n), name=f"replica {n}")
