"""The HTTP client inside Twilio's SDK: ours, with deadlines, a limit of size, and one address."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
from twilio.http import AsyncHttpClient
from twilio.http.response import Response

from trunkline.errors import Transient
from trunkline.logs import get_logger

MAX_BODY_BYTES = 32 * 1024 * 1024  # an hour's words with their times take about 1 MiB
DEADLINE_SECONDS = 20.0  # of one request
# Connections of one pool. For each request a pool looks at all of its connections: with 64 in one,
# that takes longer than everything else about a request.
POOL = 8
TIMEOUTS = httpx.Timeout(connect=5.0, read=15.0, write=5.0, pool=20.0)


class TwilioUnavailable(Transient):
    """Twilio gave no answer that can be used."""


class Transport(AsyncHttpClient):  # type: ignore[misc]  # the SDK ships no types
    """Sends everything to one base URL, wherever the SDK, or a page's link, says it should go."""

    is_async = True

    def __init__(
        self, clients: Sequence[httpx.AsyncClient], base_url: str, concurrency: int
    ) -> None:
        super().__init__(get_logger(), is_async=True)
        self._clients = cycle(clients)
        self._base_url = base_url
        self._room = asyncio.Semaphore(concurrency)

    @classmethod
    @asynccontextmanager
    async def open(cls, base_url: str, concurrency: int) -> AsyncIterator[Self]:
        """At most `concurrency` requests are under way at a time; the others wait."""
        context = tls()
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(_client(context))
                for _ in range(-(-concurrency // POOL))
            ]
            yield cls(clients, base_url, concurrency)

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the SDK's signature
        allow_redirects: bool = False,
    ) -> Response:
        """Raises `TwilioUnavailable` when there is no whole answer."""
        async with self._room:
            try:
                async with asyncio.timeout(timeout or DEADLINE_SECONDS):
                    url = at(self._base_url, uri)
                    return await self._send(method, url, params, data, headers, auth)
            except (httpx.HTTPError, httpx.StreamError, TimeoutError, OSError) as error:
                raise TwilioUnavailable(type(error).__name__) from None

    async def _send(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        data: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        auth: tuple[str, str] | None,
    ) -> Response:
        async with next(self._clients).stream(
            method, url, params=params or None, data=data or None, headers=headers, auth=auth
        ) as response:
            body = bytearray()
            async for some in response.aiter_bytes():
                body += some
                if len(body) > MAX_BODY_BYTES:
                    raise TwilioUnavailable("an answer is longer than any we know")
        return Response(response.status_code, body.decode("utf-8", "replace"), response.headers)


def _client(context: ssl.SSLContext) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=TIMEOUTS,
        follow_redirects=False,
        trust_env=False,
        verify=context,
        limits=httpx.Limits(max_connections=POOL, keepalive_expiry=15.0),
    )


def at(base_url: str, uri: str) -> str:
    """The same path and query at our base URL: credentials go nowhere else."""
    base, wanted = urlsplit(base_url), urlsplit(uri)
    path = base.path.rstrip("/") + wanted.path
    return urlunsplit((base.scheme, base.netloc, path, wanted.query, ""))


def tls() -> ssl.SSLContext:
    """Made once for a process: reading the certificates takes 20 ms."""
    return httpx.create_ssl_context(trust_env=False)
