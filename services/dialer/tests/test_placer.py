"""A campaign is dialled through the emulated Twilio, in one process, to the end."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from desk import ACCOUNT, DATA_KEY, FROM, PEPPER, TENANT, Desk, at_desk
from house import AGENT
from rows import insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dialer.boottime import boottime
from dialer.call_form import CallRequest
from dialer.caller import tolerance
from dialer.engine_room import open_engine_room
from dialer.metrics import DialerMetrics
from dialer.settings import DialerSettings
from dialer.store.queue import queues
from dialer.twilio_api import Api, Login, SafetyCatch
from dialer.twilio_post import CallPoster, Fence
from trunkline.agents.catalog import Agents
from trunkline.bus import NewTopic
from trunkline.bus.memory import MemoryBus
from trunkline.database.engine import open_engine
from trunkline.database.transaction import in_transaction
from trunkline.events.topics import CALLBACKS, CALLED, CAPACITY, DIALER_EVENTS, LIFECYCLE
from trunkline.events.twilio import Callback, Capacity, MachineJudged, StatusReported
from trunkline.events.wire import encode_callback, encode_capacity
from trunkline.health import serve as serve_http
from trunkline.metrics import Registry
from trunkline.outbound import OutboundUrls, callback_office
from twilio_emulator.rest import Account, EmulatedTwilio, Fault, serve

TICKET_KEY = Fernet.generate_key().decode()
BUSY, REFUSED = "75", "81"


class Gateway:
    """Stands in for the gateways: callbacks to the bus, and room for everybody."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus
        self._office = callback_office([TICKET_KEY], time.time)
        self.port: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        routes = [
            Route("/twilio/voice/{kind}/{token}", self._take, methods=["POST"]),
        ]
        async with asyncio.TaskGroup() as tasks:
            app = Starlette(routes=routes)
            serving = serve_http(app, "127.0.0.1", 0, listening=self.port.set_result)
            tasks.create_task(serving, name="http")
            tasks.create_task(self._announce(), name="capacity")

    async def _announce(self) -> None:
        while True:
            at_ms = round(time.time() * 1000)
            told = Capacity("gateway-1", 100, 0, 0, False, at_ms)
            await self._bus.bulk.publish(CAPACITY.name, encode_capacity(told), key="gateway-1")
            await asyncio.sleep(1)

    async def _take(self, request: Request) -> Response:
        if request.path_params["kind"] == "outbound":
            return Response("<Response><Hangup/></Response>", media_type="text/xml")
        ticket = self._office.read(request.path_params["token"])
        fields = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        told = _told(request.path_params["kind"], fields)
        who = (ticket.tenant_id, ticket.attempt_id, fields["AccountSid"], fields["CallSid"])
        callback = Callback(*who, received_ms=round(time.time() * 1000), event=told)
        await self._bus.bulk.publish(
            CALLBACKS.name, encode_callback(callback), key=fields["CallSid"]
        )
        return Response(status_code=204)


def _told(kind: str, fields: Mapping[str, str]) -> StatusReported | MachineJudged:
    if kind == "amd":
        return MachineJudged(fields["AnsweredBy"], 0, fields)
    return StatusReported(fields["CallStatus"], int(fields["SequenceNumber"]), fields)


@dataclass
class Show:
    """Everything that a test looks at."""

    desk: Desk
    bus: MemoryBus
    twilio: EmulatedTwilio
    registry: Registry
    stop: asyncio.Event

    async def until(self, condition: str, seconds: float = 120) -> None:
        """Wait for what the database will show."""
        async with asyncio.timeout(seconds):
            while True:
                if await self.desk.connection.fetchval(f"SELECT {condition}"):
                    return
                await asyncio.sleep(0.05)


@asynccontextmanager
async def running(
    desk: Desk, url: str, *faults: Fault, cps: float = 20.0, posts_at_once: int = 200
) -> AsyncIterator[Show]:
    """A dialer at work, with a gateway and a Twilio of its own, at which things go wrong."""
    bus, registry, stop = MemoryBus(), Registry(), asyncio.Event()
    topics = [CALLBACKS, LIFECYCLE, CAPACITY, DIALER_EVENTS, CALLED]
    letters = [NewTopic(f"{topic.name}.dlq") for topic in topics]
    await bus.create_topics([*(topic.new() for topic in topics), *letters])
    await desk.connection.execute("UPDATE dialer.account SET cps = $1", cps)
    account = Account(sid=ACCOUNT, auth_token="secret", cps=cps)
    gateway = Gateway(bus)
    async with (
        serve([account], speed=50) as twilio,
        open_engine(url, "dialer") as engine,
        asyncio.TaskGroup() as tasks,
    ):
        for fault in faults:
            twilio.inject(fault)
        standing = tasks.create_task(gateway.run(), name="gateway")
        settings = settings_of(desk, twilio, await gateway.port, posts_at_once)
        agents, metrics = Agents([AGENT]), DialerMetrics(registry)
        async with open_engine_room(settings, agents, bus, engine, engine, metrics) as room:
            work = room.run(stop, 10, {})
            dialling = tasks.create_task(work, name="dialer")
            yield Show(desk, bus, twilio, registry, stop)
            stop.set()
            async with asyncio.timeout(20):
                await dialling
        standing.cancel()


def settings_of(
    desk: Desk, twilio: EmulatedTwilio, port: int, posts_at_once: int
) -> DialerSettings:
    return DialerSettings(
        kafka_bootstrap_servers="-",
        database_url=str(desk.engine.url.set(drivername="postgresql")),
        twilio_account_sid=ACCOUNT,
        twilio_auth_tokens="secret",
        twilio_api_base_url=twilio.url,
        public_url=f"http://127.0.0.1:{port}",
        ticket_keys=TICKET_KEY,
        dialer_num_keys=f"k1:{base64.b64encode(PEPPER).decode()}",
        dialer_data_keys=DATA_KEY,
        dialer_posts_at_once=posts_at_once,
    )


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


NO_DETECTION = '{"answering_machines": {"detect": false}}'  # whose verdict would be waited for


async def fill(desk: Desk, campaign: UUID, count: int, digits: str = "60") -> None:
    """Contacts whose telephones are what the last digits say."""
    for n in range(count):
        await desk.contact(campaign, f"+1212555{n:02}{digits}")


ALL_TOLD = (
    "NOT EXISTS (SELECT FROM dialer.contact WHERE state IN ('ready', 'dialing'))"
    " AND NOT EXISTS (SELECT FROM dialer.outbox WHERE published_at IS NULL)"
)


async def test_a_campaign_is_dialled_to_its_end(desk: Desk, database_url: str) -> None:
    campaign = await desk.campaign(policy=NO_DETECTION)
    await fill(desk, campaign, 20)
    await fill(desk, campaign, 3, REFUSED)
    async with running(desk, database_url) as show:
        await show.until("(SELECT state = 'completed' FROM dialer.campaign)")
        await show.until(ALL_TOLD)

    rows = await desk.connection.fetch(
        "SELECT disposition, count(*) AS count FROM dialer.contact GROUP BY disposition"
    )
    assert {row["disposition"]: row["count"] for row in rows} == {"human": 20, "invalid_number": 3}
    calls = show.twilio.store.by_number()
    assert len(calls) == 20
    assert all(len(each) == 1 for each in calls.values())
    types = [record.headers["type"] for record in show.bus.records(DIALER_EVENTS.name)]
    assert types.count("ContactFinished") == 23
    assert types.count("CampaignChanged") == 1


async def test_nobody_is_called_again_whose_last_call_shows_itself_late(
    desk: Desk, database_url: str
) -> None:
    """Nothing was known of it when its attempt was given up."""
    posted = await desk.posted(await desk.campaign(policy=NO_DETECTION), "+12125550060")
    async with running(desk, database_url) as show:
        api = Api(show.twilio.url, {ACCOUNT: Login(ACCOUNT, "secret")})
        async with CallPoster.open(api, SafetyCatch(api.base_url), time.time, at_once=1) as post:
            urls = OutboundUrls(*(f"{api.base_url}/{name}" for name in ("url", "status", "amd")))
            request = CallRequest("+12125550060", FROM, urls, 25, 600)
            await post.post(ACCOUNT, request, Fence(boottime(), lambda: True))
        await desk.connection.execute(
            "UPDATE dialer.attempt SET state = 'indeterminate', settled = true, due_at = NULL,"
            " holds_number = false, updated_at = clock_timestamp() - interval '16 min'"
        )
        await desk.connection.execute(
            "UPDATE dialer.contact SET state = 'ready', next_at = clock_timestamp()"
        )
        await show.until("(SELECT detail = 'late_call' FROM dialer.contact)")

    assert len(show.twilio.store.calls) == 1
    row = await desk.row("contact", posted.contact.id)
    assert row["state"] == "waiting"
    assert row["next_at"] > row["created_at"] + timedelta(minutes=14)


async def test_busy_people_wait_for_their_next_attempt(desk: Desk, database_url: str) -> None:
    campaign = await desk.campaign(policy=NO_DETECTION)
    await fill(desk, campaign, 5, BUSY)
    async with running(desk, database_url) as show:
        await show.until("(SELECT bool_and(attempts_used = 1) FROM dialer.contact)")
        await show.until(ALL_TOLD)

    rows = await desk.connection.fetch("SELECT state, detail, attempts_used FROM dialer.contact")
    assert {tuple(row) for row in rows} == {("waiting", "busy", 1)}


async def test_what_may_have_been_placed_is_found_and_not_repeated(
    desk: Desk, database_url: str
) -> None:
    campaign = await desk.campaign(policy=NO_DETECTION)
    await fill(desk, campaign, 10)
    async with running(desk, database_url, Fault(kind="error_placed")) as show:
        await show.until("(SELECT state = 'completed' FROM dialer.campaign)")

    assert all(len(calls) == 1 for calls in show.twilio.store.by_number().values())
    assert len(show.twilio.store.posts) == 10


async def test_a_full_queue_slows_the_account_down_and_loses_nobody(
    desk: Desk, database_url: str
) -> None:
    campaign = await desk.campaign(policy=NO_DETECTION)
    await fill(desk, campaign, 10)
    refusals = [Fault(kind="queue_full", count=1, to=f"+1212555{n:02}60") for n in range(2)]
    async with running(desk, database_url, *refusals) as show:
        await show.until("(SELECT bool_or(rate < ceiling) FROM dialer.gcra)")
        await show.until("(SELECT count(*) = 8 FROM dialer.contact WHERE state = 'done')")

    waiting = "SELECT count(*) FROM dialer.contact WHERE state = 'waiting' AND attempts_used = 0"
    assert await desk.connection.fetchval(waiting) == 2


async def test_bad_credentials_stop_the_account_before_the_list_is_used_up(
    desk: Desk, database_url: str
) -> None:
    campaign = await desk.campaign(policy=NO_DETECTION)
    await fill(desk, campaign, 40)
    async with running(desk, database_url, Fault(kind="unauthorized"), cps=10.0) as show:
        await show.until("(SELECT breaker = 'open' FROM dialer.account)")
        await show.until("NOT EXISTS (SELECT FROM dialer.attempt WHERE holds_number)")

    assert len(show.twilio.store.posts) < 20
    finished = "SELECT count(*) FROM dialer.contact WHERE disposition IS NOT NULL"
    assert await desk.connection.fetchval(finished) == 0


async def test_a_pause_holds_once_it_is_told(desk: Desk, database_url: str) -> None:
    campaign = await desk.campaign(policy=NO_DETECTION)
    await fill(desk, campaign, 60)
    async with running(desk, database_url, cps=10.0) as show:
        await show.until("(SELECT count(*) > 5 FROM dialer.attempt WHERE posting_at IS NOT NULL)")
        await desk.connection.execute(
            "UPDATE dialer.campaign SET state = 'pausing', generation = generation + 1"
        )
        await show.until("(SELECT state = 'paused' FROM dialer.campaign)")
        posts = len(show.twilio.store.posts)
        await asyncio.sleep(1)  # long enough for ten more

    assert len(show.twilio.store.posts) == posts
    assert posts < 30


async def test_slow_answers_hold_up_no_more_requests_than_may_wait(
    desk: Desk, database_url: str
) -> None:
    campaign = await desk.campaign(policy=NO_DETECTION)
    await fill(desk, campaign, 20)
    slow = Fault(kind="slow", amount=1.0, for_seconds=60)
    async with running(desk, database_url, slow, posts_at_once=4) as show:
        await show.until("(SELECT state = 'completed' FROM dialer.campaign)")

    posted = [post.at for post in show.twilio.store.posts]
    assert max(sum(at <= other < at + 0.9 for other in posted) for at in posted[:8]) <= 4


async def test_accounts_without_credentials_hold_up_nobody(desk: Desk, database_url: str) -> None:
    stranger = "AC" + "9" * 32
    await insert(desk.connection, "account", account_sid=stranger, cps=10.0)
    others = await desk.campaign(account_sid=stranger)
    await fill(desk, others, 2)
    ours = await desk.campaign(policy=NO_DETECTION)
    await desk.contact(ours, "+12125559960")
    async with running(desk, database_url) as show:
        await show.until("EXISTS (SELECT FROM dialer.contact WHERE state = 'done')")

    assert b'gates_closed_total{gate="credentials"}' in show.registry.exposition()
    untouched = "SELECT count(*) FROM dialer.contact WHERE state = 'ready'"
    assert await desk.connection.fetchval(untouched) == 2


async def test_queues_count_who_is_ready_by_class(desk: Desk) -> None:
    campaign = await desk.campaign(weight=2.0)
    for n, priority in enumerate([0, 2, 2, 2]):
        await desk.contact(campaign, f"+1212555010{n}", priority=priority)
    await desk.campaign(state="paused")
    [account] = await in_transaction(desk.engine, partial(queues, limit=2))

    assert (account.account_sid, account.tenant_id) == (ACCOUNT, TENANT)
    [queue] = account.queues
    assert (queue.campaign_id, queue.weight, queue.ready) == (campaign, 2.0, {0: 1, 2: 2})


@pytest.mark.parametrize(("cps", "late"), [(1.0, 0.5), (10.0, 0.1), (100.0, 0.1)])
def test_a_call_is_late_when_it_would_be_one_too_many_in_its_second(
    cps: float, late: float
) -> None:
    assert tolerance(cps) == late
