"""What we write to Twilio is what its own library would write, byte for byte but for the order."""

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio_stand import ACCOUNT, FROM, SID, TO, URLS, Stand, response, standing

from dialer.boottime import boottime
from dialer.call_form import CallRequest
from dialer.twilio_api import SafetyCatch
from dialer.twilio_calls import PAGE_OF_A_NUMBER, CallNotFound, TwilioCalls
from dialer.twilio_post import CallPoster, Fence

OK = response("200 OK", b'{"calls": [], "sid": "%s"}' % SID.encode())
GONE = response("404 NOT FOUND", b"{}")
Asked = tuple[str, str, list[tuple[str, str]]]
"""Method, path, and the names and values in query and form."""


class Library(HttpClient):  # type: ignore[misc]  # the SDK ships no types
    """Twilio's library, and what it would have sent."""

    def __init__(self) -> None:
        self.is_async = False
        self.asked: Asked = ("", "", [])
        self.calls = Client(ACCOUNT, "secret", http_client=self).calls

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        **_: object,
    ) -> Response:
        written = urlencode(params or data or {}, doseq=True)
        self.asked = (method, urlsplit(uri).path, sorted(parse_qsl(written)))
        return Response(200, '{"calls": []}')


def asked(stand: Stand) -> Asked:
    """What has arrived."""
    head, _, body = stand.received.decode().partition("\r\n\r\n")
    method, target, _ = head.partition("\r\n")[0].split(" ")
    path, _, query = target.partition("?")
    return method, path, sorted(parse_qsl(query or body))


async def placed(request: CallRequest) -> Asked:
    async with (
        standing(OK) as stand,
        CallPoster.open(stand.api(), SafetyCatch(stand.url), time.time, at_once=1) as poster,
    ):
        await poster.post(ACCOUNT, request, Fence(boottime(), lambda: True))
    return asked(stand)


async def test_a_call_is_placed_with_the_fields_of_the_library() -> None:
    request = CallRequest(TO, FROM, URLS, 25, 600, detects_machines=True, awaits_beep=True)
    library = Library()
    with suppress(TwilioException):  # the answer is none that it could read
        library.calls.create(
            to=TO,
            from_=FROM,
            url=URLS.twiml,
            method="POST",
            status_callback=URLS.status,
            status_callback_method="POST",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
            timeout=25,
            time_limit=600,
            machine_detection="DetectMessageEnd",
            async_amd="true",
            async_amd_status_callback=URLS.amd,
            async_amd_status_callback_method="POST",
        )

    assert await placed(request) == library.asked
    assert [name for name, _ in library.asked[2]].count("StatusCallbackEvent") == 4


async def test_calls_to_a_number_are_listed_as_the_library_lists_them() -> None:
    library = Library()
    library.calls.page(to=TO, page_size=PAGE_OF_A_NUMBER)
    async with standing(OK) as stand, TwilioCalls.open(stand.api(), time.time) as calls:
        await calls.to_number(ACCOUNT, TO, datetime.now(UTC))

    assert asked(stand) == library.asked


async def test_a_call_is_ended_and_fetched_as_the_library_does() -> None:
    ending, fetching = Library(), Library()
    ending.calls(SID).update(status="canceled")
    fetching.calls(SID).fetch()
    async with standing(OK) as stand, TwilioCalls.open(stand.api(), time.time) as calls:
        await calls.end(ACCOUNT, SID, answered=False)
    async with standing(GONE) as other, TwilioCalls.open(other.api(), time.time) as calls:
        with suppress(CallNotFound):
            await calls.fetch(ACCOUNT, SID)

    assert asked(stand) == ending.asked
    assert asked(other) == fetching.asked
