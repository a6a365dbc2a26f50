"""Calls that nobody has told of are found in Twilio's lists, also after a failover."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from desk import ACCOUNT, CHANCES, FROM, Desk, at_desk
from rows import insert

from dialer import sweeps as module
from dialer import twilio_calls
from dialer.boottime import boottime
from dialer.call_form import CallRequest
from dialer.classify import Created
from dialer.errands import Errands
from dialer.metrics import DialerMetrics
from dialer.offsets import ClockOffsets
from dialer.store.sweeping import LISTS_LAG
from dialer.sweeps import Sweeps
from dialer.twilio_api import Api, Login, SafetyCatch
from dialer.twilio_calls import TwilioCalls
from dialer.twilio_post import CallPoster, Fence
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
        twilio.inject(Fault(kind="long_queue"))  # its calls wait, and can be ended
        yield twilio


@pytest.fixture
async def sweeps(
    desk: Desk, twilio: EmulatedTwilio, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sweeps]:
    monkeypatch.setattr(module, "SETTLED", timedelta(0))
    offsets, metrics = ClockOffsets(), DialerMetrics(Registry())
    api = Api(twilio.url, {ACCOUNT: Login(ACCOUNT, "secret")})
    async with TwilioCalls.open(api, time.time, offsets.note) as calls:
        errands = Errands(desk.engine, calls, desk.vault, CHANCES, offsets, metrics)
        yield Sweeps(desk.engine, calls, desk.vault, errands, offsets, CHANCES, metrics)


async def place(twilio: EmulatedTwilio, to: str = NUMBER, sender: str = FROM) -> str:
    api = Api(twilio.url, {ACCOUNT: Login(ACCOUNT, "secret")})
    async with CallPoster.open(api, SafetyCatch(twilio.url), time.time, at_once=1) as post:
        request = CallRequest(to, sender, URLS, 25, 600)
        posted = await post.post(ACCOUNT, request, Fence(boottime(), lambda: True))
    assert isinstance(posted.outcome, Created)
    return posted.outcome.sid


async def test_a_call_that_nobody_has_told_of_is_given_to_its_attempt(
    desk: Desk, twilio: EmulatedTwilio, sweeps: Sweeps
) -> None:
    posted = await desk.posted(await desk.campaign(), NUMBER)
    sid = await place(twilio)
    await sweeps.accounts()

    row = await desk.row("attempt", posted.attempt_id)
    assert (row["sid"], row["bound_by"]) == (sid, "sweep")
    assert (await desk.row("account", ACCOUNT, "account_sid"))["swept_until"] is not None


async def test_of_two_calls_that_look_alike_none_is_given_to_the_attempt(
    desk: Desk, twilio: EmulatedTwilio, sweeps: Sweeps
) -> None:
    posted = await desk.posted(await desk.campaign(), NUMBER)
    sids = [await place(twilio), await place(twilio)]
    await sweeps.accounts()

    assert (await desk.row("attempt", posted.attempt_id))["sid"] is None
    assert [twilio.store.calls[sid].status for sid in sids] == ["queued", "queued"]


async def test_a_call_whose_write_ahead_was_forgotten_is_given_to_its_reservation(
    desk: Desk, twilio: EmulatedTwilio, sweeps: Sweeps
) -> None:
    campaign = await desk.campaign()
    await desk.contact(campaign, NUMBER)
    reserved = (await desk.claim(campaign)).reserved[0]
    sid = await place(twilio)
    await sweeps.accounts()

    assert (await desk.row("attempt", reserved.attempt_id))["sid"] == sid


async def test_a_call_of_nobody_from_our_number_is_ended_and_its_callee_left_alone(
    desk: Desk, twilio: EmulatedTwilio, sweeps: Sweeps
) -> None:
    """Its attempt was forgotten as well: the contact looks as if nobody had called."""
    contact = await desk.contact(await desk.campaign(), NUMBER)
    sid = await place(twilio)
    await sweeps.accounts()

    assert twilio.store.calls[sid].status == "canceled"
    row = await desk.row("contact", contact)
    assert row["state"] == "waiting"
    assert row["next_at"] > row["created_at"] + timedelta(minutes=14)


async def test_calls_that_others_place_with_the_account_are_left_alone(
    twilio: EmulatedTwilio, sweeps: Sweeps
) -> None:
    sid = await place(twilio, sender="+15005550099")
    await sweeps.accounts()

    assert twilio.store.calls[sid].status == "queued"


async def test_an_account_that_was_compared_a_moment_ago_is_not_asked_again(
    desk: Desk, twilio: EmulatedTwilio, sweeps: Sweeps
) -> None:
    await sweeps.accounts()
    sid = await place(twilio)
    await sweeps.accounts()

    assert twilio.store.calls[sid].status == "queued"


async def test_a_long_list_is_walked_through_page_by_page_and_the_rest_of_it_later(
    desk: Desk, twilio: EmulatedTwilio, sweeps: Sweeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twilio stops answering on the way: what was compared by then is not asked for again."""
    monkeypatch.setattr(twilio_calls, "PAGE", 2)
    monkeypatch.setattr(twilio_calls, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(module, "PAGES", 1)
    oldest = await place(twilio)
    for n in range(4):
        await place(twilio, f"+1212555010{n + 2}")
    assert await sweeps.accounts()
    half_way = await desk.row("account", ACCOUNT, "account_sid")
    twilio.inject(Fault(kind="list_down", count=twilio_calls.TRIES))
    assert not await sweeps.accounts()
    failed = await desk.row("account", ACCOUNT, "account_sid")
    assert twilio.store.calls[oldest].status == "queued"
    while await sweeps.accounts():
        pass

    assert twilio.store.calls[oldest].status == "canceled"
    assert half_way["walk_page"] == failed["walk_page"] is not None
    account = await desk.row("account", ACCOUNT, "account_sid")
    assert account["swept_until"] == half_way["walk_from"] - LISTS_LAG
    assert account["walk_page"] is None


async def test_a_page_that_twilio_does_not_know_any_more_begins_the_walk_anew(
    desk: Desk, twilio: EmulatedTwilio, sweeps: Sweeps
) -> None:
    sid = await place(twilio)
    await desk.connection.execute(
        "UPDATE dialer.account SET walk_from = clock_timestamp(), walk_page = '/gone'"
    )
    await sweeps.accounts()
    await sweeps.accounts()

    assert twilio.store.calls[sid].status == "canceled"


async def test_an_account_that_twilio_refuses_holds_up_no_other(
    desk: Desk, twilio: EmulatedTwilio, sweeps: Sweeps
) -> None:
    await insert(desk.connection, "account", account_sid="AC" + "f" * 32)
    sid = await place(twilio)
    await sweeps.accounts()

    assert twilio.store.calls[sid].status == "canceled"


async def test_an_account_that_lets_people_down_is_paused_and_goes_on_later(
    desk: Desk, sweeps: Sweeps
) -> None:
    campaign = await desk.campaign()
    for n in range(30):
        posted = await desk.posted(campaign, f"+1212555{n:04}")
        await desk.connection.execute(
            "UPDATE dialer.attempt SET state = 'completed', sid = $2, abandoned = $3,"
            " answered_at = clock_timestamp() WHERE id = $1",
            *(posted.attempt_id, f"CA{n}", n < 3),
        )
    await sweeps.breakers()
    account = await desk.row("account", ACCOUNT, "account_sid")
    await desk.connection.execute(
        "UPDATE dialer.account SET breaker_until = clock_timestamp() - interval '1 s'"
    )
    await desk.connection.execute("UPDATE dialer.attempt SET abandoned = false")
    await sweeps.breakers()

    assert (account["breaker"], account["breaker_reason"]) == ("open", "abandonment")
    assert (await desk.row("account", ACCOUNT, "account_sid"))["breaker"] == "closed"
