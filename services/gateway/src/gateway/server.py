"""The public port: Twilio's webhooks and the socket. Nothing in a request is used unverified."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response, WebSocket
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketState

from gateway.calls import Calls
from gateway.metrics import GatewayMetrics, Refusal
from gateway.slots import Slots
from gateway.tickets import Ticket, TicketOffice
from gateway.twilio_socket import UvicornSocket
from gateway.twiml import (
    AfterSession,
    RelayUrls,
    after_session,
    hang_up,
    nothing,
    relay_answer,
    say_and_hang_up,
)
from trunkline.agents import Agent
from trunkline.agents.catalog import Agents
from trunkline.errors import Invalid
from trunkline.health import plain_app
from trunkline.logs import get_logger
from trunkline.twilio import SignatureCheck

MAX_FORM_BYTES = 64 * 1024  # Twilio's forms are below 4 KiB
DENY_SECONDS = 5.0  # for a client to take its refusal
RELAY_PATH = "/twilio/relay"
ACTION_PATH = "/twilio/voice/connect-action/"
TICKET_MARGIN_SECONDS = 3600  # beyond the longest call: queues and ringing come before it
SIGNATURE = "x-twilio-signature"
NOT_IN_SERVICE = "This number is not in service."
DEFAULT_LANGUAGE = "en-US"

logger = get_logger()


@dataclass(frozen=True, slots=True)
class Addresses:
    """The base URLs Twilio may have been given: the public one, and this process' own."""

    public: str
    accepted: tuple[str, ...]

    @property
    def relay(self) -> str:
        """Where Twilio connects to: wss, or ws where the public URL is plain http."""
        return _as_websocket(self.public) + RELAY_PATH


def _as_websocket(base: str) -> str:
    return "ws" + base.removeprefix("http")


class Front:
    """What Twilio is answered."""

    def __init__(
        self,
        addresses: Addresses,
        signatures: SignatureCheck,
        tickets: TicketOffice,
        agents: Agents,
        metrics: GatewayMetrics,
        clock: Callable[[], float],
    ) -> None:
        self._addresses = addresses
        self._signatures = signatures
        self._tickets = tickets
        self._agents = agents
        self._metrics = metrics
        self._clock = clock

    def incoming(self, form: dict[str, str]) -> str:
        """TwiML for a call to one of our numbers: the called number chooses the agent."""
        agent = self._agents.answering(form.get("To", ""))
        if agent is None:
            logger.warning("number_without_agent", **{"pii.to": form.get("To", "")})
            return say_and_hang_up(NOT_IN_SERVICE, DEFAULT_LANGUAGE)
        ticket = Ticket(
            call_sid=form.get("CallSid", ""),
            tenant_id=agent.tenant_id,
            agent_id=agent.id,
            agent_version=agent.version,
            expires_at=round(self._clock() + agent.limits.call_seconds) + TICKET_MARGIN_SECONDS,
        )
        return self._connect(agent, ticket, agent.render(agent.greeting, {}))

    def connect_action(self, token: str, form: dict[str, str]) -> str:
        """TwiML for a call whose session is over, however that came."""
        try:
            ticket = self._tickets.read_of_call(token, form.get("CallSid"))
        except Invalid:
            self._metrics.refused(Refusal.TICKET)
            return hang_up()
        agent = self._agents.current(ticket.agent_id)
        status, call_status = form.get("SessionStatus", ""), form.get("CallStatus", "")
        step = after_session(status, call_status, ticket.tries)
        log = logger.bind(call_id=ticket.call_sid, tries=ticket.tries, next=step.name.lower())
        log.info("session_over", status=status, error_code=form.get("ErrorCode", ""))
        match step:
            case AfterSession.RECONNECT if agent is not None:
                return self._connect(agent, ticket.after_failure(), greeting="")
            case AfterSession.RECONNECT | AfterSession.GIVE_UP if agent is not None:
                return say_and_hang_up(agent.phrases.failed, agent.language)
            case AfterSession.NOTHING:
                return nothing()
        return hang_up()

    def _connect(self, agent: Agent, ticket: Ticket, greeting: str) -> str:
        token = self._tickets.issue(ticket)
        urls = RelayUrls(self._addresses.relay, self._addresses.public + ACTION_PATH + token)
        return relay_answer(agent, urls, token, greeting=greeting)

    def signed_form(self, path: str, signature: str | None, body: bytes) -> dict[str, str] | None:
        """The form if Twilio has signed it, sent to this path and query."""
        for base in self._addresses.accepted:
            if self._signatures.of_form(base + path, body, signature):
                return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        self._refuse()
        return None

    def is_signed_upgrade(self, path: str, signature: str | None) -> bool:
        """Whether Twilio has signed this upgrade of the socket."""
        urls = [_as_websocket(base) + path for base in self._addresses.accepted]
        is_signed = any(self._signatures.of_upgrade(url, signature) for url in urls)
        if not is_signed:
            self._refuse()
        return is_signed

    def _refuse(self) -> None:
        self._metrics.refused(Refusal.SIGNATURE)
        logger.warning("request_refused", reason="signature")


def public_app(front: Front, calls: Calls, slots: Slots, metrics: GatewayMetrics) -> FastAPI:
    """The public port's routes."""
    app = plain_app()

    async def answer(request: Request, twiml: Callable[[dict[str, str]], str]) -> Response:
        body = await _bounded_body(request)
        if body is None:
            return Response(status_code=413)
        form = front.signed_form(_path(request), request.headers.get(SIGNATURE), body)
        if form is None:
            return Response(status_code=403)
        return Response(twiml(form), media_type="text/xml")

    @app.post("/twilio/voice/incoming")
    async def incoming(request: Request) -> Response:
        return await answer(request, front.incoming)

    @app.post(ACTION_PATH + "{token}")
    async def connect_action(request: Request, token: str) -> Response:
        return await answer(request, partial(front.connect_action, token))

    @app.websocket(RELAY_PATH)
    async def relay(websocket: WebSocket) -> None:
        if not front.is_signed_upgrade(_path(websocket), websocket.headers.get(SIGNATURE)):
            return await _deny(websocket, 403)
        slot = slots.take()
        if slot is None:
            metrics.refused(Refusal.FULL)
            return await _deny(websocket, 503)
        try:
            await websocket.accept()
            return await calls.hold(UvicornSocket(websocket), slot)
        finally:
            slot.release()

    return app


def _path(connection: HTTPConnection) -> str:
    """Path and query as they were sent: what Twilio has signed."""
    raw: bytes = connection.scope["raw_path"]
    query: bytes = connection.scope["query_string"]
    return (raw + (b"?" + query if query else b"")).decode("latin-1")


async def _bounded_body(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            return None
    return bytes(body)


async def _deny(websocket: WebSocket, status: int) -> None:
    """Refuse an upgrade, and stay until the connection is closed.

    uvicorn logs an error for an app that returns earlier. It tells of the end twice, when the
    response is written and when the connection is gone; starlette knows of one end only.
    """
    await websocket.send_denial_response(Response(status_code=status))
    with suppress(TimeoutError):
        async with asyncio.timeout(DENY_SECONDS):
            while (await websocket.receive())["type"] != "websocket.disconnect":
                pass
            websocket.client_state = WebSocketState.CONNECTED
            await websocket.receive()
