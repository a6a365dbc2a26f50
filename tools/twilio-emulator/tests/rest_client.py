"""What the tests of the REST side share: a server that takes callbacks, and Twilio's own SDK."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from twilio_emulator.rest import Account, EmulatedTwilio, serve
from twilio_emulator.rest.http_server import HttpServer, Reply, Request
from twilio_emulator.webhooks import tls

SID = "AC" + "1" * 32
TOKEN = "0123456789abcdef0123456789abcdef"
OWN = "+15005550006"
HUMAN = "+447700900101"
PAUSE = "<Response><Pause length='60'/></Response>"


@dataclass(frozen=True)
class News:
    """A request of Twilio's, as it came."""

    path: str
    params: Mapping[str, str]
    signed: bool
    token: str


@dataclass
class AccountServer:
    """The server of the account: it answers every question with the same TwiML."""

    twiml: str = PAUSE
    status: int = 200
    url: str = ""
    news: list[News] = field(default_factory=list)

    async def answer(self, request: Request) -> Reply:
        params = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        given = request.headers.get("x-twilio-signature", "")
        signed = RequestValidator(TOKEN).validate(self.url + request.target, params, given)
        token = request.headers["i-twilio-idempotency-token"]
        self.news.append(News(urlsplit(request.target).path, params, bool(signed), token))
        return Reply(self.status, self.twiml.encode(), {"Content-Type": "text/xml"})

    def statuses(self, path: str = "/status") -> list[str]:
        return [each.params["CallStatus"] for each in self.news if each.path == path]

    def at(self, path: str) -> list[News]:
        return [each for each in self.news if each.path == path]


def plain_client(seconds: float = 10.0) -> httpx.AsyncClient:
    """A client with the account's credentials, for what the SDK hides."""
    return httpx.AsyncClient(auth=(SID, TOKEN), trust_env=False, timeout=seconds, verify=tls())


class RewritingHttpClient(AsyncHttpClient):  # type: ignore[misc]  # the SDK ships no types
    """Lets the SDK talk to the emulator; the SDK itself knows no other host than Twilio's."""

    is_async = True

    def __init__(self, base: str) -> None:
        self._base = base
        self._client = plain_client()

    async def request(  # type: ignore[no-untyped-def]  # as the SDK has it
        self, method, uri, params=None, data=None, headers=None, auth=None, **_
    ) -> Response:
        url = re.sub(r"https://(api|intelligence)\.twilio\.com", self._base, uri)
        answer = await self._client.request(
            method, url, params=params or None, data=data, headers=headers, auth=auth
        )
        return Response(answer.status_code, answer.text, answer.headers)

    async def aclose(self) -> None:
        await self._client.aclose()


@dataclass
class Bench:
    """An emulated Twilio, its SDK, and the account's server."""

    twilio: EmulatedTwilio
    server: AccountServer
    sdk: Client

    async def call(self, to: str = HUMAN, **options: Any) -> Any:
        """Ask for a call with every callback, as the SDK does it."""
        asked: dict[str, Any] = {
            "from_": OWN,
            "url": f"{self.server.url}/voice?attempt=a1",
            "status_callback": f"{self.server.url}/status",
            "status_callback_event": ["initiated", "ringing", "answered", "completed"],
        }
        return await self.sdk.calls.create_async(to=to, **(asked | options))

    async def until(self, path: str, count: int) -> None:
        """Wait until the server was told so much."""
        async with asyncio.timeout(5):
            while len(self.server.at(path)) < count:  # noqa: ASYNC110  # the server has no event
                await asyncio.sleep(0.005)


@asynccontextmanager
async def bench(speed: float = 100.0, cps: float = 50.0, **account: Any) -> AsyncIterator[Bench]:
    """Everything a test needs, on free ports."""
    failure: Exception | None = None
    server = AccountServer()
    http = HttpServer(server.answer, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{http.port}"
    owner = Account(sid=SID, auth_token=TOKEN, cps=cps, **account)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(http.serve(), name="account server")
        try:
            async with serve([owner], speed=speed) as twilio:
                client = RewritingHttpClient(twilio.url)
                async with aclosing(client):
                    yield Bench(twilio, server, Client(SID, TOKEN, http_client=client))
        except Exception as error:  # raised below, outside the group, which would wrap it
            failure = error
        finally:
            serving.cancel()
    if failure is not None:
        raise failure
