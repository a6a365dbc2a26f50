"""What the tests of Intelligence share: a server that takes its webhooks, and a conversation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from rest_client import SID, TOKEN, RewritingHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from twilio_emulator.rest import (
    Account,
    Conversation,
    EmulatedTwilio,
    IntelligenceQuirks,
    Sentence,
    serve,
)
from twilio_emulator.rest.http_server import HttpServer, Reply, Request

CONFIGURATION = "conv_configuration_1"
SAID = (
    (1, "Hello, this is the clinic. This call is recorded."),
    (2, "My name is Ann, and my number is +44 7700 900123."),
    (1, "Thank you. What can I do for you?"),
    (2, "Are you open on Saturday at 10:30? I would like to talk to a person."),
    (2, "That was great, thanks."),
    (1, "Goodbye."),
)


def conversation(session: str = "VX1", **changes: Any) -> Conversation:
    """A session of a minute, in which each sentence took five seconds."""
    sentences = tuple(
        Sentence(channel=channel, start=5.0 * number, end=5.0 * number + 4.0, text=text)
        for number, (channel, text) in enumerate(SAID)
    )
    given: dict[str, Any] = {
        "account_sid": SID,
        "call_sid": "CA1",
        "session_id": session,
        "service": "clinic",
        "customer": "+447700900123",
        "to_number": "+15005550001",
        "started_at": 1_790_000_000.0,
        "seconds": 60.0,
        "sentences": sentences,
    }
    return Conversation(**(given | changes))


@dataclass(frozen=True)
class Hook:
    """A webhook as it came."""

    path: str
    query: dict[str, str]
    body: dict[str, Any]
    content_type: str
    signed: bool
    """By Twilio's own library, body hash included where there is one."""


@dataclass
class HookServer:
    """Takes webhooks, and answers with these statuses first."""

    url: str = ""
    failures: list[int] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)

    async def answer(self, request: Request) -> Reply:
        text, content_type = request.body.decode(), request.headers.get("content-type", "")
        is_form = content_type.startswith("application/x-www-form-urlencoded")
        form = dict(parse_qsl(text)) if is_form else {}
        query = dict(parse_qsl(urlsplit(request.target).query))
        checked = text if "bodySHA256" in query else form
        given = request.headers.get("x-twilio-signature", "")
        signed = RequestValidator(TOKEN).validate(self.url + request.target, checked, given)
        path = urlsplit(request.target).path
        body = form if is_form else json.loads(text or "{}")
        self.hooks.append(Hook(path, query, body, content_type, bool(signed)))
        return Reply(self.failures.pop(0) if self.failures else 204, b"")


@dataclass
class Clinic:
    """An emulated Twilio with a service named `clinic`, its SDK, and whoever is told."""

    twilio: EmulatedTwilio
    server: HookServer
    v2: Any
    """The SDK's `intelligence.v2`."""


@asynccontextmanager
async def clinic(
    quirks: IntelligenceQuirks | None = None, speed: float = 1000.0, **service: Any
) -> AsyncIterator[Clinic]:
    """Everything a test needs, on free ports."""
    failure: Exception | None = None
    server = HookServer()
    http = HttpServer(server.answer, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{http.port}"
    owner = Account(sid=SID, auth_token=TOKEN, configurations={CONFIGURATION: f"{server.url}/v3"})
    quirks = quirks or IntelligenceQuirks()
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(http.serve(), name="hook server")
        try:
            async with serve([owner], speed=speed, intelligence_quirks=quirks) as twilio:
                twilio.intelligence.add_service(SID, "clinic", f"{server.url}/v2", **service)
                client = RewritingHttpClient(twilio.url)
                async with aclosing(client):
                    sdk = Client(SID, TOKEN, http_client=client)
                    yield Clinic(twilio, server, sdk.intelligence.v2)
        except Exception as error:  # raised below, outside the group, which would wrap it
            failure = error
        finally:
            serving.cancel()
    if failure is not None:
        raise failure
