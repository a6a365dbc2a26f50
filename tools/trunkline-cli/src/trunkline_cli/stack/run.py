"""Runs the local stack: servers, topics, services and the front before them, in that order."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from trunkline.bus.kafka import KafkaBus
from trunkline.errors import Transient
from trunkline.events.topics import TOPICS
from trunkline.settings import load_settings
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.databases import ApiKeys, prepare_database
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.front import Front
from trunkline_cli.stack.leftovers import ProcessBook
from trunkline_cli.stack.narrator import Narrator, Silent
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.plan import Plan, make_plan
from trunkline_cli.stack.report import (
    ApiEntry,
    GatewayEntry,
    KafkaEntry,
    PostgresEntry,
    StackReport,
    TwilioEntry,
    WorkerEntry,
    relay_url,
    voice_url,
)
from trunkline_cli.stack.servers import Servers
from trunkline_cli.stack.service import Program, Service
from trunkline_cli.stack.supervise import Part, supervise
from trunkline_cli.stack.together import together


@asynccontextmanager
async def run_stack(
    options: StackOptions,
    settings: CliSettings | None = None,
    narrator: Narrator | None = None,
) -> AsyncIterator["Stack"]:
    """Run a stack; yield it when everything is ready, and stop all of it when the context ends.

    Raises `StackError` when a part does not start. Parts that die later are told to the narrator.
    """
    settings, narrator = settings or load_settings(CliSettings), narrator or Silent()
    plan = make_plan(options, settings)
    book = ProcessBook(plan.state_dir)
    async with AsyncExitStack() as exits:
        exits.enter_context(book.opened())
        for name in await asyncio.to_thread(book.stop_leftovers):
            narrator.say(f"Stopped {name}, which an earlier stack had left running.")
        _clear(plan, options)
        listener = exits.enter_context(_listen(plan.port))
        servers = Servers(options, settings, plan.state_dir, narrator)
        exits.push_async_callback(servers.stop)
        await servers.start()
        await _create_topics(servers.bootstrap)
        keys = await prepare_database(servers.url, options)
        client = await exits.enter_async_context(_internal_client())
        stack = Stack(options, plan, servers, client, book, narrator, keys)
        async with stack.running(listener):
            yield stack


class Stack:
    """A stack that runs."""

    def __init__(
        self,
        options: StackOptions,
        plan: Plan,
        servers: Servers,
        client: httpx.AsyncClient,
        book: ProcessBook,
        narrator: Narrator,
        keys: ApiKeys,
    ) -> None:
        def service(program: Program) -> Service:
            return Service(program, plan.logs / f"{program.name}.log", client)

        told = servers.environment
        self.gateways = [service(plan.gateway(n + 1, told)) for n in range(options.gateways)]
        self.workers = [service(plan.worker(n + 1, told)) for n in range(options.workers)]
        self.dialers = [service(plan.dialer(n + 1, told)) for n in range(options.dialers)]
        self.ingests = [service(plan.ingest(n + 1, told)) for n in range(options.ingests)]
        self.servers = servers
        self._front = Front(self.gateways)
        self._options = options
        self._plan = plan
        self._book = book
        self._narrator = narrator
        self._keys = keys

    @property
    def services(self) -> list[Service]:
        """All processes of ours."""
        return [*self.gateways, *self.workers, *self.dialers, *self.ingests]

    @property
    def report(self) -> StackReport:
        """Where everything is at this moment."""
        plan, servers = self._plan, self.servers
        return StackReport(
            public_url=plan.public_url,
            voice_url=voice_url(plan.public_url),
            relay_url=relay_url(plan.public_url),
            gateways=tuple(
                GatewayEntry(each.name, each.pid, each.url, each.internal_url)
                for each in self.gateways
            ),
            workers=tuple(
                WorkerEntry(each.name, each.pid, each.internal_url) for each in self.workers
            ),
            kafka=KafkaEntry(servers.bootstrap, servers.kafka.pid if servers.kafka else None),
            postgres=PostgresEntry(servers.url, servers.postgres.pid if servers.postgres else None),
            twilio=TwilioEntry(plan.credentials.account_sid, plan.credentials.auth_tokens[0]),
            agents=plan.agents,
            dialers=_api_entries(self.dialers),
            ingests=_api_entries(self.ingests),
            dialer_api_key=self._keys.dialer,
            ingest_api_key=self._keys.ingest,
        )

    @asynccontextmanager
    async def running(self, listener: socket.socket) -> AsyncIterator[None]:
        """Start the services and keep them running; stop them when the context ends."""
        failure = None
        async with asyncio.TaskGroup() as tasks:
            front = tasks.create_task(self._front.serve(listener), name="front")
            watchers: list[asyncio.Task[None]] = []
            try:
                await together(self._start(service) for service in self.services)
                self._write_report()
                watchers = self._watch(tasks)
                yield
            except Exception as error:  # of the caller: raised again below, outside of the group
                failure = error
            finally:
                for watcher in watchers:
                    watcher.cancel()
                await self._stop()
                front.cancel()
        if failure is not None:
            raise failure

    def died(self, part: Part, status: int, last_lines: list[str]) -> None:
        """Reset the connections of a gateway; tell how it ended."""
        self._reset(part)
        tail = "".join(f"\n  | {line}" for line in last_lines)
        self._narrator.say(f"{part.name} has ended with status {status}.{tail}")

    def failed(self, part: Part, error: StackError) -> None:
        """Tell why it did not come up."""
        self._narrator.say(f"{error}")

    def restarted(self, part: Part) -> None:
        """Note the new process where programs and people look for it."""
        self._book.add(part.name, part.child.pid)
        self._write_report()
        self._narrator.say(f"{part.name} runs again.")

    def hung(self, service: Service) -> None:
        """Do what a liveness probe and a load balancer would."""
        self._reset(service)
        self._narrator.say(f"{service.name} runs, but answers nothing.")
        if self._options.restart:
            service.kill()

    async def start_again(self, service: Service) -> None:
        """Start a service that has died, in a stack that leaves the dead dead."""
        await self._start(service)
        self._write_report()

    async def _start(self, service: Service) -> None:
        await service.start()
        self._book.add(service.name, service.pid)

    async def _stop(self) -> None:
        """First those who place calls, then those who hold them, then those who write of them."""
        for services in (self.dialers, [*self.gateways, *self.workers], self.ingests):
            await together(service.stop() for service in services)

    def _watch(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        parts: list[Part] = [*self.servers.local, *self.services]
        for server in self.servers.local:
            self._book.add(server.name, server.pid)
        restart = self._options.restart
        return [
            *(
                tasks.create_task(supervise(part, self, restart=restart), name=part.name)
                for part in parts
            ),
            *(
                tasks.create_task(service.watch(self.hung), name=f"{service.name}-readiness")
                for service in self.services
            ),
        ]

    def _reset(self, part: Part) -> None:
        for gateway in self.gateways:
            if gateway is part:
                self._front.reset(gateway)

    def _write_report(self) -> None:
        if self._options.report is not None:
            self.report.write(self._options.report)


def _api_entries(services: Sequence[Service]) -> tuple[ApiEntry, ...]:
    return tuple(ApiEntry(each.name, each.pid, each.url, each.internal_url) for each in services)


def _clear(plan: Plan, options: StackOptions) -> None:
    """Remove what an earlier stack has told: its logs, and where its parts were."""
    if options.report is not None:
        options.report.unlink(missing_ok=True)
    shutil.rmtree(plan.logs, ignore_errors=True)
    if plan.frame_logs is not None:
        plan.frame_logs.mkdir(parents=True, exist_ok=True)


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise StackError(f"Port {port} cannot be had ({error}): choose another, --port.") from error


async def _create_topics(bootstrap: str) -> None:
    """Create the shared topics; those of calls and gateways are made by the gateways."""
    try:
        async with KafkaBus.open(bootstrap, client_id="trunkline-up") as bus:
            await bus.create_topics([topic.new() for topic in TOPICS])
    except Transient as error:
        raise StackError(
            f"The topics could not be created on Kafka at {bootstrap}: {error}"
        ) from error


def _internal_client() -> httpx.AsyncClient:
    """For the services' internal ports: this machine only, so neither proxies nor certificates."""
    return httpx.AsyncClient(verify=False, trust_env=False)
