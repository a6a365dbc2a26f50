"""A campaign rings somebody who is not there; they call the number back, and are known."""

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
from cryptography.fernet import Fernet
from placing import TICKET_KEY, running, values
from pydantic import SecretStr

from dialer.engine_room import open_engine_room
from dialer.main import topics
from dialer.metrics import DialerMetrics
from dialer.migrate import migrate
from dialer.settings import DialerSettings
from trunkline.agents.catalog import Agents
from trunkline.agents.load import load_agents
from trunkline.bus.kafka import KafkaBus
from trunkline.database.engine import open_engine
from trunkline.events.lifecycle import CallStarted
from trunkline.events.topics import LIFECYCLE
from trunkline.events.wire import decode_lifecycle
from trunkline.metrics import Registry
from trunkline.protect import NumberVault
from trunkline_cli.chaos.seeding import Seeder, Wanted
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.run import Stack
from twilio_emulator import CallPlan, dial
from twilio_emulator.rest import Account, serve

OURS, ADA, STRANGER = "+16465550100", "+12125550178", "+12125550179"  # 78: nobody answers
ACCOUNT = Account(sid="AC" + "3" * 32, auth_token="3c" * 16, cps=50)
PEPPER, DATA_KEY = b"p" * 32, Fernet.generate_key().decode()
VAULT = NumberVault({"k1": PEPPER}, [DATA_KEY])
TENANT = "acme"
SECONDS = 150.0
RUNG = "SELECT id FROM dialer.attempt WHERE state = 'no_answer' AND settled"
OPTED_OUT = "SELECT id FROM dialer.suppression"


async def test_somebody_who_calls_back_reaches_their_agent_who_knows_them(
    tmp_path: Path, kafka_bootstrap: str, database_url: str
) -> None:
    servers = CliSettings(
        kafka_bootstrap_servers=kafka_bootstrap, database_url=SecretStr(database_url)
    )
    await migrate(database_url)
    connection = await asyncpg.connect(database_url, timeout=10)
    subaccount = f"{ACCOUNT.sid}:{ACCOUNT.auth_token}"
    async with (
        asyncio.timeout(SECONDS),
        running(tmp_path, servers, TWILIO_SUBACCOUNTS=subaccount) as stack,
        _dialing(stack, load_agents(tmp_path / "agents"), kafka_bootstrap, database_url),
    ):
        await _campaign(connection)
        await _until(lambda: connection.fetchval(RUNG))
        await _until(lambda: _knows_somebody(stack))
        async with dial(_plan(stack, STRANGER)) as stranger:
            await stranger.wait_for_end(30)
        async with dial(_plan(stack, ADA)) as first:
            await first.say("Please do not call me again.")
            await first.wait_for_end(30)
        await _until(lambda: connection.fetchval(OPTED_OUT))
        async with dial(_plan(stack, ADA)) as second:
            await second.say("Hello?")
            await second.reply(30)
            await second.hang_up()
        attempt = await connection.fetchval(RUNG)
        started = await _started(kafka_bootstrap, first.ledger.call_sid)
    await connection.close()

    assert stranger.ledger.opened == []  # the number has no agent of its own
    for call in (first, second):
        assert call.ledger.opened[0].greeting == "Hello Ada, this is Acme."
    assert (started.attempt_id, started.direction) == (str(attempt), "inbound")


@asynccontextmanager
async def _dialing(stack: Stack, agents: Agents, bootstrap: str, url: str) -> AsyncIterator[None]:
    """A dialer at work in this process, and the Twilio that it asks."""
    stop = asyncio.Event()
    async with (
        serve([ACCOUNT], speed=50.0) as twilio,
        KafkaBus.open(bootstrap, client_id="dialer-1") as bus,
        open_engine(url, "dialer") as engine,
        asyncio.TaskGroup() as tasks,
    ):
        await bus.create_topics(topics())
        settings = DialerSettings(
            kafka_bootstrap_servers=bootstrap,
            database_url=SecretStr(url),
            twilio_account_sid=ACCOUNT.sid,
            twilio_auth_tokens=ACCOUNT.auth_token,
            twilio_api_base_url=twilio.url,
            public_url=stack.report.public_url,
            ticket_keys=TICKET_KEY,
            dialer_num_keys=f"k1:{base64.b64encode(PEPPER).decode()}",
            dialer_data_keys=DATA_KEY,
        )
        metrics = DialerMetrics(Registry())
        async with open_engine_room(settings, agents, bus, engine, engine, metrics) as room:
            working = tasks.create_task(room.run(stop, 10, {}), name="dialer")
            yield
            stop.set()
            await working


async def _campaign(connection: asyncpg.Connection) -> None:
    """A campaign that rings Ada, once."""
    seeder = Seeder(connection, VAULT, TENANT, ACCOUNT)
    await seeder.account(OURS)
    once = {
        "retries": {"max_attempts": 1},
        "answering_machines": {"detect": False},
        "undisclosed_because": "The test looks at the greeting alone.",
    }
    campaign = await seeder.campaign(Wanted(numbers=(), policy=once))
    await connection.execute("UPDATE dialer.campaign SET agent_id = 'caller'")
    index = VAULT.index(TENANT, ADA)
    await connection.execute(
        """
        INSERT INTO dialer.contact (id, tenant_id, campaign_id, num_key, num_hmac, num_enc,
                                    variables_enc, country, zones)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'US', '{America/New_York}')
        """,
        *(uuid.uuid4(), TENANT, uuid.UUID(campaign.id), index.key, index.hmac),
        *(VAULT.encrypt(ADA), VAULT.encrypt('{"name": "Ada"}')),
    )


def _plan(stack: Stack, person: str) -> CallPlan:
    return CallPlan(
        voice_url=stack.report.voice_url,
        account_sid=ACCOUNT.sid,
        auth_token=ACCOUNT.auth_token,
        from_number=person,
        to_number=OURS,
        speaking_cps=150.0,
    )


async def _knows_somebody(stack: Stack) -> bool:
    async with httpx.AsyncClient(verify=False, trust_env=False) as client:
        answer = await client.get(f"{stack.gateways[0].internal_url}/metrics")
    return "trunkline_gateway_known_people 1.0" in answer.text


async def _until(holds: Callable[[], Awaitable[object]]) -> None:
    while not await holds():  # noqa: ASYNC110  # other processes bring it about
        await asyncio.sleep(0.1)


async def _started(bootstrap: str, call_sid: str) -> CallStarted:
    async with aclosing(values(bootstrap, LIFECYCLE.name)) as told:
        async for value in told:
            event = decode_lifecycle(value)
            if isinstance(event, CallStarted) and event.call_sid == call_sid:
                return event
    raise AssertionError("the topic has ended")
