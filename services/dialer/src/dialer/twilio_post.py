"""Placing a call: at most one request is ever written to a socket, and what it came to is told.

Nothing here repeats anything. Each request has a connection of its own, so that a process that was
stopped for long writes to a socket that the other side has closed. The connection is made ahead of
time; the request waits behind it for its moment, and looks at the fence in the last step before the
first byte is written. What fails before that has sent nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

import httpx

from dialer.boottime import boottime
from dialer.call_form import CallRequest, form_of
from dialer.classify import NothingSent, PostOutcome, classify
from dialer.twilio_api import Api, NotPermitted, SafetyCatch, clock_offset, read_json, tls
from trunkline.errors import Invalid

FENCE_SECONDS = 2.0  # from the write-ahead to the first byte
TOTAL_SECONDS = 33.0  # from the start of the request to the end of its answer
TIMEOUTS = httpx.Timeout(connect=3.0, read=30.0, write=5.0, pool=1.0)
FIRST_BYTE = "http11.send_request_headers.started"


class FenceClosed(Exception):
    """It is too late to send. Raised inside the HTTP client, so it is none of our error types."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def no_other() -> float | None:
    """There is no other moment."""
    return None


@dataclass(frozen=True, slots=True)
class Fence:
    """When the first byte may be written, and until when, if at all. Times are by `boottime`."""

    begun_at: float
    """Before the write-ahead was begun."""
    holds: Callable[[], bool]
    """Whether this process still owns what it is about to do."""
    due: float = 0.0
    """Not before this moment: the slot that the rate limits gave."""
    tolerance: float = FENCE_SECONDS
    """How long after it at the most: later, it would come together with somebody else's."""
    again: Callable[[], Awaitable[float | None]] = no_other
    """Another moment, where one was missed."""
    clock: Callable[[], float] = boottime

    async def wait(self) -> float:
        """Wait for the moment, and return it; raises `FenceClosed` if there is none."""
        due: float | None = self.due
        while due is not None and due < self.begun_at + FENCE_SECONDS:
            if (early := due - self.clock()) > 0:
                await asyncio.sleep(early)
            self.check()
            if not due or self.clock() - due <= self.tolerance:
                return due
            due = await self.again()
        raise FenceClosed("slot_missed")

    def check(self) -> None:
        if self.clock() - self.begun_at >= FENCE_SECONDS:
            raise FenceClosed("too_late")
        if not self.holds():
            raise FenceClosed("lease_lost")


@dataclass(frozen=True, slots=True)
class Posted:
    """What a request came to, and Twilio's clock minus ours where its answer told the time."""

    outcome: PostOutcome
    clock_offset: float | None = None


class Watch:
    """Is told how far a request has come; this one does not care."""

    def ready(self) -> None:
        """Everything is there, and only its moment is waited for."""

    def sent(self, due: float) -> None:
        """All of it was handed to the socket; `due` was its moment."""


class _Wire:
    """One request: is it still to be sent, and was any of it?"""

    def __init__(self, fence: Fence, watch: Watch) -> None:
        self._fence = fence
        self._watch = watch
        self._due = 0.0
        self.sent = False

    async def trace(self, event: str, _: object) -> None:
        if event == FIRST_BYTE:
            self._watch.ready()
            self._due = await self._fence.wait()
            self.sent = True
        elif self.sent and event == "http11.send_request_body.complete":
            self._watch.sent(self._due)


class CallPoster:
    """Asks Twilio for calls."""

    def __init__(
        self, client: httpx.AsyncClient, api: Api, catch: SafetyCatch, now: Callable[[], float]
    ) -> None:
        self._client = client
        self._api = api
        self._catch = catch
        self._now = now

    @classmethod
    @asynccontextmanager
    async def open(
        cls, api: Api, catch: SafetyCatch, now: Callable[[], float], *, at_once: int
    ) -> AsyncIterator[Self]:
        """`at_once` bounds the requests at one time; `now` is Unix time by the database's clock."""
        transport = httpx.AsyncHTTPTransport(
            verify=tls(),
            http2=False,
            retries=0,
            trust_env=False,
            limits=httpx.Limits(max_connections=at_once, max_keepalive_connections=0),
        )
        client = httpx.AsyncClient(
            transport=transport, timeout=TIMEOUTS, follow_redirects=False, trust_env=False
        )
        async with client:
            yield cls(client, api, catch, now)

    async def post(
        self,
        account_sid: str,
        request: CallRequest,
        fence: Fence,
        watch: Watch | None = None,
    ) -> Posted:
        """Ask once. Whatever happens is an outcome; only cancellation is passed on."""
        wire = _Wire(fence, watch or Watch())
        try:
            self._catch.check(request.to)
            async with asyncio.timeout(TOTAL_SECONDS):
                return await self._ask(account_sid, request, wire)
        except NotPermitted:
            return Posted(NothingSent("not_permitted"))
        except Invalid:
            return Posted(NothingSent("no_credentials"))
        except FenceClosed as closed:
            return Posted(NothingSent(closed.reason))
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, OSError) as error:
            reason = _reason(error)
            return Posted(classify(bytes_sent=wire.sent, status=None, body=None, error=reason))

    async def _ask(self, account_sid: str, request: CallRequest, wire: _Wire) -> Posted:
        async with self._client.stream(
            "POST",
            self._api.calls_url(account_sid),
            data=dict(form_of(request)),
            auth=self._api.login(account_sid).auth(),
            headers={"Accept": "application/json"},
            extensions={"trace": wire.trace},
        ) as response:
            body = await read_json(response)
        outcome = classify(bytes_sent=wire.sent, status=response.status_code, body=body)
        return Posted(outcome, clock_offset(response, self._now))


def _reason(error: Exception) -> str:
    """A code of ours for what went wrong; the error's text may quote a URL."""
    match error:
        case httpx.ConnectTimeout() | httpx.ConnectError():
            return "connect_failed"
        case httpx.PoolTimeout():
            return "too_many_requests_of_ours"
        case httpx.ReadTimeout() | TimeoutError():
            return "read_timeout"
        case _:
            return "connection_lost"
