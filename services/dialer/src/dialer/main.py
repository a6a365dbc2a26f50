"""Wires the dialer: the only file that knows all the others."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

import uvloop
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.api.app import dialer_api, key_store
from dialer.api.context import Parts
from dialer.engine_room import EngineRoom, open_engine_room
from dialer.importer.campaign import Campaigns
from dialer.importer.jobs import ImportJobs
from dialer.importer.upload import Uploads
from dialer.metrics import DialerMetrics
from dialer.settings import DialerSettings, secrets
from trunkline.agents.catalog import Agents
from trunkline.agents.load import AgentError, load_agents
from trunkline.bus import NewTopic
from trunkline.bus.kafka import KafkaBus
from trunkline.database.engine import open_engine
from trunkline.errors import Transient
from trunkline.events.topics import CALLBACKS, CALLED, CAPACITY, DAY_MS, DIALER_EVENTS, LIFECYCLE
from trunkline.health import health_app, serve
from trunkline.lifecycle import stop_on_signal
from trunkline.logs import configure_logs
from trunkline.metrics import Registry
from trunkline.settings import load_settings


def run() -> None:
    """Run one dialer until SIGTERM; a start that cannot work ends with a sentence."""
    settings = load_settings(DialerSettings)
    configure_logs(settings, service="dialer", dialer=settings.dialer_id)
    try:
        uvloop.run(main(settings, load_agents(settings.agents_dir)))
    except (AgentError, Transient) as error:  # no agents, no broker: nothing to trace back
        raise SystemExit(str(error)) from None


async def main(settings: DialerSettings, agents: Agents) -> None:
    registry = Registry()
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(stop_on_signal())
        bus = await stack.enter_async_context(
            KafkaBus.open(settings.kafka_bootstrap_servers, client_id=settings.dialer_id)
        )
        await bus.create_topics(topics())
        url, limits = settings.database_url.get_secret_value(), settings.database_limits
        engine = await stack.enter_async_context(open_engine(url, settings.dialer_id, limits))
        heart = await stack.enter_async_context(
            open_engine(url, f"{settings.dialer_id} heartbeat", replace(limits, connections=1))
        )
        room = await stack.enter_async_context(
            open_engine_room(settings, agents, bus, engine, heart, DialerMetrics(registry))
        )
        processes = settings.dialer_import_processes
        campaigns = Campaigns(agents)
        imports = ImportJobs(engine, campaigns, settings.keys(), processes=processes)
        parts = api_parts(settings, engine, agents, campaigns, imports, room)
        app = dialer_api(parts, secrets(settings.dialer_data_keys))
        beside = {"imports": imports.run(), "ports": serve_both(settings, app, room, registry)}
        await room.run(stop, settings.dialer_drain_seconds, beside)


def topics() -> Sequence[NewTopic]:
    """What the dialer reads and writes, and where it sets records aside."""
    durable = (CALLBACKS, LIFECYCLE)
    letters = [
        NewTopic(f"{topic.name}.dlq", 1, {"retention.ms": str(7 * DAY_MS)}) for topic in durable
    ]
    return [*(topic.new() for topic in (*durable, CAPACITY, DIALER_EVENTS, CALLED)), *letters]


def api_parts(
    settings: DialerSettings,
    engine: AsyncEngine,
    agents: Agents,
    campaigns: Campaigns,
    imports: ImportJobs,
    room: EngineRoom,
) -> Parts:
    """The dialer as its API sees it."""
    keys = settings.keys()
    return Parts(
        engine=engine,
        agents=agents,
        campaigns=campaigns,
        vault=keys.vault(),
        uploads=Uploads(engine, keys.fernet()),
        keys=key_store(engine),
        uploaded=imports.wake,
        world=room.surroundings.world,
        chances=room.chances,
        errands=room.errands.put,
    )


async def serve_both(
    settings: DialerSettings, app: FastAPI, room: EngineRoom, registry: Registry
) -> None:
    """Serve both ports. The internal one says ready once the API accepts connections."""
    listening = asyncio.Event()

    def ready() -> dict[str, bool]:
        return {"listening": listening.is_set(), **room.surroundings.ready()}

    host, port = settings.dialer_host, settings.dialer_port
    internal = settings.dialer_internal_host, settings.dialer_internal_port
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(health_app(ready, registry), *internal), name="internal port")
        api = serve(app, host, port, listening=lambda _: listening.set())
        tasks.create_task(api, name="api")
