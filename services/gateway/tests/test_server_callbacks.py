"""Twilio's callbacks: answered once the bus has them, and told to come again while it has not."""

import asyncio
import io
from dataclasses import replace

import pytest
from fakes import CALL, TICKET_KEY, open_exchange, until
from serving import (
    ACCOUNT,
    PLACED,
    SUBACCOUNT,
    SUBACCOUNT_TOKEN,
    TOKEN,
    Server,
    asked_at,
    lines,
    serving,
    urls_of,
)

from gateway import callbacks
from gateway.reports import status_of
from trunkline.events.commands import MachineAnswered
from trunkline.events.lifecycle import CallEnded
from trunkline.events.topics import CALLBACKS, COMMANDS
from trunkline.events.twilio import MachineJudged, StatusReported
from trunkline.events.wire import decode_command
from trunkline.outbound import STATUS_PATH, callback_office
from trunkline.testing.virtual_time import in_virtual_time, unix_now

STATUS = {
    "CallSid": CALL,
    "AccountSid": ACCOUNT,
    "To": "+15005550006",
    "CallStatus": "completed",
    "SequenceNumber": "3",
    "CallDuration": "17",
    "Unheard-of": "",
}
AMD = {
    "CallSid": CALL,
    "AccountSid": ACCOUNT,
    "AnsweredBy": "machine_end_beep",
    "MachineDetectionDuration": "4200",
}
REFUSED = 'trunkline_gateway_refused_total{reason="ticket"}'


async def post(server: Server, url: str, form: dict[str, str], token: str = TOKEN) -> int:
    return (await server.post(asked_at(url, form, token))).status_code


async def test_a_status_is_answered_once_the_bus_has_all_of_it() -> None:
    async with serving() as server:
        status = await post(server, urls_of(PLACED).status, STATUS)
        (callback,) = server.exchange.callbacks()
        (record,) = server.exchange.bus.records(CALLBACKS.name)

    assert status == 204
    assert callback.event == StatusReported("completed", 3, STATUS)
    assert (callback.tenant_id, callback.attempt_id, callback.account_sid, callback.call_sid) == (
        "acme",
        PLACED.attempt_id,
        ACCOUNT,
        CALL,
    )
    assert (record.key, record.headers["type"]) == (CALL, "StatusReported")


async def test_a_verdict_is_told_to_the_dialer_and_to_whichever_gateway_has_the_call() -> None:
    async with serving() as server:
        bus = server.exchange.bus
        status = await post(server, urls_of(PLACED).amd, AMD)
        (callback,) = server.exchange.callbacks()
        await until(lambda: len(bus.records(COMMANDS.name)) == 1)
        (command,) = bus.records(COMMANDS.name)

    assert status == 204
    assert callback.event == MachineJudged("machine_end_beep", 4200, AMD)
    assert decode_command(command.value) == MachineAnswered("acme", CALL, "machine_end_beep")
    assert command.key == CALL


async def test_while_the_bus_takes_nothing_twilio_is_told_to_come_again() -> None:
    async with serving() as server:
        server.exchange.bus.faults.fail(CALLBACKS.name)
        statuses = [await post(server, urls_of(PLACED).status, STATUS) for _ in range(2)]
        server.exchange.bus.faults.release(CALLBACKS.name)
        statuses.append(await post(server, urls_of(PLACED).status, STATUS))
        told = len(server.exchange.callbacks())
        failed = server.exchange.value('trunkline_gateway_callbacks_total{outcome="not_published"}')

    assert statuses == [503, 503, 204]
    assert told == 1
    assert failed == 2


async def test_a_verdict_reaches_its_call_though_the_dialers_topic_is_away() -> None:
    async with serving() as server:
        server.exchange.bus.faults.fail(CALLBACKS.name)
        status = await post(server, urls_of(PLACED).amd, AMD)
        await until(lambda: len(server.exchange.bus.records(COMMANDS.name)) == 1)

    assert status == 503


@in_virtual_time
async def test_more_than_may_wait_for_the_bus_are_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(callbacks, "MAX_WAITING", 2)
    office = callback_office([TICKET_KEY], unix_now)
    token = urls_of(PLACED).status.rpartition("/")[2].partition("#")[0]
    async with open_exchange() as exchange, asyncio.TaskGroup() as tasks:
        bus, desk, metrics = exchange.bus, exchange.desk, exchange.metrics
        taker = callbacks.Callbacks(bus.bulk, desk, exchange.ends, office, metrics, unix_now)
        bus.faults.stall(CALLBACKS.name)
        waiting = [
            tasks.create_task(taker.take(status_of, token, STATUS), name="waiting")
            for _ in range(2)
        ]
        await asyncio.sleep(1)
        third = await taker.take(status_of, token, STATUS)
        waited = asyncio.get_running_loop().time()
        bus.faults.release(CALLBACKS.name)
        first = [await one for one in waiting]
        again = await taker.take(status_of, token, STATUS)

    assert (third, waited) == (503, 1.0)
    assert [*first, again] == [204, 204, 204]
    assert exchange.value('trunkline_gateway_callbacks_total{outcome="too_many"}') == 1


async def test_a_ticket_that_will_never_fit_is_not_asked_for_again_but_counted(
    log: io.StringIO,
) -> None:
    urls = urls_of(PLACED)
    expired = urls_of(PLACED, callbacks_expire_at=int(unix_now()) - 1)
    wrong = [
        (urls.status.partition(STATUS_PATH)[0] + STATUS_PATH + "x", STATUS),
        (urls.twiml.replace("/outbound/", "/status/"), STATUS),
        (expired.status, STATUS),
        (urls_of(replace(PLACED, account_sid=SUBACCOUNT)).status, STATUS),
        (urls.status, {**STATUS, "CallSid": ""}),
        (urls.amd, {"AccountSid": ACCOUNT, "AnsweredBy": "human"}),
    ]
    async with serving() as server:
        statuses = [await post(server, url, form) for url, form in wrong]
        told = server.exchange.callbacks()
        refused = server.exchange.value(REFUSED)

    assert statuses == [204] * len(wrong)
    assert told == []
    assert refused == len(wrong)
    assert {line["event"] for line in lines(log)} == {"request_refused"}
    assert "5005550006" not in log.getvalue()


async def test_a_callback_is_verified_with_the_tokens_of_the_account_it_names() -> None:
    theirs = urls_of(replace(PLACED, account_sid=SUBACCOUNT)).status
    form = {**STATUS, "AccountSid": SUBACCOUNT}
    async with serving() as server:
        statuses = [
            await post(server, theirs, form, SUBACCOUNT_TOKEN),
            await post(server, theirs, form, TOKEN),
            await post(server, theirs, {**STATUS, "AccountSid": "AC" + "9" * 32}, TOKEN),
        ]

    assert statuses == [204, 403, 403]


async def test_a_call_that_twilio_says_is_over_has_an_end_though_nobody_tells_it() -> None:
    async with serving() as server:
        urls = urls_of(PLACED)
        await post(server, urls.status, {**STATUS, "CallStatus": "in-progress"})
        server.exchange.ends.close()
        before = server.exchange.lifecycle()
        await post(server, urls.status, {**STATUS, "CallStatus": "completed"})
        server.exchange.ends.close()
        await server.exchange.desk.drain()
        (told,) = server.exchange.lifecycle()

    assert before == []
    assert isinstance(told, CallEnded)
    assert (told.reason, told.attempt_id) == ("gone", PLACED.attempt_id)
