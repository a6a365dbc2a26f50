"""What the doctor makes of the public address: gateways, tunnels, proxies and nothing at all."""

from collections.abc import Callable, Mapping

import httpx
import pytest
from fake_server import fake_server
from fastapi import Request, Response
from twilio.request_validator import RequestValidator

from trunkline_cli.doctor.finding import Finding, Level
from trunkline_cli.doctor.public import FORM, check_public

TOKEN = "the-token-that-nobody-may-see"
ACCOUNT = "AC" + "0" * 32
HOOK, RELAY = "/twilio/voice/incoming", "/twilio/relay"
TWIML = "<Response></Response>"

Answer = Callable[[Request], Response]


def gateway(request: Request, token: str = TOKEN) -> Response:
    """Answers as a gateway with this token does."""
    url = f"http://{request.headers['host']}{HOOK}"
    signature = request.headers.get("x-twilio-signature", "")
    fits = RequestValidator(token).validate(url, {**FORM, "AccountSid": ACCOUNT}, signature)
    if request.url.path == HOOK and fits:
        return Response(TWIML, media_type="text/xml")
    return Response(status_code=403)


def with_other_token(request: Request) -> Response:
    return gateway(request, "another-token")


def without_upgrades(request: Request) -> Response:
    """A proxy that passes the socket's request on as a usual one, which no gateway knows."""
    return Response(status_code=404) if request.url.path == RELAY else gateway(request)


def tunnel_page(request: Request) -> Response:
    return Response("<html>You are about to visit ...</html>")


def redirect(request: Request) -> Response:
    return Response(status_code=301, headers={"location": "https://elsewhere.example"})


def broken(request: Request) -> Response:
    return Response(status_code=500 if "x-twilio-signature" in request.headers else 403)


async def look(answer: Answer) -> list[Finding]:
    async with fake_server() as server, httpx.AsyncClient(trust_env=False) as client:
        server.answer = answer  # type: ignore[assignment]
        return await check_public(client, server.url, ACCOUNT, TOKEN)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (gateway, {"signed ones are answered": Level.FINE, "need a signature": Level.FINE}),
        (with_other_token, {"a signed request is refused": Level.WRONG}),
        (without_upgrades, {"a WebSocket without a signature gets 404": Level.WRONG}),
        (tunnel_page, {"a request without a signature gets 200": Level.WRONG}),
        (redirect, {"a request without a signature gets 301": Level.WRONG}),
        (broken, {"a signed request gets 500 and no TwiML": Level.WRONG}),
    ],
)
async def test_what_answers_there_is_recognised(answer: Answer, found: Mapping[str, Level]) -> None:
    findings = await look(answer)

    for words, level in found.items():
        assert [finding.level for finding in findings if words in finding.what] == [level]
    assert TOKEN not in repr(findings)


async def test_an_address_of_this_machine_alone_is_pointed_out() -> None:
    first = (await look(gateway))[0]

    assert first.level is Level.WARNING
    assert "this machine alone" in first.what


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://voice.example.com", "PUBLIC_URL is not https"),
        ("https://voice.example.com", "no answer from https://voice.example.com/twilio/voice"),
        ("https://[", "no answer"),
    ],
)
async def test_an_address_that_cannot_be_right_is_named(url: str, words: str) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody listens", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        findings = await check_public(client, url, ACCOUNT, TOKEN)

    assert any(words in finding.what for finding in findings)
    assert findings[-1].level is Level.WRONG


async def test_a_certificate_of_no_authority_is_named() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        words = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed"
        raise httpx.ConnectError(words, request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        (finding,) = await check_public(client, "https://voice.example.com", ACCOUNT, TOKEN)

    assert finding.what == "its certificate is none that Twilio would accept"


async def test_nobody_there_is_told_with_what_to_look_at() -> None:
    async with fake_server() as server:
        pass
    async with httpx.AsyncClient(trust_env=False) as client:
        findings = await check_public(client, server.url, ACCOUNT, TOKEN)

    assert "ConnectError" in findings[-1].what
    assert "port 8080" in findings[-1].mend
