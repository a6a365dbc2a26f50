"""Calls that nobody has told of are found, and only what is proven not to be there is given up."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from desk import ACCOUNT, CHANCES, FROM, Desk, at_desk

from dialer.attempt_events import (
    Alarm,
    CancelCall,
    DoubleDial,
    FetchCall,
    Probe,
    ProveLifecycle,
)
from dialer.boottime import boottime
from dialer.call_form import CallRequest
from dialer.classify import Created
from dialer.errands import Errands
from dialer.gates import Deferred, Gate
from dialer.metrics import DialerMetrics
from dialer.offsets import ClockOffsets
from dialer.store import evidence
from dialer.store.claim import Reserved
from dialer.store.reduction import Todo
from dialer.twilio_api import Api, Login, SafetyCatch, TwilioUnavailable
from dialer.twilio_calls import TwilioCalls
from dialer.twilio_post import CallPoster, Fence
from trunkline.bus import TopicPartition
from trunkline.database.transaction import transaction
from trunkline.events.topics import CALLBACKS, LIFECYCLE
from trunkline.metrics import Registry
from trunkline.outbound import OutboundUrls
from twilio_emulator.rest import Account, EmulatedTwilio, Fault, serve

NUMBER = "+12125550101"
URLS = OutboundUrls("https://g.example/t", "https://g.example/s", "https://g.example/a")


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


@pytest.fixture
async def twilio() -> AsyncIterator[EmulatedTwilio]:
    async with serve([Account(sid=ACCOUNT, auth_token="secret", cps=50)], speed=50) as twilio:
        yield twilio


@pytest.fixture
async def errands(desk: Desk, twilio: EmulatedTwilio) -> AsyncIterator[Errands]:
    offsets = ClockOffsets()
    async with TwilioCalls.open(api(twilio), time.time, offsets.note) as calls:
        metrics = DialerMetrics(Registry())
        yield Errands(desk.engine, calls, desk.vault, CHANCES, offsets, metrics)


@pytest.fixture
async def unknown(desk: Desk) -> Reserved:
    """An attempt of which nobody knows what became."""
    posted = await desk.posted(await desk.campaign(), NUMBER)
    await desk.connection.execute(
        "UPDATE dialer.attempt SET state = 'unknown', returned_at = clock_timestamp()"
    )
    return posted


def api(twilio: EmulatedTwilio) -> Api:
    return Api(twilio.url, {ACCOUNT: Login(ACCOUNT, "secret")})


async def place(twilio: EmulatedTwilio, sender: str = FROM) -> str:
    async with CallPoster.open(api(twilio), SafetyCatch(twilio.url), time.time, at_once=1) as post:
        request = CallRequest(NUMBER, sender, URLS, 25, 600)
        posted = await post.post(ACCOUNT, request, Fence(boottime(), lambda: True))
    assert isinstance(posted.outcome, Created)
    return posted.outcome.sid


async def run(errands: Errands, reserved: Reserved, effect: object) -> None:
    todo = Todo(reserved.attempt_id, ACCOUNT, effect)  # type: ignore[arg-type]  # one of them
    await errands.run_one(todo)


async def long_ago(desk: Desk, seconds: int) -> None:
    """Let the request have been made so long ago."""
    await desk.connection.execute(
        "UPDATE dialer.attempt SET posting_at = posting_at - make_interval(secs => $1)", seconds
    )


async def bus_is_read(desk: Desk, topic: str = CALLBACKS.name) -> None:
    """Let the inbox have everything that was written until now."""
    async with transaction(desk.engine) as connection:
        moment = datetime.now(UTC) + timedelta(seconds=1)
        await evidence.add_reading(connection, moment, {TopicPartition(topic, 0): 0})


async def test_a_call_that_is_in_twilios_list_is_adopted(
    desk: Desk, twilio: EmulatedTwilio, errands: Errands, unknown: Reserved
) -> None:
    sid = await place(twilio)
    await run(errands, unknown, Probe())

    row = await desk.row("attempt", unknown.attempt_id)
    assert (row["sid"], row["bound_by"]) == (sid, "listing")
    assert row["state"] != "unknown"


async def test_calls_of_others_to_the_same_number_are_not_taken_for_ours(
    desk: Desk, twilio: EmulatedTwilio, errands: Errands, unknown: Reserved
) -> None:
    await place(twilio, sender="+15005550099")
    await run(errands, unknown, Probe())

    assert (await desk.row("attempt", unknown.attempt_id))["state"] == "unknown"
    listing = await desk.row("listing", unknown.attempt_id, "attempt_id")
    assert (listing["clean"], listing["candidates"]) == (True, [])


async def test_of_two_calls_that_could_be_it_none_is_taken(
    desk: Desk, twilio: EmulatedTwilio, errands: Errands, unknown: Reserved
) -> None:
    for _ in range(2):
        await place(twilio)
    await run(errands, unknown, Probe())

    assert (await desk.row("attempt", unknown.attempt_id))["state"] == "unknown"
    listing = await desk.row("listing", unknown.attempt_id, "attempt_id")
    assert (listing["clean"], len(listing["candidates"])) == (False, 2)


async def test_absence_is_proven_by_two_late_listings_and_an_empty_inbox(
    desk: Desk, errands: Errands, unknown: Reserved
) -> None:
    await long_ago(desk, 300)
    await run(errands, unknown, Probe())
    await desk.connection.execute(
        "UPDATE dialer.listing SET listed_at = listed_at - interval '90 s'"
    )
    await run(errands, unknown, Probe())
    unproven = (await desk.row("attempt", unknown.attempt_id))["state"]
    await desk.connection.execute(
        "UPDATE dialer.listing SET listed_at = listed_at - interval '35 s'"
    )
    await bus_is_read(desk)
    await run(errands, unknown, Probe())

    assert unproven == "unknown"
    assert (await desk.row("attempt", unknown.attempt_id))["state"] == "not_placed"
    assert not (await desk.row("freq_ledger", unknown.attempt_id, "attempt_id"))["counted"]


async def again(desk: Desk, reserved: Reserved, state: str) -> Reserved:
    """The contact's next attempt, reserved once nothing is known of the last one."""
    await desk.connection.execute(
        "UPDATE dialer.attempt SET state = $1, settled = true, holds_number = false,"
        " due_at = NULL, updated_at = clock_timestamp() - interval '16 min',"
        " ended_at = clock_timestamp() - interval '16 min'",
        state,
    )
    await desk.connection.execute(
        "UPDATE dialer.contact SET state = 'ready', next_at = clock_timestamp()"
    )
    return (await desk.claim(reserved.campaign.id)).reserved[0]


@pytest.mark.parametrize("state", ["indeterminate", "not_placed"])
async def test_before_a_person_is_called_again_a_call_that_nobody_knew_of_is_looked_for_once_more(
    desk: Desk, twilio: EmulatedTwilio, errands: Errands, unknown: Reserved, state: str
) -> None:
    successor = await again(desk, unknown, state)
    free = await errands.doubt(successor)
    await place(twilio)
    late = await errands.doubt(successor)

    assert free is None
    assert isinstance(late, Deferred)
    assert (late.gate, late.reason) == (Gate.FREQUENCY, "late_call")
    assert late.until is not None
    assert late.until > datetime.now(UTC) + timedelta(minutes=14)
    assert await desk.connection.fetchval("SELECT count(*) FROM dialer.listing") == 2


async def test_nobody_is_called_again_unless_twilio_has_told_of_the_last_time(
    desk: Desk,
    twilio: EmulatedTwilio,
    errands: Errands,
    unknown: Reserved,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dialer.twilio_calls.PAUSE_SECONDS", 0.01)
    successor = await again(desk, unknown, "indeterminate")
    twilio.inject(Fault(kind="list_down", count=3))

    with pytest.raises(TwilioUnavailable):
        await errands.doubt(successor)


async def test_of_a_call_that_is_known_nothing_is_asked(
    desk: Desk, twilio: EmulatedTwilio, errands: Errands, unknown: Reserved
) -> None:
    await desk.connection.execute("UPDATE dialer.attempt SET sid = 'CA1'")
    successor = await again(desk, unknown, "busy")
    twilio.inject(Fault(kind="list_down", count=3))

    assert await errands.doubt(successor) is None


async def test_a_list_that_twilio_does_not_give_is_no_evidence(
    desk: Desk,
    twilio: EmulatedTwilio,
    errands: Errands,
    unknown: Reserved,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dialer.twilio_calls.PAUSE_SECONDS", 0.01)
    twilio.inject(Fault(kind="list_down", count=3))
    with pytest.raises(TwilioUnavailable):
        await run(errands, unknown, Probe())

    assert await desk.connection.fetchval("SELECT count(*) FROM dialer.listing") == 0


async def test_a_call_that_was_silent_is_asked_for(
    desk: Desk, twilio: EmulatedTwilio, errands: Errands, unknown: Reserved
) -> None:
    sid = await place(twilio)
    await run(errands, unknown, Probe())
    await twilio.settle()
    await run(errands, unknown, FetchCall(sid))

    row = await desk.row("attempt", unknown.attempt_id)
    assert (row["state"], row["ended_by"]) == ("completed", "fetched")


async def test_a_call_is_ended_while_it_rings(
    twilio: EmulatedTwilio, errands: Errands, unknown: Reserved
) -> None:
    twilio.inject(Fault(kind="long_queue"))
    sid = await place(twilio)
    await run(errands, unknown, CancelCall(sid))

    assert twilio.store.calls[sid].status == "canceled"


async def test_a_number_is_freed_once_the_lifecycle_was_read_to_long_after_the_end(
    desk: Desk, errands: Errands, unknown: Reserved
) -> None:
    await desk.connection.execute(
        "UPDATE dialer.attempt SET state = 'completed', sid = 'CA1', settled = true,"
        " ended_at = clock_timestamp() - interval '14 minutes'"
    )
    await bus_is_read(desk, LIFECYCLE.name)
    await run(errands, unknown, ProveLifecycle())
    too_early = (await desk.row("attempt", unknown.attempt_id))["holds_number"]
    await desk.connection.execute(
        "UPDATE dialer.attempt SET ended_at = ended_at - interval '2 minutes'"
    )
    await run(errands, unknown, ProveLifecycle())

    assert too_early
    assert not (await desk.row("attempt", unknown.attempt_id))["holds_number"]


async def test_alarms_are_counted_whatever_waits(
    desk: Desk, twilio: EmulatedTwilio, unknown: Reserved
) -> None:
    registry = Registry()
    offsets = ClockOffsets()
    async with TwilioCalls.open(api(twilio), time.time) as calls:
        metrics = DialerMetrics(registry)
        errands = Errands(desk.engine, calls, desk.vault, CHANCES, offsets, metrics)
        errands.put(
            Todo(unknown.attempt_id, ACCOUNT, effect)
            for effect in (Alarm("late_call"), DoubleDial("CA1", "CA2"))
        )

    text = registry.exposition().decode()
    assert 'trunkline_dialer_alarms_total{reason="late_call"} 1.0' in text
    assert "trunkline_dialer_double_dial_total 1.0" in text


async def test_what_is_brought_is_run(
    desk: Desk, twilio: EmulatedTwilio, errands: Errands, unknown: Reserved
) -> None:
    sid = await place(twilio)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(errands.run(), name="errands")
        errands.put([Todo(unknown.attempt_id, ACCOUNT, Probe())])
        async with asyncio.timeout(20):
            while True:
                if (await desk.row("attempt", unknown.attempt_id))["sid"] == sid:
                    break
                await asyncio.sleep(0.02)
        running.cancel()
