"""The public port over real sockets, for the tests of the server."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from fakes import AGENT, CALL, NUMBER, TICKET_KEY, Exchange, open_exchange
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect

from gateway.callbacks import Callbacks
from gateway.callers import Callers
from gateway.front import Front
from gateway.gate import Addresses, Gate
from gateway.notifications import Notifications
from gateway.placed import PlacedCalls
from gateway.server import public_app
from trunkline.agents import Agent
from trunkline.agents.catalog import Agents
from trunkline.health import serve
from trunkline.outbound import (
    OutboundTicket,
    OutboundUrls,
    callback_office,
    outbound_office,
    outbound_urls,
)
from trunkline.testing.virtual_time import unix_now
from trunkline.twilio import SignatureCheck

PUBLIC = "https://voice.example.com"
OWN = "http://127.0.0.1:8099"
TOKEN, NEXT_TOKEN = "12345", "67890"
INCOMING = "/twilio/voice/incoming"
ACTION = "/twilio/voice/connect-action/"
DIAL_ACTION = "/twilio/voice/dial-action/"
RELAY = "/twilio/relay"
ACCOUNT, SUBACCOUNT = f"AC{'0' * 32}", f"AC{'1' * 32}"
SUBACCOUNT_TOKEN = "24680"
FORM = urlencode(
    {
        "CallSid": CALL,
        "AccountSid": ACCOUNT,
        "From": "+15005550006",
        "To": NUMBER,
        "CallerName": "",
    }
)


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


class Server:
    """A running public port."""

    def __init__(self, exchange: Exchange, callers: Callers, url: str) -> None:
        self.exchange = exchange
        self.callers = callers
        self.url = url

    async def post(self, request: Request) -> httpx.Response:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            **request.signature,
            **(request.headers or {}),
        }
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.post(self.url + request.path, content=request.body, headers=headers)

    async def upgrade(self, request: Request | None = None) -> ClientConnection:
        request = request or Request("wss://voice.example.com" + RELAY)
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
async def serving(
    *, public: str = PUBLIC, slots: int = 3, reserve: int = 0, agents: Sequence[Agent] = (AGENT,)
) -> AsyncIterator[Server]:
    opened = open_exchange(slots=slots, reserve=reserve)
    async with opened as exchange, asyncio.TaskGroup() as tasks:
        signatures = {
            ACCOUNT: SignatureCheck([TOKEN, NEXT_TOKEN]),
            SUBACCOUNT: SignatureCheck([SUBACCOUNT_TOKEN]),
        }
        gate = Gate(Addresses(public, (public, OWN)), signatures, exchange.metrics)
        known, desk, metrics = Agents(agents), exchange.desk, exchange.metrics
        callers = Callers([TICKET_KEY], 2**20, unix_now)
        front = Front(
            *(public, exchange.tickets, known, exchange.room, callers),
            *(exchange.ends, metrics, unix_now),
        )
        placed = PlacedCalls(
            *(front, outbound_office([TICKET_KEY], unix_now), known, exchange.room),
            *(desk, metrics, unix_now),
        )
        told = callback_office([TICKET_KEY], unix_now)
        callbacks = Callbacks(exchange.bus.bulk, desk, exchange.ends, told, metrics, unix_now)
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        notifications = Notifications(exchange.bus.bulk, metrics, unix_now)
        app = public_app(
            *(gate, front, placed, callbacks, notifications),
            *(exchange.calls, exchange.slots, exchange.metrics),
        )
        running = serve(app, "127.0.0.1", 0, websockets=True, listening=port.set_result)
        task = tasks.create_task(running, name="public port")
        async with asyncio.timeout(60):
            yield Server(exchange, callers, f"http://127.0.0.1:{await port}")
        await exchange.calls.drain(0)
        task.cancel()


def action_request(
    token: str,
    session: str = "failed",
    call: str = "in-progress",
    sid: str = CALL,
    **fields: str,
) -> Request:
    """What Twilio asks when a session is over."""
    form = {"CallSid": sid, "CallStatus": call, "SessionStatus": session, **fields}
    return form_request(ACTION + token, form)


def form_request(path: str, form: Mapping[str, str], token: str = TOKEN) -> Request:
    """A form, signed by our account if it names no other."""
    body = urlencode({"AccountSid": ACCOUNT, **form})
    return Request(PUBLIC + path, path, body, body, token)


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


PLACED = OutboundTicket(
    attempt_id="0190f3f2-5b7e-7c3a-8000-000000000001",
    worker_epoch="6f6f3d3a-0000-4000-8000-000000000002",
    tenant_id="acme",
    account_sid=ACCOUNT,
    campaign_id="0190f3f2-5b7e-7c3a-8000-000000000003",
    agent_id=AGENT.id,
    expires_at=2**31,
)
PLACED_FORM = {
    "CallSid": CALL,
    "AccountSid": ACCOUNT,
    "From": NUMBER,
    "To": "+15005550006",
    "Direction": "outbound-api",
    "CallStatus": "in-progress",
}


def urls_of(ticket: OutboundTicket, *, callbacks_expire_at: int = 2**31) -> OutboundUrls:
    """The URLs as the dialer makes them."""
    offices = outbound_office([TICKET_KEY], unix_now), callback_office([TICKET_KEY], unix_now)
    return outbound_urls(PUBLIC, *offices, ticket, callbacks_expire_at=callbacks_expire_at)


def asked_at(url: str, form: Mapping[str, str], token: str = TOKEN) -> Request:
    """What Twilio sends to a URL of ours: without its fragment."""
    return form_request(url.removeprefix(PUBLIC).partition("#")[0], form, token)
