"""Webhooks as Twilio makes them: signed, with deadlines, retried as the URL's fragment asks."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

import httpx

from twilio_emulator import overrides, signature
from twilio_emulator.overrides import Overrides

NO_RESPONSE = 11200  # the server failed or answered with an error
NO_CONNECTION = 11205
RETRY_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook came to. `error` is Twilio's error code, None after a 2xx."""

    url: str
    status: int | None
    body: str
    tries: int
    seconds: float
    error: int | None


@cache
def tls() -> ssl.SSLContext:
    """One context for all calls: reading the certificates takes as long as a short call."""
    return ssl.create_default_context()


def open_client(connections: int = 100) -> httpx.AsyncClient:
    """A client that ignores proxies and redirects; `Webhooks` sets its deadlines per request."""
    return httpx.AsyncClient(
        verify=tls(),
        trust_env=False,
        headers={"User-Agent": "TwilioProxy/1.1"},
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
    )


class Webhooks:
    """Requests of one account; without a token they are not signed, as nothing of Twilio's is."""

    def __init__(self, client: httpx.AsyncClient, auth_token: str | None) -> None:
        self._client = client
        self._token = auth_token

    async def request(
        self, url: str, method: str, params: Mapping[str, str], token: str | None = None
    ) -> Answer:
        """The answer after all tries; a server that fails is an `Answer` too, never an error.

        All tries carry one idempotency token: a new one, unless it is given.
        """
        bare, policy = overrides.split(url)
        token = token or str(uuid.uuid4())
        return await self._ask(
            bare, policy, lambda timeout: self._build(bare, method, params, token, timeout)
        )

    async def post_json(self, url: str, content: bytes, *, hashed: bool = True) -> Answer:
        """The same with a body that is no form: the URL carries its hash, and is what is signed."""
        bare, policy = overrides.split(url)
        if hashed:
            digest = hashlib.sha256(content).hexdigest()
            bare += f"{'&' if '?' in bare else '?'}{signature.BODY_HASH}={digest}"
        headers = {
            "Content-Type": "application/json",
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            **self._signature(bare, {}),
        }

        def build(timeout: httpx.Timeout) -> httpx.Request:
            extensions = {"timeout": timeout.as_dict()}
            return self._client.build_request(
                "POST", bare, content=content, headers=headers, extensions=extensions
            )

        return await self._ask(bare, policy, build)

    async def _ask(
        self, url: str, policy: Overrides, build: Callable[[httpx.Timeout], httpx.Request]
    ) -> Answer:
        """Try as often as the URL's fragment asks."""
        began = time.monotonic()
        status, body, failure, tries = None, "", "rt", 0
        try:
            async with asyncio.timeout(policy.total_ms / 1000):
                while tries <= policy.retries:
                    tries += 1
                    status, body, failure = await self._try(policy, build)
                    if not failure or not policy.retries_on(failure):
                        break
                    await asyncio.sleep(RETRY_PAUSE_SECONDS)
        except TimeoutError:
            status = None
        error = {"": None, "ct": NO_CONNECTION}.get(failure, NO_RESPONSE)
        return Answer(url, status, body, tries, time.monotonic() - began, error)

    async def _try(
        self, policy: Overrides, build: Callable[[httpx.Timeout], httpx.Request]
    ) -> tuple[int | None, str, str]:
        """Status, body and, unless it went well, what failed: ct, rt, 4xx or 5xx."""
        read = policy.read_ms / 1000
        timeout = httpx.Timeout(read, connect=policy.connect_ms / 1000)
        try:
            response = await self._client.send(build(timeout))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return None, "", "ct"
        except httpx.HTTPError:
            return None, "", "rt"
        if response.is_success:
            return response.status_code, response.text, ""
        return response.status_code, "", "5xx" if response.is_server_error else "4xx"

    def _build(
        self, url: str, method: str, params: Mapping[str, str], token: str, timeout: httpx.Timeout
    ) -> httpx.Request:
        headers = {"I-Twilio-Idempotency-Token": token}
        extensions = {"timeout": timeout.as_dict()}
        if method == "GET":
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"
            headers |= self._signature(url, {})
            return self._client.build_request("GET", url, headers=headers, extensions=extensions)
        headers |= self._signature(url, params)
        return self._client.build_request(
            "POST", url, data=dict(params), headers=headers, extensions=extensions
        )

    def _signature(self, url: str, params: Mapping[str, str]) -> dict[str, str]:
        if self._token is None:
            return {}
        return {signature.HEADER: signature.sign(self._token, url, params)}
