"""Wires the dialer: the only file that knows all the others."""

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.call_writer import CallWriter
from dialer.clock import DatabaseClock
from dialer.crash import crash_points
from dialer.errands import Errands
from dialer.inbox_reader import InboxReader
from dialer.loops import repeat
from dialer.metrics import DialerMetrics
from dialer.offsets import ClockOffsets
from dialer.ownership import Ownership
from dialer.placer import Desk, Placer
from dialer.relay import Relay
from dialer.settings import DialerSettings, secrets
from dialer.store.claim import Claimant
from dialer.store.inbox import Inbox
from dialer.store.reduction import Chances
from dialer.store.write_ahead import WriteAhead
from dialer.surroundings import Surroundings
from dialer.sweeps import Sweeps
from dialer.timers import Timers
from dialer.twilio_api import Api, SafetyCatch
from dialer.twilio_calls import TwilioCalls
from dialer.twilio_post import CallPoster
from trunkline.bus import Bus, NewTopic
from trunkline.bus.kafka import KafkaBus
from trunkline.database.engine import open_engine
from trunkline.errors import Transient
from trunkline.events.topics import CALLBACKS, CAPACITY, DAY_MS, DIALER_EVENTS, LIFECYCLE
from trunkline.health import health_app, serve
from trunkline.lifecycle import stop_on_signal
from trunkline.logs import configure_logs, get_logger
from trunkline.metrics import Registry
from trunkline.settings import load_settings

logger = get_logger()


def run() -> None:
    """Run one dialer until SIGTERM; a start that cannot work ends with a sentence."""
    settings = load_settings(DialerSettings)
    configure_logs(settings, service="dialer", dialer=settings.dialer_id)
    try:
        uvloop.run(main(settings))
    except Transient as error:  # no broker, no database: nothing to trace back
        raise SystemExit(str(error)) from None


async def main(settings: DialerSettings) -> None:
    registry = Registry()
    async with AsyncExitStack() as stack:
        stop = await stack.enter_async_context(stop_on_signal())
        bus = await stack.enter_async_context(
            KafkaBus.open(settings.kafka_bootstrap_servers, client_id=settings.dialer_id)
        )
        await bus.create_topics(topics())
        engine = await stack.enter_async_context(
            open_engine(
                settings.database_url.get_secret_value(),
                settings.dialer_id,
                settings.database_limits,
            )
        )
        engine_room = await stack.enter_async_context(
            open_engine_room(settings, bus, engine, DialerMetrics(registry))
        )
        await engine_room.run(settings, registry, stop)


def topics() -> Sequence[NewTopic]:
    """What the dialer reads and writes, and where it sets records aside."""
    durable = (CALLBACKS, LIFECYCLE)
    letters = [
        NewTopic(f"{topic.name}.dlq", 1, {"retention.ms": str(7 * DAY_MS)}) for topic in durable
    ]
    return [*(topic.new() for topic in (*durable, CAPACITY, DIALER_EVENTS)), *letters]


@dataclass(frozen=True, slots=True)
class EngineRoom:
    """The parts that dial, put together."""

    ownership: Ownership
    surroundings: Surroundings
    placer: Placer
    errands: Errands
    inbox: InboxReader
    timers: Timers
    sweeps: Sweeps
    relay: Relay

    async def run(self, settings: DialerSettings, registry: Registry, stop: asyncio.Event) -> None:
        """Dial until stopped: first no more calls are placed, then answers are waited for, while
        everything else goes on; then all of it ends, and says so."""
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(work, name=name)
                    for name, work in self._work(settings, registry).items()
                ]
                await self.placer.run(stop, settings.dialer_drain_seconds)
                for task in running:
                    task.cancel()
        finally:
            await self.ownership.end()

    def _work(
        self, settings: DialerSettings, registry: Registry
    ) -> Mapping[str, Coroutine[None, None, None]]:
        internal = settings.dialer_internal_host, settings.dialer_internal_port
        return {
            "heartbeat": self.ownership.run(),
            "gateways": repeat("gateways", 1.0, self.surroundings.watch_gateways),
            "bus": repeat("bus", 1.0, self.surroundings.look_at_bus),
            "inbox": repeat("inbox", 1.0, self.inbox.run),
            "errands": self.errands.run(),
            "attempts": repeat("attempts", 0.5, self.timers.attempts),
            "orphans": repeat("orphans", 2.0, self.timers.orphans),
            "contacts": repeat("contacts", 1.0, self.timers.contacts),
            "campaigns": repeat("campaigns", 1.0, self.timers.campaigns),
            "accounts": repeat("accounts", 10.0, self.sweeps.accounts),
            "breakers": repeat("breakers", 10.0, self.sweeps.breakers),
            "relay": repeat("relay", 0.2, self.relay.publish),
            "forget": repeat("forget", 60.0, self.relay.forget),
            "health": serve(health_app(self.surroundings.ready, registry), *internal),
        }


@asynccontextmanager
async def open_engine_room(
    settings: DialerSettings, bus: Bus, engine: AsyncEngine, metrics: DialerMetrics
) -> AsyncIterator[EngineRoom]:
    """Put the parts together, with their connections to Twilio."""
    crash = crash_points(settings.dialer_crash_at)
    chances = Chances(random.random, crash)
    vault, clock, offsets = settings.vault(), DatabaseClock(), ClockOffsets()
    ownership = Ownership(engine, settings.dialer_id, clock)
    surroundings = Surroundings(bus, engine, clock, ownership)
    watch(metrics, surroundings, clock)
    api = Api(settings.twilio_api_base_url, settings.logins())
    allowed = frozenset(secrets(settings.dialer_allowed_destinations))
    catch = SafetyCatch(api.base_url, settings.dialer_live, allowed)
    async with (
        CallPoster.open(api, catch, clock.unix, at_once=settings.dialer_posts_at_once) as poster,
        TwilioCalls.open(api, clock.unix, offsets.note) as calls,
    ):
        errands = Errands(engine, calls, vault, chances, offsets, metrics)
        desk = Desk(
            engine,
            ownership,
            surroundings,
            Claimant(vault, chances, catch.permits),
            WriteAhead(vault, chances),
            CallWriter(settings.public_url, secrets(settings.ticket_keys), vault),
            poster,
            errands,
            offsets,
            metrics,
            crash,
        )
        yield EngineRoom(
            ownership,
            surroundings,
            Placer(desk, settings.dialer_posts_at_once),
            errands,
            InboxReader(bus, engine, Inbox(vault, chances), errands, clock, metrics),
            Timers(engine, errands, chances),
            Sweeps(engine, calls, vault, errands, offsets, chances, metrics),
            Relay(engine, bus.bulk, crash, metrics),
        )


def watch(metrics: DialerMetrics, surroundings: Surroundings, clock: DatabaseClock) -> None:
    """Show what the gates are shown."""

    def lag() -> float:
        known = surroundings.bus_lag
        return known.total_seconds() if known is not None else -1.0

    metrics.watch(
        clock.skew_seconds, lag, lambda: surroundings.free_slots, lambda: surroundings.may_dial()
    )
