"""Calls are found and ended through Twilio's REST API, played by the emulator."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from twilio_stand import ACCOUNT, FROM, SID, TO, URLS, response, standing

from dialer import twilio_calls
from dialer.boottime import boottime
from dialer.call_form import CallRequest
from dialer.classify import Created
from dialer.twilio_api import Api, Login, SafetyCatch, TwilioUnavailable
from dialer.twilio_calls import CallNotFound, TwilioCalls
from dialer.twilio_post import CallPoster, Fence
from twilio_emulator.rest import BY_NAME, Account, EmulatedTwilio, Fault, serve

Place = Callable[[str], "asyncio.Future[str]"]


@pytest.fixture
async def twilio() -> AsyncIterator[EmulatedTwilio]:
    async with serve([Account(sid=ACCOUNT, auth_token="secret", cps=50)], speed=50) as twilio:
        yield twilio


@pytest.fixture
async def calls(twilio: EmulatedTwilio) -> AsyncIterator[TwilioCalls]:
    async with TwilioCalls.open(api(twilio), time.time) as calls:
        yield calls


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_calls, "PAUSE_SECONDS", 0.01)


def api(twilio: EmulatedTwilio) -> Api:
    return Api(twilio.url, {ACCOUNT: Login(ACCOUNT, "secret")})


async def place(twilio: EmulatedTwilio, to: str = TO) -> str:
    async with CallPoster.open(api(twilio), SafetyCatch(twilio.url), time.time, at_once=1) as post:
        posted = await post.post(
            ACCOUNT, CallRequest(to, FROM, URLS, 25, 600), Fence(boottime(), lambda: True)
        )
    assert isinstance(posted.outcome, Created)
    return posted.outcome.sid


def lately() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=5)


async def test_a_call_is_found_by_its_number(twilio: EmulatedTwilio, calls: TwilioCalls) -> None:
    sid = await place(twilio)
    await place(twilio, "+15005550102")
    found = await calls.to_number(ACCOUNT, TO, lately())

    assert [(call.sid, call.from_, call.direction) for call in found] == [
        (sid, FROM, "outbound-api")
    ]
    assert abs(found[0].created_at - datetime.now(UTC)) < timedelta(seconds=5)


async def test_an_accounts_calls_are_read_page_by_page_also_while_calls_are_placed(
    twilio: EmulatedTwilio, calls: TwilioCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_calls, "PAGE", 2)
    placed = [await place(twilio) for _ in range(3)]
    first = await calls.page(ACCOUNT, None)
    await place(twilio)
    second = await calls.page(ACCOUNT, first.following)

    assert [call.sid for call in (*first.calls, *second.calls)] == placed[::-1]
    assert second.following is None


async def test_the_calls_to_a_number_are_read_until_they_are_old_enough(
    twilio: EmulatedTwilio, calls: TwilioCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_calls, "PAGE_OF_A_NUMBER", 2)
    for _ in range(5):
        await place(twilio)

    assert len(await calls.to_number(ACCOUNT, TO, lately())) == 5
    assert len(await calls.to_number(ACCOUNT, TO, datetime.now(UTC) + timedelta(minutes=1))) == 2


async def test_a_page_that_there_is_not_is_not_asked_for_again(
    twilio: EmulatedTwilio, calls: TwilioCalls
) -> None:
    with pytest.raises(CallNotFound):
        await calls.page(ACCOUNT, "/gone")


async def test_a_call_that_rings_can_be_cancelled_and_one_that_is_over_cannot(
    twilio: EmulatedTwilio, calls: TwilioCalls
) -> None:
    twilio.phones.set(TO, BY_NAME["no_answer"])
    sid = await place(twilio)

    assert await calls.end(ACCOUNT, sid, answered=False)
    assert (await calls.fetch(ACCOUNT, sid)).status == "canceled"
    assert not await calls.end(ACCOUNT, sid, answered=False)


async def test_a_call_that_nobody_placed_is_not_found(
    twilio: EmulatedTwilio, calls: TwilioCalls
) -> None:
    with pytest.raises(CallNotFound):
        await calls.fetch(ACCOUNT, SID)


async def test_a_question_is_asked_again_and_not_for_ever(
    twilio: EmulatedTwilio, calls: TwilioCalls
) -> None:
    twilio.inject(Fault(kind="list_down", count=2))
    assert await calls.to_number(ACCOUNT, TO, lately()) == []

    twilio.inject(Fault(kind="list_down", count=3))
    with pytest.raises(TwilioUnavailable):
        await calls.to_number(ACCOUNT, TO, lately())


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"calls": 1}', b'{"calls": [{"sid": "CA1"}]}', b"not JSON"]
)
async def test_an_answer_that_is_no_list_proves_nothing(body: bytes) -> None:
    async with (
        standing(response("200 OK", body)) as stand,
        TwilioCalls.open(stand.api(), time.time) as calls,
    ):
        with pytest.raises(TwilioUnavailable):
            await calls.to_number(ACCOUNT, TO, lately())


async def test_a_page_on_another_host_is_not_asked_for() -> None:
    body = b'{"calls": [], "next_page_uri": "https://elsewhere.example/2010"}'
    async with (
        standing(response("200 OK", body)) as stand,
        TwilioCalls.open(stand.api(), time.time) as calls,
    ):
        with pytest.raises(TwilioUnavailable):
            await calls.to_number(ACCOUNT, TO, lately())


async def test_every_answer_tells_the_time(twilio: EmulatedTwilio) -> None:
    told: dict[str, float] = {}
    async with TwilioCalls.open(
        api(twilio), time.time, lambda account, offset: told.update({account: offset})
    ) as calls:
        await calls.to_number(ACCOUNT, TO, lately())

    assert abs(told[ACCOUNT]) < 5
