"""Wires the worker: the only file that knows all the others."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import uvloop

from llm_worker.metrics import WorkerMetrics
from llm_worker.model import Model, Models
from llm_worker.providers.offline import OfflineModel, Pace
from llm_worker.providers.remote import remote_models
from llm_worker.providers.scripted import ScriptedModel
from llm_worker.run import Means
from llm_worker.settings import WorkerSettings
from llm_worker.tools.hosts import parse_hosts
from llm_worker.tools.in_python import PythonTools
from llm_worker.tools.outside import OutsideTools, python_names
from llm_worker.worker import Identity, Worker
from trunkline.agents import Provider
from trunkline.agents.catalog import Agents
from trunkline.agents.load import AgentError, load_agents
from trunkline.bus.kafka import KafkaBus
from trunkline.clock import show_skew, watch_clock
from trunkline.errors import Transient
from trunkline.health import health_app, serve
from trunkline.lifecycle import stop_on_signal
from trunkline.logs import configure_logs, get_logger
from trunkline.metrics import Registry
from trunkline.settings import load_settings
from trunkline.skew import Skew

logger = get_logger()


def run() -> None:
    """Run one worker until SIGTERM; a start that cannot work ends with a sentence."""
    settings = load_settings(WorkerSettings)
    configure_logs(settings, service="llm-worker", worker=settings.worker_id)
    try:
        uvloop.run(main(settings))
    except (AgentError, Transient) as error:  # no agents, or no broker: nothing to trace back
        raise SystemExit(str(error)) from None


async def main(settings: WorkerSettings) -> None:
    registry, skew = Registry(), Skew()
    show_skew(registry, skew)
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(stop_on_signal())
        bus = await stack.enter_async_context(
            KafkaBus.open(settings.kafka_bootstrap_servers, client_id=settings.worker_id)
        )
        agents = load_agents(settings.agents_dir)
        metrics = WorkerMetrics(registry)
        models = await stack.enter_async_context(open_models(settings))
        tools = await stack.enter_async_context(open_tools(settings, agents))
        metrics.tools_unavailable(tell_unavailable(tools, agents))
        slots = asyncio.Semaphore(settings.worker_concurrency)
        worker = Worker(
            bus,
            agents,
            Means(models, tools, slots, metrics),
            Identity(settings.worker_id, time.time, lambda: uuid.uuid4().hex),
            max_turns=settings.worker_concurrency + settings.worker_queue,
        )
        async with asyncio.TaskGroup() as tasks:
            port = serve(
                health_app(lambda: {**worker.ready(), "clock": skew.agrees}, registry),
                settings.worker_internal_host,
                settings.worker_internal_port,
                listening=lambda port: logger.info("worker_listening", port=port),
            )
            clock = watch_clock(bus.calls, settings.worker_id, skew, time.time)
            beside = [
                tasks.create_task(port, name="health"),
                tasks.create_task(clock, name="clock"),
            ]
            await worker.run(stop, settings.worker_drain_seconds)
            for task in beside:
                task.cancel()


def open_tools(
    settings: WorkerSettings, agents: Agents
) -> AbstractAsyncContextManager[OutsideTools]:
    """What can use the agents' tools, as far as the settings let it."""
    python = PythonTools.find(python_names(agents))
    return OutsideTools.open(parse_hosts(settings.tool_hosts), settings.tool_secrets_dir, python)


def tell_unavailable(tools: OutsideTools, agents: Agents) -> int:
    """Say which tools cannot be used, so that nobody must find out in a call; return how many."""
    found = list(tools.unavailable(agents))
    for agent_id, tool, reason in found:
        logger.warning("tool_unavailable", agent_id=agent_id, tool=tool, reason=reason)
    return len(found)


@asynccontextmanager
async def open_models(settings: WorkerSettings) -> AsyncIterator[Models]:
    """The models this process can ask; an agent's others count as failed."""
    pace = Pace(settings.offline_first_token_ms / 1000, settings.offline_token_ms / 1000)
    models: dict[Provider, Model] = {
        Provider.OFFLINE: OfflineModel(pace),
        Provider.SCRIPTED: ScriptedModel(pace),
    }
    async with AsyncExitStack() as stack:
        for provider, opening in remote_models(settings):
            models[provider] = await stack.enter_async_context(opening)
        yield models
