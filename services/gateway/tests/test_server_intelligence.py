"""Webhooks of Intelligence: verified, kept as they came, and answered once the bus has them."""

import asyncio
import hashlib
import io
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx
import msgspec
import pytest
from fakes import open_exchange
from serving import ACCOUNT, PUBLIC, SUBACCOUNT, SUBACCOUNT_TOKEN, TOKEN, Server, lines, serving
from twilio.request_validator import RequestValidator

from gateway import notifications
from gateway.notices import Notice
from trunkline.events.intelligence import Notification, NotificationKind
from trunkline.events.topics import NOTIFICATIONS
from trunkline.events.wire import decode_notification
from trunkline.testing.virtual_time import in_virtual_time, unix_now

PATH = "/twilio/intelligence"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
V2 = {
    "account_sid": ACCOUNT,
    "service_sid": "GA" + "0" * 32,
    "transcript_sid": "GT" + "0" * 32,
    "customer_key": "canary-5550006",
    "event_type": "voice_intelligence_transcript_available",
}
V3 = {
    "accountId": ACCOUNT,
    "conversationId": "conv_conversation_1",
    "intelligenceConfiguration": {"id": "intelligence_configuration_1"},
    "operatorResults": [{"outputFormat": "TEXT", "result": {"text": "canary-5550006"}}],
}
NOTICE = Notice(NotificationKind.TWILIO_V2, ACCOUNT, V2["transcript_sid"], V2["service_sid"])


async def send(
    server: Server,
    body: bytes,
    *,
    token: str = TOKEN,
    hashed: bytes | None = None,
    form: Mapping[str, str] | None = None,
) -> int:
    """Post a body; `hashed` is the one whose hash the URL carries, and `form` what is signed."""
    path = PATH
    if hashed is not None:
        path += f"?bodySHA256={hashlib.sha256(hashed).hexdigest()}"
    signature = RequestValidator(token).compute_signature(PUBLIC + path, dict(form or {}))
    headers = {
        "X-Twilio-Signature": signature,
        "Content-Type": JSON if form is None else FORM,
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.post(server.url + path, content=body, headers=headers)).status_code


def told(server: Server) -> list[Notification]:
    records = server.exchange.bus.records(NOTIFICATIONS.name)
    return [decode_notification(record.value) for record in records]


@pytest.mark.parametrize("with_hash", [True, False])
async def test_a_notice_of_a_transcript_is_kept_as_it_came(with_hash: bool) -> None:
    body = msgspec.json.encode(V2)
    async with serving() as server:
        status = await send(server, body, hashed=body if with_hash else None)
        (notification,) = told(server)
        (record,) = server.exchange.bus.records(NOTIFICATIONS.name)

    assert status == 204
    assert (notification.kind, notification.body) == (NotificationKind.TWILIO_V2, body)
    assert (notification.subject_id, notification.account_sid, notification.service_id) == (
        V2["transcript_sid"],
        ACCOUNT,
        V2["service_sid"],
    )
    assert notification.content_type == JSON
    assert notification.body_unsigned is not with_hash
    assert record.key == f"twilio:{V2['transcript_sid']}"
    assert record.headers["type"] == "Notification"


async def test_results_of_a_conversation_are_kept_as_they_came() -> None:
    body = msgspec.json.encode(V3)
    async with serving() as server:
        status = await send(server, body, hashed=body)
        (notification,) = told(server)

    assert status == 204
    assert (notification.kind, notification.body) == (NotificationKind.TWILIO_V3, body)
    assert notification.subject_id == "conv_conversation_1"
    assert notification.service_id == "intelligence_configuration_1"


async def test_a_form_is_signed_as_forms_are() -> None:
    body = urlencode(V2).encode()
    async with serving() as server:
        statuses = [await send(server, body, form=V2), await send(server, body + b"0", form=V2)]
        (notification,) = told(server)

    assert statuses == [204, 403]
    assert (notification.kind, notification.content_type) == (NotificationKind.TWILIO_V2, FORM)
    assert notification.body_unsigned is False


async def test_what_we_do_not_know_is_kept_too() -> None:
    body = msgspec.json.encode({"account_sid": ACCOUNT, "event_type": "service_paused"})
    async with serving() as server:
        status = await send(server, body, hashed=body)
        (notification,) = told(server)

    assert status == 204
    assert (notification.kind, notification.subject_id) == (NotificationKind.UNSPECIFIED, "")


async def test_a_webhook_that_the_account_it_names_has_not_signed_is_refused(
    log: io.StringIO,
) -> None:
    body, other = msgspec.json.encode(V2), msgspec.json.encode(V2 | {"customer_key": "x"})
    unknown = msgspec.json.encode(V2 | {"account_sid": "AC" + "9" * 32})
    theirs = msgspec.json.encode(V2 | {"account_sid": SUBACCOUNT})
    async with serving() as server:
        statuses = [
            await send(server, body, token="forged"),
            await send(server, body, hashed=other),
            await send(server, theirs, hashed=theirs),
            await send(server, unknown, hashed=unknown),
            await send(server, b"not JSON", hashed=b"not JSON"),
            await send(server, b"{}", hashed=b"{}"),
        ]
        accepted = await send(server, theirs, hashed=theirs, token=SUBACCOUNT_TOKEN)
        count = len(told(server))

    assert statuses == [403] * len(statuses)
    assert (accepted, count) == (204, 1)
    assert "canary" not in log.getvalue()
    assert {line["event"] for line in lines(log)} == {"request_refused"}


async def test_a_body_that_is_too_large_is_read_no_further() -> None:
    small = V3 | {"padding": "x" * 200_000}
    large = V3 | {"padding": "x" * 300_000}
    async with serving() as server:
        statuses = [
            await send(server, body, hashed=body)
            for body in (msgspec.json.encode(small), msgspec.json.encode(large))
        ]
        refused = server.exchange.value('trunkline_gateway_refused_total{reason="too_large"}')

    assert statuses == [204, 413]
    assert refused == 1


async def test_while_the_bus_takes_nothing_twilio_is_told_to_come_again(log: io.StringIO) -> None:
    body = msgspec.json.encode(V3)
    async with serving() as server:
        server.exchange.bus.faults.fail(NOTIFICATIONS.name)
        statuses = [await send(server, body, hashed=body)]
        server.exchange.bus.faults.release(NOTIFICATIONS.name)
        statuses.append(await send(server, body, hashed=body))
        count = len(told(server))
        failed = server.exchange.value(
            'trunkline_gateway_notifications_total{outcome="not_published"}'
        )

    assert statuses == [503, 204]
    assert (count, failed) == (1, 1)
    assert "canary" not in log.getvalue()


@in_virtual_time
async def test_more_than_may_wait_for_the_bus_are_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notifications, "MAX_WAITING", 1)
    async with open_exchange() as exchange, asyncio.TaskGroup() as tasks:
        taker = notifications.Notifications(exchange.bus.bulk, exchange.metrics, unix_now)
        exchange.bus.faults.stall(NOTIFICATIONS.name)
        waiting = tasks.create_task(taker.take(NOTICE, JSON, b"{}"), name="waiting")
        await asyncio.sleep(1)
        second = await taker.take(NOTICE, JSON, b"{}")
        waited = asyncio.get_running_loop().time()
        exchange.bus.faults.release(NOTIFICATIONS.name)
        first = await waiting

    assert (second, waited) == (503, 1.0)
    assert first == 204
