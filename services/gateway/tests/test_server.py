"""The public port over real sockets: who is let in, and what Twilio is answered."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

import httpx
import pytest
import structlog
from fakes import AGENT, CALL, NUMBER, Exchange, open_exchange, prompt, until
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gateway.server import Addresses, Front, public_app
from gateway.tickets import Ticket, TicketOffice
from trunkline.events.call import Detached, Ended
from trunkline.health import serve
from trunkline.logs import configure_logs
from trunkline.settings import LogFormat, LogSettings
from trunkline.testing.virtual_time import unix_now
from trunkline.twilio import SignatureCheck

PUBLIC = "https://voice.example.com"
OWN = "http://127.0.0.1:8099"
TOKEN, NEXT_TOKEN = "12345", "67890"
INCOMING = "/twilio/voice/incoming"
ACTION = "/twilio/voice/connect-action/"
RELAY = "/twilio/relay"
FORM = urlencode({"CallSid": CALL, "From": "+15005550006", "To": NUMBER, "CallerName": ""})


@dataclass(frozen=True)
class Request:
    """A webhook or an upgrade: what is sent, and what was signed."""

    signed_url: str = PUBLIC + INCOMING
    path: str = INCOMING
    body: str = FORM
    signed_body: str = FORM
    token: str = TOKEN
    headers: Mapping[str, str] | None = None

    @property
    def signature(self) -> dict[str, str]:
        pairs = ImmutableMultiDict(parse_qsl(self.signed_body, keep_blank_values=True))
        value = RequestValidator(self.token).compute_signature(self.signed_url, pairs)
        return {"X-Twilio-Signature": value}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, as JSON lines."""
    stream = io.StringIO()
    configure_logs(LogSettings(log_format=LogFormat.JSON, log_level="info"), stream=stream)
    yield stream
    structlog.reset_defaults()
    logging.basicConfig(handlers=[], level=logging.WARNING, force=True)


# Signatures of webhooks

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


# Signatures of upgrades

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


# Sockets


async def test_a_call_is_held_over_a_real_socket(log: io.StringIO) -> None:
    async with serving() as server:
        server.exchange.answers()
        socket = await server.upgrade()
        await socket.send(json.dumps(server.exchange.setup()))
        await until(lambda: server.exchange.events() != [])
        await socket.send(json.dumps(prompt("Are you open?")))
        frames = [json.loads(await socket.recv()) for _ in range(3)]
        await socket.close()
        await until(lambda: isinstance(server.exchange.events()[-1], Ended))
        await until(lambda: server.exchange.slots.used == 0)

    assert "".join(frame["token"] for frame in frames) == "Answer 1 is this."
    assert [line["event"] for line in lines(log)] == ["call_opened", "call_closed"]
    assert {line["call_id"] for line in lines(log)} == {CALL}


async def test_a_frame_larger_than_any_of_twilios_ends_that_session() -> None:
    async with serving() as server:
        socket = await server.upgrade()
        await socket.send(json.dumps(server.exchange.setup()))
        await until(lambda: server.exchange.events() != [])
        await socket.send(json.dumps(prompt("x" * 70_000)))
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        await until(lambda: isinstance(server.exchange.events()[-1], Detached))

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def test_a_session_whose_ticket_is_not_its_calls_is_closed_with_1008(
    log: io.StringIO,
) -> None:
    async with serving() as server:
        socket = await server.upgrade()
        await socket.send(json.dumps({**server.exchange.setup(), "callSid": "CAother"}))
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        await until(lambda: server.exchange.slots.used == 0)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert [line["event"] for line in lines(log)] == ["session_refused"]


async def test_a_socket_reset_without_a_word_leaves_the_call_for_another_session(
    log: io.StringIO,
) -> None:
    async with serving() as server:
        socket = await server.upgrade()
        await socket.send(json.dumps(server.exchange.setup()))
        await until(lambda: server.exchange.events() != [])
        socket.transport.abort()
        await until(lambda: isinstance(server.exchange.events()[-1], Detached))
        await until(lambda: server.exchange.slots.used == 0)

    assert errors(log) == []


# Answers


async def test_a_call_is_connected_to_the_agent_of_its_number() -> None:
    async with serving() as server:
        twiml = ElementTree.fromstring((await server.post(Request())).text)
        relay = element(twiml, "Connect/ConversationRelay")
        action = element(twiml, "Connect").attrib["action"]
        ticket = server.exchange.tickets.read(parameter(relay))

    assert relay.attrib["url"] == "wss://voice.example.com/twilio/relay"
    assert relay.attrib["welcomeGreeting"] == "Hello."
    assert action.startswith(PUBLIC + ACTION)
    assert "?" not in action
    assert (ticket.call_sid, ticket.agent_id, ticket.tries) == (CALL, AGENT.id, 0)


async def test_a_public_url_on_this_machine_is_connected_to_without_tls() -> None:
    public = "http://127.0.0.1:8080"
    async with serving(public=public) as server:
        response = await server.post(Request(public + INCOMING))
        socket = await server.upgrade(Request("ws://127.0.0.1:8080" + RELAY))
        await socket.close()

    assert 'url="ws://127.0.0.1:8080/twilio/relay"' in response.text


async def test_a_number_without_an_agent_is_told_so_politely(log: io.StringIO) -> None:
    form = FORM.replace(urlencode({"To": NUMBER}), "To=%2B15005559999")
    async with serving() as server:
        response = await server.post(Request(body=form, signed_body=form))

    assert [child.tag for child in ElementTree.fromstring(response.text)] == ["Say", "Hangup"]
    assert [line["event"] for line in lines(log)] == ["number_without_agent"]
    assert "15005559999" not in log.getvalue()


AFTER_SESSIONS = [
    ("completed", "completed", 0, []),
    ("failed", "completed", 0, []),
    ("ended", "busy", 0, []),
    ("ended", "in-progress", 0, ["Hangup"]),
    ("completed", "in-progress", 0, ["Hangup"]),
    ("failed", "in-progress", 0, ["Connect"]),
    ("failed", "ringing", 0, ["Connect"]),
    ("failed", "in-progress", 1, ["Connect"]),
    ("failed", "in-progress", 2, ["Say", "Hangup"]),
    ("unheard-of", "in-progress", 0, ["Connect"]),
]


@pytest.mark.parametrize(("session", "call", "tries", "verbs"), AFTER_SESSIONS)
async def test_what_becomes_of_a_call_whose_session_is_over(
    session: str, call: str, tries: int, verbs: list[str]
) -> None:
    async with serving() as server:
        token = server.exchange.ticket(tries=tries)
        response = await server.post(action_request(token, session, call))

    assert response.status_code == 200
    assert [child.tag for child in ElementTree.fromstring(response.text)] == verbs


async def test_a_session_that_fails_again_and_again_is_renewed_twice_without_a_greeting() -> None:
    async with serving() as server:
        answer = ElementTree.fromstring((await server.post(Request())).text)
        greetings = []
        while (connect_ := answer.find("Connect")) is not None:
            relay = element(answer, "Connect/ConversationRelay")
            greetings.append(relay.attrib.get("welcomeGreeting"))
            token = connect_.attrib["action"].partition(ACTION)[2].partition("#")[0]
            answer = ElementTree.fromstring((await server.post(action_request(token))).text)

    assert greetings == ["Hello.", None, None]
    assert [child.tag for child in answer] == ["Say", "Hangup"]


async def test_an_action_url_with_a_ticket_that_does_not_hold_ends_the_call() -> None:
    foreign = TicketOffice(["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="], unix_now)
    async with serving() as server:
        office = server.exchange.tickets
        tokens = {
            "expired": office.issue(Ticket(CALL, "acme", AGENT.id, AGENT.version, 1)),
            "forged": server.exchange.ticket()[:-4] + "AAA=",
            "foreign": foreign.issue(Ticket(CALL, "acme", AGENT.id, AGENT.version, 2**31)),
            "another call's": server.exchange.ticket("CAother"),
        }
        answers = {
            name: (await server.post(action_request(token))).text for name, token in tokens.items()
        }
        refused = server.exchange.value('trunkline_gateway_refused_total{reason="ticket"}')

    verbs = {name: [c.tag for c in ElementTree.fromstring(answers[name])] for name in answers}
    assert verbs == {name: ["Hangup"] for name in tokens}
    assert refused == len(tokens)


# Helpers


class Server:
    """A running public port."""

    def __init__(self, exchange: Exchange, url: str) -> None:
        self.exchange = exchange
        self.url = url

    async def post(self, request: Request) -> httpx.Response:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            **request.signature,
            **(request.headers or {}),
        }
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(self.url + request.path, content=request.body, headers=headers)

    async def upgrade(
        self, request: Request = ACCEPTED_UPGRADES["as configured"]
    ) -> ClientConnection:
        path = RELAY if request.path == INCOMING else request.path
        signed = Request(request.signed_url, signed_body="", token=request.token)
        headers = {**signed.signature, **(request.headers or {})}
        address = urlsplit(self.url)
        host = headers.pop("Host", address.netloc)
        return await connect(
            f"ws://{host}{path}",
            host=address.hostname,
            port=address.port,
            additional_headers=headers,
            proxy=None,
        )


@asynccontextmanager
async def serving(*, public: str = PUBLIC, slots: int = 3) -> AsyncIterator[Server]:
    async with open_exchange(slots=slots) as exchange, asyncio.TaskGroup() as tasks:
        front = Front(
            Addresses(public, (public, OWN)),
            SignatureCheck([TOKEN, NEXT_TOKEN]),
            exchange.tickets,
            exchange.agents,
            exchange.metrics,
            unix_now,
        )
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        app = public_app(front, exchange.calls, exchange.slots, exchange.metrics)
        running = serve(app, "127.0.0.1", 0, websockets=True, listening=port.set_result)
        task = tasks.create_task(running, name="public port")
        async with asyncio.timeout(10):
            yield Server(exchange, f"http://127.0.0.1:{await port}")
        await exchange.calls.drain(0)
        task.cancel()


def action_request(
    token: str, session: str = "failed", call: str = "in-progress", sid: str = CALL
) -> Request:
    form = urlencode({"CallSid": sid, "CallStatus": call, "SessionStatus": session})
    return Request(PUBLIC + ACTION + token, ACTION + token, form, form)


def element(twiml: ElementTree.Element, path: str) -> ElementTree.Element:
    found = twiml.find(path)
    assert found is not None
    return found


def parameter(relay: ElementTree.Element) -> str:
    return element(relay, "Parameter").attrib["value"]


def lines(log: io.StringIO) -> Sequence[dict[str, str]]:
    """What was logged, but for the drain that ends each of these servers."""
    found = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line for line in found if line["event"] != "gateway_draining"]


def errors(log: io.StringIO) -> list[dict[str, str]]:
    return [line for line in lines(log) if line["level"] not in ("info", "warning")]


def assert_nothing_of_it(request: Request, log: io.StringIO) -> None:
    """Not a value of the request is in the log."""
    values = [value for _, value in parse_qsl(request.body)]
    assert [value for value in values if value in log.getvalue()] == []
