"""Tools that are HTTP requests."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from llm_worker.tools import (
    MAX_RESULT,
    Answer,
    ToolContext,
    failed,
    in_doubt,
    not_run,
    succeeded,
    unavailable,
)
from llm_worker.tools.hosts import Hosts
from llm_worker.tools.request import Request, build
from llm_worker.tools.vault import Vault
from trunkline.agents import Http, Tool
from trunkline.errors import Invalid

MAX_CONNECTIONS = 400  # as many as tools run at the same time
MAX_BYTES = 4 * MAX_RESULT + 1  # of an answer: characters of UTF-8 have four bytes at the most
NOT_HERE = (307, 308)  # the only redirects that want the request itself sent to another address
CONNECT_SHARE = 0.4  # of a tool's time: a host that cannot be reached is known to have done nothing


class HttpTools:
    """Sends tools' requests: no redirects, no proxies, no host that is not listed."""

    def __init__(self, client: httpx.AsyncClient, hosts: Hosts, vault: Vault) -> None:
        self._client = client
        self._hosts = hosts
        self._vault = vault

    @classmethod
    @asynccontextmanager
    async def open(cls, hosts: Hosts, vault: Vault) -> AsyncIterator["HttpTools"]:
        """One client for all; its connections are closed at the end."""
        async with httpx.AsyncClient(
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # calls share nothing
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS),
        ) as client:
            yield cls(client, hosts, vault)

    def why_not(self, http: Http) -> str:
        """Why this process cannot use the tool; nothing if it can."""
        try:
            self._hosts.origin(http)
        except Invalid as error:
            return str(error)
        missing = [name for name in sorted(http.secrets) if self._vault.read(name) is None]
        return f"there is no secret {missing[0]}" if missing else ""

    async def use(
        self, tool: Tool, http: Http, arguments: Mapping[str, object], context: ToolContext
    ) -> Answer:
        """Send one request, once; the caller limits the time in all."""
        if reason := self.why_not(http):
            return unavailable(f"This tool cannot be used here: {reason}.")
        secrets = {name: self._vault.read(name) or "" for name in http.secrets}
        try:
            request = build(http, self._hosts.origin(http), arguments, secrets, context)
        except Invalid as error:
            return failed(str(error))
        try:
            return await self._send(request, tool)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return not_run("the service cannot be reached")
        except httpx.TimeoutException:
            return in_doubt("timeout", tool)
        except httpx.TransportError:
            return in_doubt("the connection was lost", tool)

    async def _send(self, request: Request, tool: Tool) -> Answer:
        begin = CONNECT_SHARE * tool.timeout_seconds
        limits = httpx.Timeout(tool.timeout_seconds, connect=begin, pool=begin)
        async with self._client.stream(
            request.method,
            request.url,
            headers=request.headers,
            content=request.body,
            timeout=limits,
        ) as response:
            text = await _read(response)
        if response.is_success:
            return succeeded(text or "Done.")
        error = f"HTTP status {response.status_code}"
        if response.is_client_error or response.status_code in NOT_HERE:
            return failed(error, answer=text)
        # A server may have broken down, or been given up, behind the effect; a redirect may lead
        # to what it has made.
        return in_doubt(error, tool, answer=text)


async def _read(response: httpx.Response) -> str:
    """As much of the body as is wanted; the rest is left unread."""
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) >= MAX_BYTES:
            break
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return "The answer is compressed, which was not asked for: it cannot be read."
    return bytes(body[:MAX_BYTES]).decode("utf-8", errors="replace")
