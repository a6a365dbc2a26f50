"""At most one request to place a call is written, and not one byte where that is promised."""

import asyncio
import time
from urllib.parse import parse_qs

import pytest
from twilio_stand import ACCOUNT, REQUEST, SID, TO, Stand, response, standing

from dialer.boottime import boottime
from dialer.classify import Created, NothingSent, PostOutcome, Refusal, Refused, Unclear
from dialer.twilio_api import Api, Login, SafetyCatch
from dialer.twilio_post import CallPoster, Fence, Posted, Watch

CREATED = response("201 CREATED", b'{"sid": "%s", "queue_time": "0"}' % SID.encode())


class Diary(Watch):
    """Remembers how far a request came, and when."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        self.sent_at = 0.0
        self.due = 0.0

    def ready(self) -> None:
        self.entries.append("ready")

    def sent(self, due: float) -> None:
        self.entries.append("sent")
        self.sent_at, self.due = boottime(), due


def open_fence() -> Fence:
    return Fence(boottime(), lambda: True)


async def post(
    stand: Stand,
    fence: Fence,
    catch: SafetyCatch | None = None,
    watch: Watch | None = None,
) -> Posted:
    catch = catch or SafetyCatch(stand.url)
    async with CallPoster.open(stand.api(), catch, time.time, at_once=5) as poster:
        return await poster.post(ACCOUNT, REQUEST, fence, watch)


async def test_a_call_is_asked_for_once_on_a_connection_of_its_own() -> None:
    diary = Diary()
    async with standing(CREATED) as stand:
        posted = await post(stand, open_fence(), watch=diary)

    assert posted.outcome == Created(SID)
    assert diary.entries == ["ready", "sent"]
    assert len(stand.connections) == 1
    head, _, body = stand.received.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /2010-04-01/Accounts/%s/Calls.json HTTP/1.1" % ACCOUNT.encode())
    assert parse_qs(body.decode())["To"] == [TO]


@pytest.mark.parametrize(
    ("fence", "reason"),
    [
        (Fence(boottime() - 2.0, lambda: True), "too_late"),
        (Fence(boottime(), lambda: False, clock=lambda: 0.0), "lease_lost"),
    ],
)
async def test_not_one_byte_is_written_behind_a_closed_fence(fence: Fence, reason: str) -> None:
    """A process that was stopped between its write-ahead and its request must not send late."""
    async with standing(CREATED) as stand:
        posted = await post(stand, fence)

    assert posted.outcome == NothingSent(reason)
    assert stand.connections == [bytearray()]  # it was looked at when all else was done


async def test_a_request_waits_for_its_moment_behind_an_open_connection() -> None:
    diary, due = Diary(), boottime() + 0.3
    async with standing(CREATED) as stand:
        await post(stand, Fence(boottime(), lambda: True, due=due), watch=diary)

    assert diary.sent_at >= due


async def test_a_moment_that_was_missed_is_replaced_by_another_one() -> None:
    """The machine was busy: two requests in one moment would be one too many."""
    later = boottime() + 0.2

    async def another() -> float:
        return later

    fence = Fence(boottime(), lambda: True, due=boottime() - 0.9, tolerance=0.5, again=another)
    diary = Diary()
    async with standing(CREATED) as stand:
        posted = await post(stand, fence, watch=diary)

    assert posted.outcome == Created(SID)
    assert diary.due == later


@pytest.mark.parametrize("other", [None, 5.0])
async def test_without_another_moment_in_time_nothing_is_sent(other: float | None) -> None:
    async def another() -> float | None:
        return other and boottime() + other

    fence = Fence(boottime(), lambda: True, due=boottime() - 0.9, tolerance=0.5, again=another)
    async with standing(CREATED) as stand:
        posted = await post(stand, fence)

    assert posted.outcome == NothingSent("slot_missed")
    assert stand.received == b""


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (response("500 X", b"{}"), Unclear("status_500")),
        (response("201 CREATED", b'{"sid": "CA'), Unclear("no_sid")),
        (response("302 X", b"", b"Location: /elsewhere"), Unclear("status_302")),
        (b"HTTP/1.1 201 CREATED\r\nContent-Length: 50\r\n\r\n{", Unclear("connection_lost")),
        (None, Unclear("connection_lost")),
        (
            response("429 X", b'{"code": 20429, "status": 429}'),
            Refused(Refusal.BUSY, "too_many_requests", 20429),
        ),
    ],
)
async def test_what_may_have_placed_a_call_is_unclear_and_never_repeated(
    answer: bytes | None, outcome: PostOutcome
) -> None:
    async with standing(answer) as stand:
        posted = await post(stand, open_fence())

    assert posted.outcome == outcome
    assert len(stand.connections) == 1


async def test_a_server_that_is_not_there_was_sent_nothing() -> None:
    async with standing(None) as stand:
        pass
    posted = await post(stand, open_fence())

    assert posted.outcome == NothingSent("connect_failed")


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with standing(CREATED) as stand:
        posted = await post(stand, open_fence())

    assert posted.outcome == Created(SID)


@pytest.mark.parametrize(
    ("base_url", "live", "allowed", "permitted"),
    [
        ("https://api.twilio.com", False, (), False),
        ("https://API.Twilio.com./", False, (), False),
        ("https://api.dublin.ie1.twilio.com", False, (), False),
        ("https://api.twilio.com", False, (TO,), True),
        ("https://api.twilio.com", True, (), True),
        ("http://127.0.0.1:8090", False, (), True),
        ("https://twilio.com.example.com", False, (), True),
    ],
)
def test_nobody_is_rung_up_through_twilio_unless_it_was_said_so(
    base_url: str, live: bool, allowed: tuple[str, ...], permitted: bool
) -> None:
    assert SafetyCatch(base_url, live, frozenset(allowed)).permits(TO) is permitted


async def test_the_safety_catch_lets_no_connection_be_made() -> None:
    async with standing(CREATED) as stand:
        posted = await post(stand, open_fence(), SafetyCatch("https://api.twilio.com"))

    assert posted.outcome == NothingSent("not_permitted")
    assert not stand.connections


async def test_an_account_without_credentials_is_sent_nothing() -> None:
    async with standing(CREATED) as stand:
        api = Api(stand.url, {"AC2": Login("AC2", "secret")})
        async with CallPoster.open(api, SafetyCatch(stand.url), time.time, at_once=1) as poster:
            posted = await poster.post(ACCOUNT, REQUEST, open_fence())

    assert posted.outcome == NothingSent("no_credentials")


async def test_the_time_of_an_answer_tells_how_far_the_clocks_are_apart() -> None:
    date = b"Date: Mon, 02 Mar 2026 15:00:10 GMT"
    async with (
        standing(response("201 CREATED", b"{}", date)) as stand,
        CallPoster.open(
            stand.api(), SafetyCatch(stand.url), lambda: 1772463600.0, at_once=1
        ) as poster,
    ):
        posted = await poster.post(ACCOUNT, REQUEST, open_fence())

    assert posted.clock_offset == 10.5


async def test_a_request_that_is_given_up_by_its_owner_is_not_repeated() -> None:
    async with standing(CREATED) as stand, asyncio.TaskGroup() as tasks:
        task = tasks.create_task(post(stand, open_fence()), name="post")
        await asyncio.sleep(0)
        task.cancel()

    assert len(stand.connections) <= 1
