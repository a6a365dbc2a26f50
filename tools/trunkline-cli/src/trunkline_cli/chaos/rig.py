"""A whole dialer at work on this machine: servers, gateways, replicas, and Twilio's side of it."""

import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import httpx

from dialer.migrate import migrate
from trunkline.outbound import STATUS_PATH, CallbackTicket, callback_office
from trunkline_cli.chaos.identities import Identities
from trunkline_cli.chaos.lags import LagMeter
from trunkline_cli.chaos.ledger import Ledger
from trunkline_cli.chaos.replicas import Replicas, read_counter
from trunkline_cli.chaos.until import until
from trunkline_cli.settings import inherited_environment
from trunkline_cli.stack.kafka import KafkaServer
from trunkline_cli.stack.narrator import Narrator, Silent
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.postgres import PostgresServer
from trunkline_cli.stack.run import Stack, run_stack
from twilio_emulator.rest import BY_NAME, EmulatedTwilio, Phone, serve
from twilio_emulator.scenario import HangUp, Scenario, Silence

CONNECT_SECONDS = 10.0
ASK_SECONDS = 5.0
PATIENT = "60"  # last two digits of somebody who answers, listens for a while and hangs up
PATIENT_SECONDS = 1.5  # real ones: enough for the agent to be there, on a busy machine
LIVE_CALLS = "trunkline_gateway_live_calls"


@dataclass(frozen=True, slots=True)
class RigOptions:
    """How large, how fast, and by what chance."""

    state_dir: Path
    seed: int = 0
    gateways: int = 1
    workers: int = 1
    dialers: int = 3
    subaccounts: int = 1
    cps: float = 10.0
    speed: float = 50.0
    """How much faster telephones ring and people talk; requests and deadlines keep real seconds."""
    command: Sequence[str] = ()
    """What a dialer runs as."""


class Rig:
    """Everything runs; all of it may be broken."""

    def __init__(
        self,
        options: RigOptions,
        identities: Identities,
        stack: Stack,
        twilio: EmulatedTwilio,
        replicas: Replicas,
        client: httpx.AsyncClient,
        meter: LagMeter,
    ) -> None:
        self.meter = meter
        self.options = options
        self.identities = identities
        self.stack = stack
        self.twilio = twilio
        self.replicas = replicas
        self.random = random.Random(options.seed)
        self._client = client

    @property
    def kafka(self) -> KafkaServer:
        """The broker; it is one of ours."""
        assert self.stack.servers.kafka is not None
        return self.stack.servers.kafka

    @property
    def postgres(self) -> PostgresServer:
        """The database server; it is one of ours."""
        assert self.stack.servers.postgres is not None
        return self.stack.servers.postgres

    @property
    def postgres_folder(self) -> Path:
        """Where the database server has everything."""
        return self.options.state_dir / "postgres"

    @property
    def ledger(self) -> Ledger:
        """What really happened."""
        return Ledger(self.twilio.store, self.identities.ticket_key)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of its own: the server may have been another before."""
        connection = await asyncpg.connect(self.postgres.url, timeout=CONNECT_SECONDS)
        try:
            yield connection
        finally:
            connection.terminate()  # the server may be gone by now: nothing to say goodbye to

    def strange_url(self, tenant: str, account_sid: str) -> str:
        """Where Twilio would tell of an attempt that nobody has made; its ticket is a good one."""
        ticket = CallbackTicket(
            attempt_id=str(uuid.uuid4()),
            tenant_id=tenant,
            account_sid=account_sid,
            expires_at=round(time.time()) + 3600,
        )
        office = callback_office([self.identities.ticket_key], time.time)
        return self.stack.report.public_url + STATUS_PATH + office.issue(ticket)

    async def mend(self) -> None:
        """Start again whatever a scenario has left dead."""
        for server in self.stack.servers.local:
            if server.child.returncode is not None:
                await server.start()
        for service in self.stack.services:
            if not service.alive:
                await self.stack.start_again(service)
        await self.replicas.start()

    async def quiet(self, within: float) -> None:
        """Wait until the telephones are silent, and no gateway holds a call."""
        await self.twilio.settle(within)

        async def is_quiet() -> bool:
            return not any((await self.slots_used()).values())

        with suppress(TimeoutError):  # what is held still is for the oracle to see
            await until(is_quiet, within=within)

    async def slots_used(self) -> dict[str, int]:
        """Calls that each gateway holds."""
        return {
            gateway.name: read_counter(await self._metrics(gateway.internal_url), LIVE_CALLS)
            for gateway in self.stack.gateways
        }

    async def _metrics(self, url: str) -> str:
        answer = await self._client.get(f"{url}/metrics", timeout=ASK_SECONDS)
        return answer.text


@asynccontextmanager
async def open_rig(options: RigOptions, narrator: Narrator | None = None) -> AsyncIterator[Rig]:
    """Start everything, the dialers last; stop all of it when the context ends."""
    identities = Identities.make(options.subaccounts, options.cps)
    failure: Exception | None = None
    async with AsyncExitStack() as exits:
        twilio = await exits.enter_async_context(
            serve(identities.accounts, speed=options.speed, seed=options.seed)
        )
        twilio.phones.set(PATIENT, _patient(options.speed))
        stack = await exits.enter_async_context(_stack(options, identities, narrator or Silent()))
        await migrate(stack.servers.url)
        client = await exits.enter_async_context(httpx.AsyncClient(verify=False, trust_env=False))
        replicas = Replicas(
            options.command,
            _environment(identities, stack, twilio),
            options.state_dir / "logs",
            client,
            options.dialers,
        )
        async with asyncio.TaskGroup() as tasks:
            meter = LagMeter()
            beside = [
                tasks.create_task(replicas.keep(), name="keep dialers"),
                tasks.create_task(meter.run(), name="lags"),
            ]
            try:
                await replicas.start()
                yield Rig(options, identities, stack, twilio, replicas, client, meter)
            except Exception as error:  # raised below, outside the group, which would wrap it
                failure = error
            finally:
                for task in beside:
                    task.cancel()
                replicas.kill_all()
    if failure is not None:
        raise failure


def _patient(speed: float) -> Phone:
    """Somebody who hears the agent out, however fast time passes on the telephone."""
    steps = (Silence(PATIENT_SECONDS * speed), HangUp())
    return replace(BY_NAME["human"], name="patient", script=Scenario(name="callee", steps=steps))


@asynccontextmanager
async def _stack(
    options: RigOptions, identities: Identities, narrator: Narrator
) -> AsyncIterator[Stack]:
    asked = StackOptions(
        gateways=options.gateways,
        workers=options.workers,
        restart=False,  # what is broken stays so until the scenario mends it
        environment={"TWILIO_SUBACCOUNTS": identities.subaccounts},
    )
    settings = identities.settings(str(options.state_dir))
    async with run_stack(asked, settings, narrator) as stack:
        yield stack


def _environment(identities: Identities, stack: Stack, twilio: EmulatedTwilio) -> dict[str, str]:
    own = identities.accounts[0]
    return {
        **inherited_environment(),
        **stack.servers.environment,
        **identities.dialer_keys,
        "PUBLIC_URL": stack.report.public_url,
        "AGENTS_DIR": str(Path("agents").absolute()),
        "TICKET_KEYS": identities.ticket_key,
        "TWILIO_ACCOUNT_SID": own.sid,
        "TWILIO_AUTH_TOKENS": own.auth_token,
        "TWILIO_SUBACCOUNTS": identities.subaccounts,
        "TWILIO_API_BASE_URL": twilio.url,
    }
