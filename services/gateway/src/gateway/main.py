"""Wires the gateway: the only file that knows all the others."""

import asyncio
import time
import uuid
from contextlib import AsyncExitStack, suppress

import uvloop

from gateway.budget import Budget
from gateway.calls import Calls, Identity
from gateway.framelog import FrameLog
from gateway.janitor import keep_clean
from gateway.metrics import GatewayMetrics
from gateway.replies import read_replies
from gateway.server import Addresses, Front, public_app
from gateway.settings import GatewaySettings
from gateway.slots import Slots
from gateway.tickets import TicketOffice
from trunkline.agents.catalog import Agents
from trunkline.agents.load import AgentError, load_agents
from trunkline.bus import Start
from trunkline.bus.kafka import KafkaBus
from trunkline.errors import Transient
from trunkline.events.topics import replies_topic
from trunkline.health import health_app, serve
from trunkline.lifecycle import stop_on_signal
from trunkline.logs import configure_logs
from trunkline.metrics import Registry
from trunkline.settings import load_settings
from trunkline.twilio import SignatureCheck


def run() -> None:
    """Run one gateway until SIGTERM; a start that cannot work ends with a sentence."""
    settings = load_settings(GatewaySettings)
    configure_logs(settings, service="gateway", gateway=settings.gateway_id)
    try:
        agents = load_agents(settings.agents_dir)
    except AgentError as error:
        raise SystemExit(str(error)) from None
    uvloop.run(main(settings, agents))


async def main(settings: GatewaySettings, agents: Agents) -> None:
    registry = Registry()
    metrics = GatewayMetrics(registry)
    slots = Slots(settings.gateway_slots)
    metrics.watch_slots(lambda: slots.used, slots.total)
    tickets = TicketOffice([key.get_secret_value() for key in settings.ticket_keys], time.time)
    own_replies = replies_topic(settings.gateway_id)
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(stop_on_signal())
        frame_log = stack.enter_context(FrameLog(settings.gateway_frame_log, time.time))
        bus = await stack.enter_async_context(
            KafkaBus.open(settings.kafka_bootstrap_servers, client_id=settings.gateway_id)
        )
        await bus.create_topics([own_replies])
        calls = Calls(
            bus,
            agents,
            tickets,
            Identity(settings.gateway_id, own_replies.name, time.time, lambda: uuid.uuid4().hex),
            slots,
            _budget(settings.gateway_topic_creates_per_second),
            metrics,
            frame_log,
        )
        front = Front(
            _addresses(settings),
            SignatureCheck([token.get_secret_value() for token in settings.twilio_auth_tokens]),
            tickets,
            agents,
            metrics,
            time.time,
        )
        listening = asyncio.Event()
        health = health_app(
            lambda: {"listening": listening.is_set(), "not draining": not slots.is_draining},
            registry,
        )
        async with bus.read(own_replies.name, Start.END) as replies, asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(read_replies(replies, calls.deliver, metrics), name="replies"),
                tasks.create_task(keep_clean(bus, time.time), name="janitor"),
                tasks.create_task(
                    serve(health, settings.gateway_internal_host, settings.gateway_internal_port),
                    name="internal port",
                ),
                tasks.create_task(
                    serve(
                        public_app(front, calls, slots, metrics),
                        settings.gateway_host,
                        settings.gateway_port,
                        websockets=True,
                        listening=lambda _: listening.set(),
                    ),
                    name="public port",
                ),
            ]
            await stop.wait()
            await calls.drain(settings.gateway_drain_seconds)
            for task in running:
                task.cancel()
        with suppress(Transient, TimeoutError):  # the janitor of another gateway finds it
            await bus.delete_topics([own_replies.name])


def _addresses(settings: GatewaySettings) -> Addresses:
    own = (settings.gateway_url,) if settings.gateway_url else ()
    return Addresses(settings.public_url, (settings.public_url, *own))


def _budget(per_second: float) -> Budget:
    return Budget(per_second, burst=per_second)
