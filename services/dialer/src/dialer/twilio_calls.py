"""Asking Twilio for calls, and ending them. Questions are repeated a few times; wishes never."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self

import httpx

from dialer.matching import ListedCall
from dialer.twilio_api import Api, TwilioUnavailable, clock_offset, read_json, tls

TRIES = 3
PAUSE_SECONDS = 0.5  # doubled with each try
DEADLINE_SECONDS = 15.0  # of one try
PAGE = 1000  # the most that Twilio gives at once
PAGE_OF_A_NUMBER = 50
MAX_PAGES = 50  # of the calls to one number
TIMEOUTS = httpx.Timeout(connect=3.0, read=10.0, write=5.0, pool=5.0)


class CallNotFound(TwilioUnavailable):
    """Twilio knows no such call, or no such page of a list."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some calls of an account, newest first, and where older ones are; none: there are none."""

    calls: Sequence[ListedCall]
    following: str | None


Noticed = Callable[[str, float], None]
"""Told of an account's clock offset in seconds with every answer."""


class TwilioCalls:
    """Reads and ends calls."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        api: Api,
        now: Callable[[], float],
        noticed: Noticed,
    ) -> None:
        self._client = client
        self._api = api
        self._now = now
        self._noticed = noticed

    @classmethod
    @asynccontextmanager
    async def open(
        cls, api: Api, now: Callable[[], float], noticed: Noticed = lambda account, offset: None
    ) -> AsyncIterator[Self]:
        """`now` is Unix time by the database's clock."""
        client = httpx.AsyncClient(
            timeout=TIMEOUTS,
            follow_redirects=False,
            trust_env=False,
            verify=tls(),
            limits=httpx.Limits(max_connections=20, keepalive_expiry=15.0),
        )
        async with client:
            yield cls(client, api, now, noticed)

    async def fetch(self, account_sid: str, sid: str) -> ListedCall:
        """The call as it stands. Raises `TwilioUnavailable`, or `CallNotFound`."""
        return _call(await self._get(account_sid, self._api.calls_url(account_sid, sid)))

    async def to_number(self, account_sid: str, to: str, since: datetime) -> Sequence[ListedCall]:
        """All calls to a number that were created since then, and perhaps older ones.

        Twilio is not asked by date: its dates are whole days, of a time that a call has only once
        it was dialled.
        """
        params = {"To": to, "PageSize": str(PAGE_OF_A_NUMBER)}
        url = httpx.URL(self._api.calls_url(account_sid), params=params)
        return await self._pages(account_sid, str(url), since)

    async def page(self, account_sid: str, following: str | None) -> Page:
        """The account's newest calls, or those that follow a page of before.

        Pages follow the call that was the last: what is placed meanwhile moves none of them.
        """
        newest = httpx.URL(self._api.calls_url(account_sid), params={"PageSize": str(PAGE)})
        url = self._api.next_url(following) if following else str(newest)
        return await self._page(account_sid, url)

    async def end(self, account_sid: str, sid: str, *, answered: bool) -> bool:
        """End a call: `answered` ones too, or only while it waits or rings. Asked once.

        Returns whether Twilio took it; a call that is over, or answered, refuses. Raises
        `TwilioUnavailable` when there was no answer.
        """
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                response = await self._client.post(
                    self._api.calls_url(account_sid, sid),
                    data={"Status": "completed" if answered else "canceled"},
                    auth=self._api.login(account_sid).auth(),
                )
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise TwilioUnavailable from error
        if response.status_code >= 500 or response.status_code == 429:
            raise TwilioUnavailable
        return response.is_success

    async def _pages(self, account_sid: str, url: str, since: datetime) -> Sequence[ListedCall]:
        calls: list[ListedCall] = []
        for _ in range(MAX_PAGES):
            page = await self._page(account_sid, url)
            calls += page.calls
            if page.following is None or (page.calls and page.calls[-1].created_at < since):
                return calls
            url = self._api.next_url(page.following)
        raise TwilioUnavailable("a list of calls is longer than can be read at once")

    async def _page(self, account_sid: str, url: str) -> Page:
        body = await self._get(account_sid, url)
        calls = body.get("calls")
        if not isinstance(calls, list):
            raise TwilioUnavailable("a list of calls holds none")
        return Page([_call(call) for call in calls], body.get("next_page_uri") or None)

    async def _get(self, account_sid: str, url: str) -> Mapping[str, Any]:
        """Raises `TwilioUnavailable` when no try brought an answer."""
        for n in range(TRIES):
            if n:
                await asyncio.sleep(PAUSE_SECONDS * 2**n)
            found = await self._try(account_sid, url)
            if found is not None:
                return found
        raise TwilioUnavailable

    async def _try(self, account_sid: str, url: str) -> Mapping[str, Any] | None:
        login = self._api.login(account_sid)
        try:
            async with (
                asyncio.timeout(DEADLINE_SECONDS),
                self._client.stream("GET", url, auth=login.auth()) as response,
            ):
                body = await read_json(response)
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, OSError):
            return None
        if (offset := clock_offset(response, self._now)) is not None:
            self._noticed(account_sid, offset)
        if response.status_code in (400, 404):
            raise CallNotFound
        return body if response.is_success and isinstance(body, dict) else None


def _call(body: object) -> ListedCall:
    """A call of Twilio's JSON; raises `TwilioUnavailable` for what is none."""
    try:
        return _read(body)  # type: ignore[arg-type]  # whatever does not fit raises
    except (KeyError, TypeError, ValueError, AttributeError):
        raise TwilioUnavailable("a call is not as Twilio describes them") from None


def _read(body: Mapping[str, Any]) -> ListedCall:
    return ListedCall(
        sid=body["sid"],
        account_sid=body["account_sid"],
        status=body["status"],
        direction=body.get("direction") or "",
        to=body.get("to") or "",
        from_=body.get("from") or "",
        created_at=_time(body["date_created"]),
        ended_at=_time(body["end_time"]) if body.get("end_time") else None,
        answered_by=body.get("answered_by") or "",
        seconds=int(body["duration"]) if body.get("duration") else None,
    )


def _time(text: str) -> datetime:
    """RFC 2822, as all dates of this version of the API."""
    return parsedate_to_datetime(text).astimezone(UTC)
