"""Faults over real HTTP: what the client sees, and what was really placed."""

from __future__ import annotations

import asyncio
import json
import time

import httpx
import pytest
from rest_client import HUMAN, OWN, PAUSE, SID, TOKEN, Bench, bench, plain_client

from twilio_emulator.rest import Account, Fault, RestQuirks, serve

BUSY = "+447700900175"
FORM = {"To": BUSY, "From": OWN, "Twiml": PAUSE}
CALLS = f"/2010-04-01/Accounts/{SID}/Calls.json"


async def post(here: Bench, seconds: float = 5.0) -> httpx.Response:
    """Ask for a call without the SDK, which hides what is on the wire."""
    async with plain_client(seconds) as client:
        return await client.post(here.twilio.url + CALLS, data=FORM)


def really(here: Bench) -> list[str | None]:
    """The calls that were placed for each request, whatever was answered."""
    return [each.call_sid for each in here.twilio.store.posts]


@pytest.mark.parametrize(
    ("kind", "status", "code", "placed"),
    [
        ("error_placed", 500, 20500, True),
        ("error_not_placed", 500, 20500, False),
        ("too_many_requests", 429, 20429, False),
        ("queue_full", 400, 22005, False),
        ("unauthorized", 401, 20003, False),
        ("suspended", 403, 20005, False),
    ],
)
async def test_an_error_may_hide_a_call_that_was_placed(
    kind: str, status: int, code: int, placed: bool
) -> None:
    async with bench() as here:
        here.twilio.inject(Fault(kind=kind, count=1))  # type: ignore[arg-type]
        failed, fine = await post(here), await post(here)

        assert (failed.status_code, failed.json()["code"]) == (status, code)
        assert fine.status_code == 201
        assert [sid is not None for sid in really(here)] == [placed, True]


@pytest.mark.parametrize(
    ("kind", "placed"), [("reset_placed", True), ("reset_not_placed", False), ("cut_off", True)]
)
async def test_a_connection_may_break_after_the_request(kind: str, placed: bool) -> None:
    async with bench() as here:
        here.twilio.inject(Fault(kind=kind, count=1))  # type: ignore[arg-type]
        with pytest.raises(httpx.TransportError):
            await post(here)

        assert [sid is not None for sid in really(here)] == [placed]
        assert here.twilio.store.posts[0].status is None


async def test_a_request_that_timed_out_is_placed_all_the_same() -> None:
    async with bench() as here:
        here.twilio.inject(Fault(kind="timeout_placed", count=1, amount=0.3))
        with pytest.raises(httpx.ReadTimeout):
            await post(here, seconds=0.1)
        assert really(here) == [None]
        async with asyncio.timeout(3):
            while really(here) == [None]:  # noqa: ASYNC110  # the ledger has no event
                await asyncio.sleep(0.02)

        assert len(here.twilio.store.placed()) == 1


async def test_an_answer_may_be_no_json() -> None:
    async with bench() as here:
        here.twilio.inject(Fault(kind="truncated", count=1))
        answer = await post(here)

        assert answer.status_code == 201
        with pytest.raises(json.JSONDecodeError):
            answer.json()
        assert really(here) == [here.twilio.store.placed()[0].sid]


async def test_an_answer_may_carry_the_sid_of_another_call() -> None:
    async with bench() as here:
        first = (await post(here)).json()["sid"]
        here.twilio.inject(Fault(kind="duplicate_sid", count=1))
        second = (await post(here)).json()["sid"]

        assert second == first
        assert len(set(really(here))) == 2


async def test_an_answer_may_be_slow_though_the_call_is_placed_at_once() -> None:
    async with bench() as here:
        here.twilio.inject(Fault(kind="slow", count=1, amount=0.3))
        began = time.monotonic()
        await post(here)
        took = time.monotonic() - began

        placed_after = here.twilio.store.posts[0].at - began
        assert took >= 0.3
        assert placed_after < 0.2


async def test_an_answer_may_have_no_dates_yet() -> None:
    account = Account(sid=SID, auth_token=TOKEN)
    quirks = RestQuirks(undated_answer=True)
    async with (
        serve([account], quirks=quirks) as twilio,
        plain_client() as client,
    ):
        answer = await client.post(twilio.url + CALLS, data=FORM)

    assert answer.json()["date_created"] is None


async def test_connections_may_be_refused_for_a_while() -> None:
    async with bench() as here:
        here.twilio.inject(Fault(kind="refuse", for_seconds=0.3))
        await asyncio.sleep(0)
        with pytest.raises(httpx.ConnectError):
            await post(here)
        async with asyncio.timeout(3):
            while not await _answers(here):  # noqa: ASYNC110  # the port has no event
                await asyncio.sleep(0.02)

        assert len(here.twilio.store.placed()) == 1


async def _answers(here: Bench) -> bool:
    try:
        return (await post(here)).status_code == 201
    except httpx.ConnectError:
        return False


async def test_connections_may_be_closed_at_once() -> None:
    async with bench() as here:
        here.twilio.inject(Fault(kind="close_at_once", count=1))
        with pytest.raises(httpx.TransportError):
            await post(here)
        await post(here)

        assert len(really(here)) == 1


async def test_lists_may_lag_be_down_or_show_the_calls_of_others() -> None:
    async with bench() as here:
        placed = await here.call(HUMAN)
        here.twilio.inject(Fault(kind="list_lags", count=1, amount=60))
        lagging = await here.sdk.calls.list_async(to=HUMAN)
        here.twilio.inject(Fault(kind="foreign_calls", count=1))
        mixed = await here.sdk.calls.list_async(to=HUMAN)
        here.twilio.inject(Fault(kind="list_down", count=1))
        url = here.twilio.url + CALLS
        async with plain_client() as client:
            down = await client.get(url)

        assert lagging == []
        assert len(mixed) == 2
        assert {each._from for each in mixed} == {OWN}
        assert mixed[1].sid == placed.sid
        assert down.status_code == 503
        assert len(here.twilio.store.placed()) == 1


async def test_the_queue_may_stand_still_and_the_rate_may_fall() -> None:
    async with bench(cps=50) as here:
        here.twilio.inject(Fault(kind="long_queue", count=1, amount=0.3))
        held = await here.call(BUSY)
        await here.twilio.settle()
        here.twilio.inject(Fault(kind="cps_factor", amount=0.1))
        for _ in range(3):
            await here.call(BUSY)
        await here.twilio.settle()
        calls = here.twilio.store.placed()

    assert int(held.queue_time) >= 290
    assert calls[0].queue_ms >= 290
    dialled = [call.dialed_at or 0.0 for call in calls[1:]]
    assert dialled[2] - dialled[0] > 0.35


async def test_callbacks_may_come_before_the_answer() -> None:
    async with bench() as here:
        here.twilio.inject(Fault(kind="callbacks_first", count=1))
        placed = await here.call(BUSY)
        told = here.server.statuses()

    assert told == ["initiated", "busy"]
    assert placed.status == "queued"


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        ("reversed", {"initiated": 1, "busy": 1}),
        ("repeated", {"initiated": 5, "busy": 5}),
        ("completed_lost", {"initiated": 1}),
        ("lost", {}),
        ("contradictory", {"initiated": 1, "busy": 1, "completed": 1}),
        ("unknown_call", {"initiated": 2, "busy": 2}),
    ],
)
async def test_callbacks_may_be_out_of_order(kind: str, statuses: dict[str, int]) -> None:
    async with bench() as here:
        here.twilio.inject(Fault(kind=kind))  # type: ignore[arg-type]
        await here.call(BUSY)
        await here.twilio.settle()
        told = here.server.statuses()

    assert {status: told.count(status) for status in told} == statuses
    assert all(each.signed for each in here.server.news)


async def test_forged_callbacks_do_not_carry_the_accounts_signature() -> None:
    async with bench() as here:
        here.twilio.inject(Fault(kind="forged"))
        here.twilio.inject(Fault(kind="unsigned"))
        await here.call(BUSY)
        await here.twilio.settle()

    news = here.server.at("/status")
    assert [each.signed for each in news].count(True) == 2
    assert {each.params["CallStatus"] for each in news if not each.signed} == {"completed"}


async def test_detection_may_be_told_of_after_the_end() -> None:
    async with bench() as here:
        here.twilio.inject(Fault(kind="amd_after_completed"))
        await here.call(
            machine_detection="Enable",
            async_amd="true",
            async_amd_status_callback=f"{here.server.url}/amd",
        )
        await here.twilio.settle()

    deliveries = here.twilio.store.placed()[0].deliveries
    assert [each.kind for each in deliveries][-2:] == ["status", "amd"]
    assert len(here.server.at("/amd")) == 1


async def test_a_storm_brings_old_news_again_and_again() -> None:
    async with bench() as here:
        await here.call(BUSY)
        await here.twilio.settle()
        before = len(here.server.news)
        here.twilio.inject(Fault(kind="storm", amount=200, for_seconds=0.5))
        await here.until("/status", before + 90)

    assert set(here.server.statuses()) == {"initiated", "busy"}


async def control(here: Bench, method: str, path: str, content: object = None) -> httpx.Response:
    async with plain_client() as client:
        url = f"{here.twilio.url}/_emulator/{path}"
        return await client.request(method, url, content=json.dumps(content))


async def test_faults_are_set_shown_and_taken_back_over_http() -> None:
    async with bench() as here:
        fault = {"kind": "error_placed", "probability": 0.5}
        number = (await control(here, "POST", "faults", fault)).json()["number"]
        shown = (await control(here, "GET", "faults")).json()
        removed = await control(here, "DELETE", f"faults/{number}")
        missing = await control(here, "DELETE", "faults/9")
        wrong = await control(here, "POST", "faults", {"kind": "earthquake"})
        await control(here, "DELETE", "faults")

    assert shown["1"]["probability"] == 0.5
    assert (removed.status_code, missing.status_code, wrong.status_code) == (200, 400, 400)


async def test_phones_and_accounts_are_changed_over_http() -> None:
    async with bench() as here:
        await control(here, "PUT", f"phones/{HUMAN}", {"phone": "busy"})
        unknown = await control(here, "PUT", "phones/01", {"phone": "tin can"})
        changed = await control(here, "PUT", f"accounts/{SID}", {"cps": 5, "status": "suspended"})
        refused = await post(here)
        lost = await control(here, "GET", "nowhere")

    assert here.twilio.phones.at(HUMAN).name == "busy"
    assert changed.json() == {"cps": 5.0, "status": "suspended"}
    assert refused.json()["code"] == 20005
    assert (unknown.status_code, lost.status_code) == (400, 404)


async def test_the_ledger_tells_the_truth_over_http() -> None:
    async with bench() as here:
        here.twilio.inject(Fault(kind="error_placed", count=1))
        await post(here)
        placed = await here.call(BUSY)
        await here.twilio.settle()
        truth = (await control(here, "GET", "ledger")).json()

    assert truth["peak_per_second"] == 2
    assert truth["attempts"]["a1"] == [placed.sid]
    assert truth["numbers"][BUSY] == [truth["posts"][0]["call_sid"], placed.sid]
    assert [each["status"] for each in truth["posts"]] == [500, 201]
    delivered = truth["calls"][1]["deliveries"]
    assert [each["params"]["CallStatus"] for each in delivered] == ["initiated", "busy"]


async def test_fifty_calls_a_second_are_placed_and_none_is_lost() -> None:
    """Bounded: so many at once that a laptop does it, and never more than the rate."""
    account = Account(sid=SID, auth_token=TOKEN, cps=50)
    async with (
        serve([account], speed=1000) as twilio,
        plain_client() as client,
    ):
        for number in range(100):
            form = FORM | {"To": f"+4477009{number:03}75"}
            answer = await client.post(twilio.url + CALLS, data=form)
            assert answer.status_code == 201
        await twilio.settle()
        dialled = [call.dialed_at or 0.0 for call in twilio.store.placed()]

    assert len(dialled) == 100
    assert 1.9 < dialled[-1] - dialled[0] < 3.0
