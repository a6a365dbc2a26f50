"""Wires the gateway: the only file that knows all the others."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from uuid import uuid4

import uvloop
from fastapi import FastAPI
from pydantic import SecretStr

from gateway.budget import Budget
from gateway.callbacks import Callbacks
from gateway.callers import Callers
from gateway.calls import Calls, Identity
from gateway.capacity import Room, announce_capacity
from gateway.endwatch import EndWatch
from gateway.follow import follow
from gateway.framelog import FrameLog
from gateway.front import Front
from gateway.gate import Addresses, Gate
from gateway.janitor import keep_clean
from gateway.metrics import GatewayMetrics
from gateway.news import NewsDesk
from gateway.notifications import Notifications
from gateway.placed import PlacedCalls
from gateway.replies import own_topic, read_replies
from gateway.server import public_app
from gateway.settings import GatewaySettings
from gateway.slots import Slots
from gateway.tickets import CallTickets
from trunkline.agents.catalog import Agents
from trunkline.agents.load import AgentError, load_agents
from trunkline.bus import Start
from trunkline.bus.kafka import KafkaBus
from trunkline.clock import show_skew, watch_clock
from trunkline.errors import Transient
from trunkline.events.topics import CALLED, CAPACITY, COMMANDS, LIFECYCLE, replies_topic
from trunkline.events.wire import (
    decode_called,
    decode_capacity,
    decode_command,
    decode_lifecycle,
)
from trunkline.health import health_app, serve
from trunkline.lifecycle import stop_on_signal
from trunkline.logs import configure_logs
from trunkline.metrics import Registry
from trunkline.outbound import callback_office, outbound_office
from trunkline.settings import load_settings
from trunkline.skew import Skew
from trunkline.twilio import SignatureCheck


def run() -> None:
    """Run one gateway until SIGTERM; a start that cannot work ends with a sentence."""
    settings = load_settings(GatewaySettings)
    configure_logs(settings, service="gateway", gateway=settings.gateway_id)
    try:
        uvloop.run(main(settings, load_agents(settings.agents_dir)))
    except (AgentError, Transient) as error:  # no agents, or no broker: nothing to trace back
        raise SystemExit(str(error)) from None


async def main(settings: GatewaySettings, agents: Agents) -> None:
    registry, skew = Registry(), Skew()
    show_skew(registry, skew)
    metrics = GatewayMetrics(registry)
    slots = Slots(settings.gateway_slots, settings.inbound_reserve)
    metrics.watch_slots(lambda: slots.used, slots.total)
    room = Room(settings.gateway_id, slots, time.time)
    keys = _secrets(settings.ticket_keys)
    tickets = CallTickets(keys, time.time)
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(stop_on_signal())
        frame_log = stack.enter_context(FrameLog(settings.gateway_frame_log, time.time))
        bus = await stack.enter_async_context(
            KafkaBus.open(settings.kafka_bootstrap_servers, client_id=settings.gateway_id)
        )
        topic = replies_topic(settings.gateway_id)
        replies = await stack.enter_async_context(own_topic(bus, topic))
        identity = Identity(settings.gateway_id, topic.name, time.time, lambda: uuid4().hex)
        rate = settings.gateway_topic_creates_per_second
        creates = Budget(rate, burst=rate)
        desk = NewsDesk(bus.bulk, metrics)
        ends = EndWatch(desk, time.time)
        calls = Calls(
            *(bus, agents, tickets, identity, slots, creates),
            *(desk, ends, metrics, frame_log),
        )
        addresses, accounts = _addresses(settings), settings.auth_tokens.items()
        signatures = {account: SignatureCheck(tokens) for account, tokens in accounts}
        gate = Gate(addresses, signatures, metrics)
        callers = Callers(keys, settings.gateway_callers_mib * 2**20, time.time)
        metrics.watch_callers(lambda: len(callers))
        front = Front(addresses.public, tickets, agents, room, callers, ends, metrics, time.time)
        outbound = outbound_office(keys, time.time)
        placed = PlacedCalls(front, outbound, agents, room, desk, metrics, time.time)
        told = callback_office(keys, time.time)
        callbacks = Callbacks(bus.bulk, desk, ends, told, metrics, time.time)
        notifications = Notifications(bus.bulk, metrics, time.time)
        app = public_app(gate, front, placed, callbacks, notifications, calls, slots, metrics)
        commands = follow(bus, COMMANDS.name, decode_command, calls.obey, metrics)
        clock = watch_clock(bus.calls, settings.gateway_id, skew, time.time)
        capacities = follow(bus, CAPACITY.name, decode_capacity, room.hear, metrics)
        lifecycle = follow(bus, LIFECYCLE.name, decode_lifecycle, ends.hear, metrics)
        called = follow(bus, CALLED.name, decode_called, callers.hear, metrics, Start.BEGINNING)
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(desk.run(), name="news"),
                tasks.create_task(read_replies(replies, calls.deliver, metrics), name="replies"),
                tasks.create_task(commands, name="commands"),
                tasks.create_task(capacities, name="capacities"),
                tasks.create_task(called, name="called"),
                tasks.create_task(lifecycle, name="lifecycle"),
                tasks.create_task(ends.run(), name="ends"),
                tasks.create_task(announce_capacity(bus.bulk, room), name="capacity"),
                tasks.create_task(keep_clean(bus, time.time), name="janitor"),
                tasks.create_task(clock, name="clock"),
                tasks.create_task(_serve(settings, app, slots, skew, registry), name="ports"),
            ]
            await stop.wait()
            await calls.drain(settings.gateway_drain_seconds)
            ends.close()
            await desk.drain()
            for task in running:
                task.cancel()


async def _serve(
    settings: GatewaySettings, app: FastAPI, slots: Slots, skew: Skew, registry: Registry
) -> None:
    """Serve both ports. The internal one says ready once the public one accepts connections."""
    listening = asyncio.Event()

    def ready() -> dict[str, bool]:
        return {
            "listening": listening.is_set(),
            "not draining": not slots.is_draining,
            "clock": skew.agrees,
        }

    host, port = settings.gateway_host, settings.gateway_port
    internal = settings.gateway_internal_host, settings.gateway_internal_port
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(health_app(ready, registry), *internal), name="internal port")
        public = serve(app, host, port, websockets=True, listening=lambda _: listening.set())
        tasks.create_task(public, name="public port")


def _secrets(values: Sequence[SecretStr]) -> list[str]:
    return [value.get_secret_value() for value in values]


def _addresses(settings: GatewaySettings) -> Addresses:
    own = (settings.gateway_url,) if settings.gateway_url else ()
    return Addresses(settings.public_url, (settings.public_url, *own))
