"""Who is let in at the public port: the traps of signatures, and what a refusal leaves behind."""

import asyncio
import io
from urllib.parse import urlsplit

import httpx
import pytest
from serving import (
    ACCOUNT,
    FORM,
    INCOMING,
    NEXT_TOKEN,
    OWN,
    PUBLIC,
    RELAY,
    SUBACCOUNT,
    SUBACCOUNT_TOKEN,
    TOKEN,
    Request,
    assert_nothing_of_it,
    errors,
    lines,
    serving,
)
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

REFUSED_FORMS = {
    "wrong token": Request(token="another"),
    "http instead of https": Request("http://voice.example.com" + INCOMING),
    "trailing slash": Request(PUBLIC + INCOMING + "/"),
    "query signed, not sent": Request(PUBLIC + INCOMING + "?a=1"),
    "query sent, not signed": Request(path=INCOMING + "?a=1"),
    "another host": Request("https://evil.example" + INCOMING, headers={"Host": "evil.example"}),
    "forwarded host": Request(
        "https://evil.example" + INCOMING,
        headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    ),
    "original url": Request(
        "https://evil.example" + INCOMING,
        headers={"X-Original-URL": "https://evil.example" + INCOMING},
    ),
    "value changed": Request(body=FORM.replace("0006", "0007")),
    "parameter added": Request(body=FORM + "&Digits=4711"),
    "blank value dropped": Request(body=FORM.replace("&CallerName=", "")),
    "upgrade's url": Request("wss://voice.example.com" + RELAY, signed_body=""),
}

ACCEPTED_FORMS = {
    "as configured": Request(),
    "next token": Request(token=NEXT_TOKEN),
    "default port": Request("https://voice.example.com:443" + INCOMING),
    "query signed and sent": Request(PUBLIC + INCOMING + "?a=1&b=", path=INCOMING + "?a=1&b="),
    "another Host header": Request(headers={"Host": "10.0.0.7:8080"}),
    "forwarded by a proxy": Request(headers={"X-Forwarded-Proto": "http"}),
    "this process' own url": Request(OWN + INCOMING),
    "duplicate values": Request(body=FORM + "&X=2&X=1&X=1", signed_body=FORM + "&X=1&X=2"),
    "escaped values": Request(body=FORM + "&N=%C3%A4+%2B", signed_body=FORM + "&N=%C3%A4%20%2B"),
}


@pytest.mark.parametrize("name", REFUSED_FORMS)
async def test_a_webhook_that_twilio_has_not_signed_as_it_came_is_refused(
    name: str, log: io.StringIO
) -> None:
    async with serving() as server:
        response = await server.post(REFUSED_FORMS[name])

    assert (response.status_code, response.content) == (403, b"")
    assert [(line["event"], line["level"]) for line in lines(log)] == [
        ("request_refused", "warning")
    ]
    assert_nothing_of_it(REFUSED_FORMS[name], log)


@pytest.mark.parametrize(
    ("account", "token", "status"),
    [
        (ACCOUNT, TOKEN, 200),
        (SUBACCOUNT, SUBACCOUNT_TOKEN, 200),
        (ACCOUNT, SUBACCOUNT_TOKEN, 403),
        (SUBACCOUNT, TOKEN, 403),
        ("AC" + "9" * 32, TOKEN, 403),
        ("", TOKEN, 403),
    ],
)
async def test_a_webhook_must_be_signed_by_the_account_that_it_names(
    account: str, token: str, status: int
) -> None:
    body = FORM.replace(ACCOUNT, account)
    async with serving() as server:
        response = await server.post(Request(body=body, signed_body=body, token=token))

    assert response.status_code == status


async def test_of_two_accounts_in_a_form_the_last_must_have_signed_it() -> None:
    body = f"AccountSid={ACCOUNT}&{FORM.replace(ACCOUNT, SUBACCOUNT)}"
    async with serving() as server:
        answers = [
            await server.post(Request(body=body, signed_body=body, token=token))
            for token in (TOKEN, SUBACCOUNT_TOKEN)
        ]

    assert [answer.status_code for answer in answers] == [403, 200]


async def test_a_webhook_without_a_signature_is_refused(log: io.StringIO) -> None:
    async with serving() as server, httpx.AsyncClient() as client:
        response = await client.post(server.url + INCOMING, content=FORM)

    assert response.status_code == 403
    assert server.exchange.value('trunkline_gateway_refused_total{reason="signature"}') == 1
    assert_nothing_of_it(Request(), log)


@pytest.mark.parametrize("name", ACCEPTED_FORMS)
async def test_a_webhook_that_twilio_has_signed_is_answered(name: str) -> None:
    async with serving() as server:
        response = await server.post(ACCEPTED_FORMS[name])

    assert response.status_code == 200
    assert "ConversationRelay" in response.text


async def test_an_oversized_form_is_refused_before_it_is_read_whole(log: io.StringIO) -> None:
    async with serving() as server:
        response = await server.post(Request(body="A=" + "x" * 70_000))

    assert response.status_code == 413
    assert errors(log) == []


async def test_webhooks_are_taken_by_post_alone() -> None:
    async with serving() as server, httpx.AsyncClient() as client:
        response = await client.get(server.url + INCOMING)

    assert response.status_code == 405


REFUSED_UPGRADES = {
    "wrong token": Request("wss://voice.example.com" + RELAY, token="another"),
    "https instead of wss": Request("https://voice.example.com" + RELAY),
    "ws instead of wss": Request("ws://voice.example.com" + RELAY),
    "trailing slash": Request("wss://voice.example.com" + RELAY + "/"),
    "query signed, not sent": Request("wss://voice.example.com" + RELAY + "?a=1"),
    "query sent, not signed": Request("wss://voice.example.com" + RELAY, path=RELAY + "?a=1"),
    "another host": Request("wss://evil.example" + RELAY, headers={"Host": "evil.example"}),
    "forwarded host": Request(
        "wss://evil.example" + RELAY, headers={"X-Forwarded-Host": "evil.example"}
    ),
}

ACCEPTED_UPGRADES = {
    "as configured": Request("wss://voice.example.com" + RELAY),
    "next token": Request("wss://voice.example.com" + RELAY, token=NEXT_TOKEN),
    "a subaccount's": Request("wss://voice.example.com" + RELAY, token=SUBACCOUNT_TOKEN),
    "this process' own url": Request("ws://127.0.0.1:8099" + RELAY),
    "forwarded by a proxy": Request(
        "wss://voice.example.com" + RELAY, headers={"X-Forwarded-Proto": "http"}
    ),
}


@pytest.mark.parametrize("name", REFUSED_UPGRADES)
async def test_an_upgrade_that_twilio_has_not_signed_gets_403_and_leaves_no_error(
    name: str, log: io.StringIO
) -> None:
    async with serving() as server:
        with pytest.raises(InvalidStatus) as refused:
            await server.upgrade(REFUSED_UPGRADES[name])
        used = server.exchange.slots.used

    assert refused.value.response.status_code == 403
    assert used == 0
    assert errors(log) == []


async def test_an_upgrade_without_a_signature_is_refused() -> None:
    async with serving() as server:
        with pytest.raises(InvalidStatus) as refused:
            await connect(server.url.replace("http", "ws") + RELAY, proxy=None)

    assert refused.value.response.status_code == 403


async def test_an_upgrade_anywhere_else_is_refused_and_leaves_no_error(log: io.StringIO) -> None:
    async with serving() as server:
        with pytest.raises(InvalidStatus) as refused:
            await server.upgrade(Request("wss://voice.example.com/other", path="/other"))

    assert refused.value.response.status_code == 403
    assert errors(log) == []


async def test_a_client_that_leaves_while_it_is_refused_leaves_no_error(log: io.StringIO) -> None:
    async with serving() as server:
        address = urlsplit(server.url)
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(
            f"GET {RELAY} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        writer.transport.abort()
        await server.post(Request())

    assert errors(log) == []


@pytest.mark.parametrize("name", ACCEPTED_UPGRADES)
async def test_an_upgrade_that_twilio_has_signed_is_let_in(name: str) -> None:
    async with serving() as server:
        socket = await server.upgrade(ACCEPTED_UPGRADES[name])
        used = server.exchange.slots.used
        await socket.close()

    assert used == 1


@pytest.mark.parametrize("is_draining", [False, True])
async def test_a_gateway_that_is_full_or_draining_answers_503_and_leaves_no_error(
    is_draining: bool, log: io.StringIO
) -> None:
    async with serving(slots=1) as server:
        server.exchange.slots.is_draining = is_draining
        slot = server.exchange.slots.take()
        with pytest.raises(InvalidStatus) as refused:
            await server.upgrade()
        if slot is not None:
            slot.release()

    assert refused.value.response.status_code == 503
    assert server.exchange.value('trunkline_gateway_refused_total{reason="full"}') == 1
    assert errors(log) == []
