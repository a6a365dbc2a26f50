"""Wires the service: the only file that knows all the others."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Protocol

import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest.api.app import ingest_api
from intelligence_ingest.api.context import Parts as ApiParts
from intelligence_ingest.asking import TwilioApi
from intelligence_ingest.delays import Delays
from intelligence_ingest.erasing import Erasing, TwilioEraser
from intelligence_ingest.fetcher import Fetcher
from intelligence_ingest.keep_reading import Keeper
from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.notifications import Notifications
from intelligence_ingest.operating import Operating
from intelligence_ingest.operators.declared import Operator, load_operators
from intelligence_ingest.reading import BatchReader
from intelligence_ingest.retention import Retention
from intelligence_ingest.settings import IngestSettings
from intelligence_ingest.sources import Sources
from intelligence_ingest.subscriptions import needed_topics, subscriptions
from intelligence_ingest.sweep import Sweep
from intelligence_ingest.transport import Transport
from trunkline.bus import Bus
from trunkline.bus.dead_letters import DeadLetters, DlqLimit
from trunkline.bus.kafka import KafkaBus
from trunkline.database.engine import Limits, open_engine
from trunkline.database.probe import DatabaseProbe
from trunkline.errors import Invalid, Transient
from trunkline.health import health_app, serve
from trunkline.lifecycle import stop_on_signal
from trunkline.logs import configure_logs, get_logger
from trunkline.metrics import Registry
from trunkline.settings import load_settings

log = get_logger()

ERASED_AT_ONCE = 4


def run() -> None:
    """Run one process until SIGTERM; a start that cannot work ends with a sentence."""
    settings = load_settings(IngestSettings)
    configure_logs(settings, service="intelligence-ingest", ingest=settings.ingest_id)
    try:
        operators = load_operators(settings.operators_file)
        uvloop.run(main(settings, operators))
    except (Invalid, Transient) as error:  # no operators, or no broker: nothing to trace back
        raise SystemExit(str(error)) from None


async def main(settings: IngestSettings, operators: Sequence[Operator]) -> None:
    registry = Registry()
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(stop_on_signal())
        bus = await stack.enter_async_context(
            KafkaBus.open(settings.kafka_bootstrap_servers, client_id=settings.ingest_id)
        )
        engine = await stack.enter_async_context(engine_of(settings))
        await bus.create_topics(needed_topics())
        transport = await stack.enter_async_context(
            Transport.open(settings.twilio_intelligence_base_url, settings.ingest_fetches_at_once)
        )
        rest = await stack.enter_async_context(
            Transport.open(settings.twilio_api_base_url, ERASED_AT_ONCE)
        )
        conversations = await stack.enter_async_context(
            Transport.open(settings.conversations_base_url, ERASED_AT_ONCE)
        )
        transports = Transports(transport, rest, conversations)
        parts = assemble(settings, operators, bus, engine, transports, registry)
        probe = DatabaseProbe(engine)
        working: Sequence[Part] = (*parts.keepers, *parts.others, probe)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(part.run(), name=type(part).__name__) for part in working]
            running += [
                tasks.create_task(work, name=name)
                for name, work in ports(settings, engine, parts, probe, registry).items()
            ]
            await stop.wait()
            # Whatever is in a transaction is rolled back, and read again by the next process.
            for task in running:
                task.cancel()


class Part(Protocol):
    """Something that works until it is cancelled."""

    async def run(self) -> None:
        """Work."""


@dataclass(frozen=True, slots=True)
class Transports:
    """The ways to Twilio: it has a host for each of its products."""

    intelligence: Transport
    rest: Transport
    conversations: Transport


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that runs until the process is stopped."""

    keepers: Sequence[Keeper]
    others: Sequence[Part]

    def ready(self) -> dict[str, bool]:
        """For `/readyz`: a topic that was made anew waits for an operator."""
        return {"topics": not any(keeper.halted for keeper in self.keepers)}


def assemble(
    settings: IngestSettings,
    operators: Sequence[Operator],
    bus: Bus,
    engine: AsyncEngine,
    transports: Transports,
    registry: Registry,
) -> Parts:
    """Put the parts together."""
    metrics = IngestMetrics(registry)
    vault, tenant = settings.vault(), settings.ingest_tenant_id
    letters = DeadLetters(bus.bulk, DlqLimit())
    api, rest, conversations = (
        TwilioApi(each, settings.auth_tokens, metrics.waited)
        for each in (transports.intelligence, transports.rest, transports.conversations)
    )
    fetcher = Fetcher(api, Sources(rest, conversations))
    eraser = TwilioEraser(api, rest, conversations)
    notifications = Notifications(engine, fetcher, vault, bus.bulk, letters, metrics, tenant)
    keepers = [
        Keeper(
            engine,
            each.consumer,
            BatchReader(bus, engine, each, letters, metrics),
            metrics,
        )
        for each in subscriptions(notifications, vault)
    ]
    others = (
        Delays(engine, notifications, metrics),
        Sweep(engine, fetcher, vault, metrics, settings.rhythm(), tenant),
        Operating(engine, operators, metrics),
        Retention(engine, settings.days(), metrics),
        Erasing(engine, eraser),
    )
    return Parts(keepers, others)


def ports(
    settings: IngestSettings,
    engine: AsyncEngine,
    parts: Parts,
    probe: DatabaseProbe,
    registry: Registry,
) -> Mapping[str, Coroutine[None, None, None]]:
    """Serving both ports. The internal one says ready once the API accepts connections."""
    listening = asyncio.Event()

    def ready() -> dict[str, bool]:
        return {"listening": listening.is_set(), "database": probe.answers, **parts.ready()}

    def internal_listens(port: int) -> None:
        log.info("ingest_listening", port=port)

    keys = [key.get_secret_value() for key in settings.ingest_data_keys]
    api = ingest_api(ApiParts(engine, settings.vault()), keys)
    internal = settings.ingest_internal_host, settings.ingest_internal_port
    public = settings.ingest_host, settings.ingest_port
    return {
        "health": serve(health_app(ready, registry), *internal, listening=internal_listens),
        "api": serve(api, *public, listening=lambda _: listening.set()),
    }


def engine_of(settings: IngestSettings) -> AbstractAsyncContextManager[AsyncEngine]:
    """The database, within the settings' bounds."""
    limits = Limits(
        settings.database_connections,
        settings.database_statement_timeout_seconds,
        settings.database_lock_timeout_seconds,
    )
    return open_engine(settings.database_url.get_secret_value(), settings.ingest_id, limits)
