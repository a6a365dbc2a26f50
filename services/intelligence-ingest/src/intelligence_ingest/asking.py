"""Asking Twilio until it answers: again after what may pass, and at rest when it says so."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from twilio.http.response import Response
from twilio.rest import Client

from intelligence_ingest.backoff import (
    LONGEST_PAUSE_SECONDS,
    TOO_MANY,
    TRIES,
    pause,
    worth_repeating,
)
from intelligence_ingest.reading_json import Json, parse
from intelligence_ingest.transport import Transport, TwilioUnavailable
from trunkline.errors import Invalid, Transient


class NotThere(Transient):
    """Twilio has no such transcript, or not yet."""


class Forbidden(TwilioUnavailable):
    """Twilio knows our credentials, and this account may not ask."""


class Refused(Invalid):
    """Twilio refuses the request: credentials, or a request that is wrong."""


class TwilioApi:
    """The accounts whose credentials are known, through Twilio's SDK on our transport."""

    def __init__(
        self,
        transport: Transport,
        auth_tokens: Mapping[str, Sequence[str]],
        waited: Callable[[str], None] = lambda reason: None,
    ) -> None:
        """`waited` is told why a request is repeated: throttled, failed or unanswered."""
        self._clients = {
            account: Client(account, tokens[0], http_client=transport)
            for account, tokens in auth_tokens.items()
        }
        self._quiet_until = dict.fromkeys(auth_tokens, 0.0)
        self._waited = waited

    @property
    def accounts(self) -> Sequence[str]:
        """The accounts' sids."""
        return tuple(self._clients)

    async def get(
        self, account_sid: str, where: str, params: Mapping[str, str] | None = None
    ) -> Json:
        """Ask, and again after what may pass; `where` is a path of v2, or a whole URL."""
        return _document(await self._answer(account_sid, "GET", where, params))

    async def delete(self, account_sid: str, where: str) -> bool:
        """Delete; false if there is no such thing, or not any more."""
        response = await self._answer(account_sid, "DELETE", where, None)
        if response.status_code == 404:
            return False
        _check(response)
        return True

    async def _answer(
        self, account_sid: str, method: str, where: str, params: Mapping[str, str] | None
    ) -> Response:
        for n in range(TRIES):
            await self._quiet(account_sid)
            wished = 0.0
            try:
                response = await self._send(account_sid, method, where, params)
            except TwilioUnavailable:
                self._waited("unanswered")
            else:
                if not worth_repeating(response.status_code):
                    return response
                wished = self._throttle(account_sid, n, response)
            if wished > LONGEST_PAUSE_SECONDS or n == TRIES - 1:
                break
            await asyncio.sleep(wished or random.uniform(0, pause(n, {}, datetime.now(UTC))))
        raise TwilioUnavailable

    async def _send(
        self, account_sid: str, method: str, where: str, params: Mapping[str, str] | None
    ) -> Response:
        client = self._clients.get(account_sid)
        if client is None:
            raise Refused("There are no credentials for this account.")
        if where.startswith("/"):
            return await client.intelligence.v2.request_async(method, where, params=params)
        return await client.request_async(method, where, params=params)

    def _throttle(self, account_sid: str, n: int, response: Response) -> float:
        """Seconds to wait. An account with too many requests is left alone by all of them."""
        seconds = pause(n, response.headers or {}, datetime.now(UTC))
        if response.status_code == TOO_MANY:
            now = asyncio.get_running_loop().time()
            until = now + min(seconds, LONGEST_PAUSE_SECONDS)
            self._quiet_until[account_sid] = max(until, self._quiet_until[account_sid])
        self._waited("throttled" if response.status_code == TOO_MANY else "failed")
        return seconds

    async def _quiet(self, account_sid: str) -> None:
        """Wait while the account is to be left alone; spread, so that not all come at once."""
        rest = self._quiet_until.get(account_sid, 0.0) - asyncio.get_running_loop().time()
        if rest > 0:
            await asyncio.sleep(rest * random.uniform(1.0, 1.2))


def _document(response: Response) -> Json:
    if response.status_code == 404:
        raise NotThere
    _check(response)
    try:
        found = parse(response.text)
    except Invalid:
        raise TwilioUnavailable("an answer is no JSON") from None
    if not isinstance(found, dict):
        raise TwilioUnavailable("an answer is no object")
    return found


def _check(response: Response) -> None:
    if response.status_code == 401:  # a token being rotated: nothing is lost by waiting
        raise TwilioUnavailable("Twilio does not take our credentials")
    if response.status_code == 403:
        raise Forbidden("Twilio does not let this account ask")
    if not response.ok:
        raise Refused(f"Twilio answered {response.status_code}.")
