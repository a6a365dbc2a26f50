"""A small ConversationRelay server, written from Twilio's documents alone, that can misbehave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from twilio_emulator import Call, CallPlan, dial

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"

Message = dict[str, Any]
Talk = Callable[["Conversation", Message], Awaitable[None]]


@dataclass
class Hook:
    """A webhook as it came."""

    path: str
    params: Mapping[str, str]
    signed: bool
    idempotency_token: str


@dataclass
class Conversation:
    """One socket, with all that came through it."""

    socket: ServerConnection
    received: list[Message] = field(default_factory=list)
    turn: int = 0
    stopped: bool = False

    async def send(self, **message: object) -> None:
        await self.socket.send(json.dumps(message))

    async def tokens(self, count: int, seconds: float = 0.0, heed: bool = True) -> None:
        """Answer `t3.1 t3.2 …` (turn 3), one token every `seconds`."""
        turn = self.turn
        for number in range(1, count + 1):
            if heed and (self.stopped or self.turn != turn):
                return
            await self.send(type="text", token=f"t{turn}.{number} ", last=False)
            await asyncio.sleep(seconds)
        await self.send(type="text", token="", last=True)

    def of_type(self, kind: str) -> list[Message]:
        return [message for message in self.received if message["type"] == kind]


@dataclass
class ReferenceServer:
    """`relay` are attributes of `<ConversationRelay>`; `talk` answers each message in a task.

    `answers` is TwiML by path; `{again}` in it stands for one more session.
    """

    talk: Talk
    relay: dict[str, str] = field(default_factory=dict)
    port: int = 0
    relay_port: int = 0
    refuse_upgrades: list[HTTPStatus] = field(default_factory=list)
    hook_failures: list[HTTPStatus] = field(default_factory=list)
    after_session: str = "<Response/>"
    again_on_failure: bool = True
    action_fragment: str = ""
    first_twiml: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    hooks: list[Hook] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    upgrades_signed: list[bool] = field(default_factory=list)

    @property
    def voice_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/voice"

    def twiml(self, greeting: bool = True) -> str:
        attributes = dict(self.relay)
        if not greeting:
            attributes.pop("welcomeGreeting", None)
        shown = "".join(f' {name}="{value}"' for name, value in attributes.items())
        return (
            f'<Response><Connect action="http://127.0.0.1:{self.port}/action'
            f'{self.action_fragment}"><ConversationRelay url="ws://127.0.0.1:{self.relay_port}/relay"'
            f'{shown}><Parameter name="tenant" value="t1"/></ConversationRelay></Connect>'
            f"</Response>"
        )

    async def on_socket(self, socket: ServerConnection) -> None:
        conversation = Conversation(socket)
        self.conversations.append(conversation)
        try:
            async with asyncio.TaskGroup() as tasks:
                async for frame in socket:
                    message = _understood(frame)
                    conversation.received.append(message)
                    match message["type"]:
                        case "prompt" if not message["last"]:
                            continue
                        case "prompt":
                            conversation.turn += 1
                            conversation.stopped = False
                        case "interrupt":
                            conversation.stopped = True
                    tasks.create_task(self._answer(conversation, message), name="answer")
        except ConnectionClosed:
            pass

    async def _answer(self, conversation: Conversation, message: Message) -> None:
        with suppress(ConnectionClosed):
            await self.talk(conversation, message)

    def on_upgrade(self, socket: ServerConnection, request: Request) -> Response | None:
        url = f"ws://127.0.0.1:{self.relay_port}{request.path}"
        given = request.headers.get("X-Twilio-Signature", "")
        self.upgrades_signed.append(RequestValidator(AUTH_TOKEN).validate(url, {}, given))
        if self.refuse_upgrades:
            return socket.respond(self.refuse_upgrades.pop(0), "no")
        return None

    async def on_webhook(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request on a connection that is closed after it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        path = head[0].split(" ")[1]
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        status, answer = self._answer_webhook(path, headers, body.decode())
        writer.write(
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/xml\r\n"
            f"Content-Length: {len(answer)}\r\nConnection: close\r\n\r\n{answer}".encode()
        )
        await writer.drain()
        writer.close()

    def _answer_webhook(
        self, path: str, headers: Mapping[str, str], body: str
    ) -> tuple[HTTPStatus, str]:
        params = dict(parse_qsl(body, keep_blank_values=True))
        url = f"http://127.0.0.1:{self.port}{path}"
        signed = RequestValidator(AUTH_TOKEN).validate(url, params, headers["x-twilio-signature"])
        token = headers["i-twilio-idempotency-token"]
        self.hooks.append(Hook(path, params, signed, token))
        if self.hook_failures:
            return self.hook_failures.pop(0), ""
        if path == "/voice":
            return HTTPStatus.OK, self.twiml() if self.first_twiml is None else self.first_twiml
        if path in self.answers:
            session = self.twiml(greeting=False)[len("<Response>") : -len("</Response>")]
            return HTTPStatus.OK, self.answers[path].replace("{again}", session)
        again = params.get("SessionStatus") == "failed" and params["CallStatus"] == "in-progress"
        if again and self.again_on_failure:
            return HTTPStatus.OK, self.twiml(greeting=False)
        return HTTPStatus.OK, self.after_session


async def say_nothing(conversation: Conversation, message: Message) -> None:
    """Listen."""


def plan(server: ReferenceServer, **changes: object) -> CallPlan:
    """A call of it by someone who listens fast."""
    settings: dict[str, object] = {"speaking_cps": 400.0, "barge_in_ms": 80.0} | changes
    return CallPlan(
        voice_url=server.voice_url,
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        **settings,  # type: ignore[arg-type]  # keywords of the plan
    )


@asynccontextmanager
async def calling(server: ReferenceServer, **changes: object) -> AsyncIterator[Call]:
    """A call of it, to be driven step by step."""
    async with serving(server), dial(plan(server, **changes)) as call:
        yield call


def _understood(frame: str | bytes) -> Message:
    try:
        message = json.loads(frame)
    except ValueError:
        return {"type": "garbage"}
    if isinstance(message, dict) and ("voicePrompt" in message or message["type"] != "prompt"):
        return message
    return {"type": "garbage"}


@asynccontextmanager
async def serving(server: ReferenceServer) -> AsyncIterator[ReferenceServer]:
    """Serve webhooks and sockets on free ports."""
    hooks = await asyncio.start_server(server.on_webhook, "127.0.0.1", 0)
    server.port = hooks.sockets[0].getsockname()[1]
    sockets = serve(server.on_socket, "127.0.0.1", 0, process_request=server.on_upgrade)
    async with hooks, sockets as relay:
        server.relay_port = next(iter(relay.sockets)).getsockname()[1]
        yield server
