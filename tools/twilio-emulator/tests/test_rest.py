"""The REST side over real HTTP, asked by Twilio's own SDK."""

from __future__ import annotations

from typing import Any

import pytest
from rest_client import HUMAN, OWN, PAUSE, SID, TOKEN, RewritingHttpClient, bench
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from twilio_emulator.rest import BY_NAME, Account, serve

BUSY, NOBODY, NO_NUMBER, FORGETFUL = (f"+4477009001{digits}" for digits in (75, 78, 81, 89))
VOICEMAIL, HURRIED = "+5511987650170", "+34600000160"


async def test_a_call_is_placed_told_of_and_shown() -> None:
    async with bench() as here:
        placed = await here.call()
        await here.twilio.settle()
        shown = await here.sdk.calls(placed.sid).fetch_async()

    assert placed.status == "queued"
    assert here.server.statuses() == ["initiated", "ringing", "in-progress", "completed"]
    assert [each.params["SequenceNumber"] for each in here.server.at("/status")] == list("0123")
    assert all(each.signed for each in here.server.news)
    assert (shown.status, shown.to, shown._from) == ("completed", HUMAN, OWN)
    assert (shown.account_sid, shown.direction) == (SID, "outbound-api")
    assert shown.start_time is not None
    assert shown.end_time >= shown.start_time
    assert 60 <= int(shown.duration) < 90


async def test_the_voice_url_is_asked_once_the_callee_answers() -> None:
    async with bench() as here:
        placed = await here.call()
        await here.twilio.settle()

    [asked] = here.server.at("/voice")
    assert asked.params["CallSid"] == placed.sid
    assert asked.params["CallStatus"] == "in-progress"
    assert (asked.params["Direction"], asked.params["To"]) == ("outbound-api", HUMAN)
    assert "AnsweredBy" not in asked.params


@pytest.mark.parametrize(
    ("to", "statuses"),
    [
        (BUSY, ["initiated", "busy"]),
        (NOBODY, ["initiated", "ringing", "no-answer"]),
        (HURRIED, ["initiated", "ringing", "in-progress", "completed"]),
    ],
)
async def test_the_number_chooses_what_becomes_of_the_call(to: str, statuses: list[str]) -> None:
    async with bench() as here:
        await here.call(to)
        await here.twilio.settle()

    assert here.server.statuses() == statuses


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"to": "0770"}, 21211),
        ({"to": NO_NUMBER}, 21211),
        ({"from_": "+15005550001"}, 21210),
        ({"timeout": 601}, 20001),
        ({"url": "nowhere"}, 21205),
    ],
)
async def test_the_sdk_raises_what_twilio_refuses(options: dict[str, Any], code: int) -> None:
    async with bench(numbers={OWN: ""}) as here:
        with pytest.raises(TwilioRestException) as refused:
            await here.call(**({"to": HUMAN} | options))

    assert (refused.value.status, refused.value.code) == (400, code)
    assert here.twilio.store.calls == {}
    assert [post.status for post in here.twilio.store.posts] == [400]


async def test_wrong_credentials_and_unknown_calls_are_told_apart() -> None:
    async with bench() as here:
        stranger = RewritingHttpClient(here.twilio.url)
        with pytest.raises(TwilioRestException) as unknown:
            await here.sdk.calls("CA" + "0" * 32).fetch_async()
        with pytest.raises(TwilioRestException) as refused:
            await Client(SID, "wrong", http_client=stranger).balance.fetch_async()
        await stranger.aclose()

    assert (unknown.value.status, unknown.value.code) == (404, 20404)
    assert (refused.value.status, refused.value.code) == (401, 20003)


async def test_a_subaccount_has_its_own_calls_and_is_reached_by_its_parent() -> None:
    child = Account(sid="AC" + "2" * 32, auth_token="child", parent_sid=SID, cps=50)
    async with serve([Account(sid=SID, auth_token=TOKEN), child], speed=100) as twilio:
        http = RewritingHttpClient(twilio.url)
        parent = Client(SID, TOKEN, http_client=http)
        placed = await parent.api.v2010.accounts(child.sid).calls.create_async(
            to=HUMAN, from_=OWN, twiml=PAUSE
        )
        own = await parent.calls.list_async()
        await twilio.settle()
        with pytest.raises(TwilioRestException):
            child_client = Client(child.sid, "child", http_client=http)
            await child_client.api.v2010.accounts(SID).fetch_async()
        await http.aclose()

    assert placed.account_sid == child.sid
    assert own == []


async def test_the_account_and_its_balance_can_be_asked_for() -> None:
    async with bench() as here:
        account = await here.sdk.api.v2010.accounts(SID).fetch_async()
        balance = await here.sdk.balance.fetch_async()

    assert (account.status, balance.currency) == ("active", "USD")


async def test_lists_are_filtered_and_paged_as_the_sdk_expects() -> None:
    numbers = [f"+44770090010{last}" for last in range(1, 8)]
    async with bench() as here:
        sids = [(await here.call(number)).sid for number in numbers]
        everything = await here.sdk.calls.list_async(page_size=3)
        one = await here.sdk.calls.list_async(to=numbers[2])
        none = await here.sdk.calls.list_async(to=numbers[2], status="busy")

    assert [each.sid for each in everything] == sids[::-1]
    assert [each.sid for each in one] == [sids[2]]
    assert none == []


async def test_a_call_that_waits_is_in_no_list_by_its_start() -> None:
    async with bench(cps=0.1) as here:
        sids = [(await here.call()).sid for _ in range(2)]
        await here.until("/status", 1)
        dialled = await here.sdk.calls.list_async(start_time_after="2020-01-01")
        waiting = await here.sdk.calls.list_async(status="queued")

    assert [each.sid for each in dialled] == sids[:1]
    assert [each.sid for each in waiting][:1] == sids[1:]


async def test_calls_above_the_rate_wait_and_say_how_long() -> None:
    async with bench(cps=2) as here:
        for _ in range(4):
            placed = await here.call()
        await here.twilio.settle()
        shown = await here.sdk.calls(placed.sid).fetch_async()
        dialled = [call.dialed_at or 0.0 for call in here.twilio.store.placed()]

    assert int(placed.queue_time) > 100
    assert int(shown.queue_time) > 250
    assert dialled[-1] - dialled[0] > 1.4


async def test_a_call_that_waits_may_be_canceled_and_is_never_dialled() -> None:
    async with bench(cps=0.1) as here:
        await here.call()
        waiting = await here.call()
        canceled = await waiting.update_async(status="canceled")
        await here.until("/status", 2)

    assert canceled.status == "canceled"
    assert canceled.start_time is None
    assert "canceled" in here.server.statuses()


async def test_a_live_call_is_hung_up_or_led_elsewhere() -> None:
    async with bench(speed=5) as here:
        ended, moved = await here.call(), await here.call()
        await here.until("/voice", 2)
        gone = await ended.update_async(status="completed")
        await moved.update_async(url=f"{here.server.url}/elsewhere")
        await here.until("/elsewhere", 1)
        with pytest.raises(TwilioRestException) as late:
            await ended.update_async(twiml="<Response/>")

    assert gone.status == "completed"
    assert here.server.at("/elsewhere")[0].params["CallSid"] == moved.sid
    assert late.value.code == 21220


async def test_a_waiting_call_cannot_be_led_elsewhere() -> None:
    async with bench(cps=0.1) as here:
        await here.call()
        waiting = await here.call()
        with pytest.raises(TwilioRestException) as refused:
            await waiting.update_async(twiml="<Response/>")

    assert refused.value.code == 21220


async def test_detection_is_waited_for_or_told_of() -> None:
    async with bench() as here:
        await here.call(VOICEMAIL, machine_detection="DetectMessageEnd")
        await here.twilio.settle()
        waited = here.server.at("/voice")[0].params
        here.server.news.clear()
        await here.call(
            VOICEMAIL,
            machine_detection="Enable",
            async_amd="true",
            async_amd_status_callback=f"{here.server.url}/amd",
        )
        await here.twilio.settle()

    assert waited["AnsweredBy"] == "machine_end_beep"
    assert waited["MachineDetectionDuration"] == "8000"
    assert "AnsweredBy" not in here.server.at("/voice")[0].params
    [told] = here.server.at("/amd")
    assert (told.params["AnsweredBy"], told.signed) == ("machine_start", True)


async def test_the_fallback_is_asked_when_the_voice_url_fails() -> None:
    async with bench() as here:
        await here.call(
            url="http://127.0.0.1:9/voice#rc=0", fallback_url=f"{here.server.url}/fallback"
        )
        await here.twilio.settle()

    assert here.server.at("/fallback")[0].params["ErrorCode"] == "11205"


async def test_callbacks_are_repeated_as_their_fragment_asks() -> None:
    async with bench() as here:
        here.server.status = 500
        await here.call(
            BUSY,
            status_callback=f"{here.server.url}/status#rc=2&rp=all",
            status_callback_event=["completed"],
        )
        await here.twilio.settle()

    assert here.server.statuses() == ["busy"] * 3
    assert len({each.token for each in here.server.news}) == 1
    [delivery] = here.twilio.store.placed()[0].deliveries
    assert (delivery.status, delivery.tries) == (500, 3)


async def test_who_missed_a_call_rings_the_voice_url_of_the_number() -> None:
    async with bench() as here:
        here.twilio.accounts.by_sid[SID].numbers = {OWN: f"{here.server.url}/incoming"}
        await here.call(FORGETFUL)
        await here.twilio.settle()
        [back] = await here.sdk.calls.list_async(to=OWN)

    assert (back.direction, back._from, back.status) == ("inbound", FORGETFUL, "completed")
    assert here.server.at("/incoming")[0].params["Direction"] == "inbound"


async def test_the_truth_names_attempts_and_the_peak() -> None:
    async with bench() as here:
        for attempt in ("a", "b", "a"):
            await here.call(url=f"{here.server.url}/voice?attempt={attempt}")

    found = here.twilio.store.by_attempt()
    assert {attempt: len(calls) for attempt, calls in found.items()} == {"a": 2, "b": 1}
    assert here.twilio.store.peak_per_second() == 3


async def test_phones_may_be_changed_at_any_time() -> None:
    async with bench() as here:
        here.twilio.phones.set(HUMAN, BY_NAME["busy"])
        await here.call(HUMAN)
        await here.twilio.settle()

    assert here.server.statuses()[-1] == "busy"


async def test_it_listens_on_this_machine_alone() -> None:
    with pytest.raises(ValueError, match="this machine"):
        async with serve([], host="0.0.0.0"):
            pass
