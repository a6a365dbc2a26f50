"""Twilio's REST API as the dialer uses it: where it is, who asks, and whom it may ring up.

`twilio_post.py` places calls, once; `twilio_calls.py` asks for calls and ends them.
"""

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from trunkline.errors import Invalid, Transient

MAX_BODY_BYTES = 4 * 1024 * 1024  # a page of 1,000 calls takes about 2 MiB
DOMAIN = "twilio.com"


class TwilioUnavailable(Transient):
    """Twilio gave no answer that can be used."""


class NotPermitted(Invalid):
    """This process may not ring up real people: DIALER_LIVE is not set."""


@dataclass(frozen=True, slots=True)
class Login:
    """What is sent as user and password: account SID and auth token, or an API key."""

    user: str
    password: str = field(repr=False)

    def auth(self) -> httpx.BasicAuth:
        return httpx.BasicAuth(self.user, self.password)


@dataclass(frozen=True, slots=True)
class SafetyCatch:
    """Whom this process may ring up.

    Without `live` it rings up nobody through Twilio itself, except the numbers it was told: a test
    or a developer's machine with real credentials in its environment must not call strangers.
    """

    base_url: str
    live: bool = False
    allowed: frozenset[str] = frozenset()

    def permits(self, e164: str) -> bool:
        host = (urlsplit(self.base_url).hostname or "").rstrip(".").lower()
        real = host == DOMAIN or host.endswith(f".{DOMAIN}")
        return self.live or not real or e164 in self.allowed

    def check(self, e164: str) -> None:
        """Raises `NotPermitted`."""
        if not self.permits(e164):
            raise NotPermitted


@dataclass(frozen=True, slots=True)
class Api:
    """One base URL and the accounts that are known."""

    base_url: str
    logins: Mapping[str, Login]

    def calls_url(self, account_sid: str, sid: str = "") -> str:
        """The account's calls, or one of them."""
        path = f"/Calls/{sid}" if sid else "/Calls"
        return f"{self.base_url.rstrip('/')}/2010-04-01/Accounts/{account_sid}{path}.json"

    def next_url(self, uri: str) -> str:
        """A page that Twilio names by its path; one that names another host is not followed."""
        if not uri.startswith("/") or uri.startswith("//"):
            raise TwilioUnavailable("a page of a list has no address of this API")
        return self.base_url.rstrip("/") + uri

    def login(self, account_sid: str) -> Login:
        """Raises `Invalid` for an account whose credentials are not in the settings."""
        login = self.logins.get(account_sid)
        if login is None:
            raise Invalid("There are no credentials for this account.")
        return login


def tls() -> ssl.SSLContext:
    """Made once for a process: reading the certificates takes 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


async def read_json(response: httpx.Response) -> object:
    """The body as JSON, or none if it is none, too long, or cut short; never raises for those."""
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > MAX_BODY_BYTES:
            return None
    try:
        return json.loads(body)
    except ValueError:
        return None


def clock_offset(response: httpx.Response, now: Callable[[], float]) -> float | None:
    """Seconds by which Twilio's clock is ahead of `now`, to about a second."""
    try:
        said = parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return None
    return said + 0.5 - now()  # whole seconds, cut off
