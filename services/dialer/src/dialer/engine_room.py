"""The parts that dial, put together, and the order in which they start and stop."""

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.call_writer import CallWriter
from dialer.caller import Desk
from dialer.clock import DatabaseClock
from dialer.crash import crash_points
from dialer.errands import Errands
from dialer.inbox_reader import InboxReader
from dialer.invitations import Invitations
from dialer.loops import repeat
from dialer.metrics import DialerMetrics
from dialer.offsets import ClockOffsets
from dialer.ownership import Ownership
from dialer.placer import Placer
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
from trunkline.agents.catalog import Agents
from trunkline.bus import Bus

Beside = Mapping[str, Coroutine[None, None, None]]
"""What runs as long as the rest does, by name."""


@dataclass(frozen=True, slots=True)
class EngineRoom:
    """The parts that dial, put together."""

    chances: Chances
    ownership: Ownership
    surroundings: Surroundings
    placer: Placer
    errands: Errands
    inbox: InboxReader
    timers: Timers
    sweeps: Sweeps
    relay: Relay

    async def run(self, stop: asyncio.Event, drain_seconds: float, beside: Beside) -> None:
        """Dial until stopped: first no more calls are placed, then answers are waited for, while
        everything else goes on; then all of it ends, and says so."""
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(work, name=name)
                    for name, work in {**self._work(), **beside}.items()
                ]
                await self.placer.run(stop, drain_seconds)
                for task in running:
                    task.cancel()
        finally:
            await self.ownership.end()

    def _work(self) -> Beside:
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
            "abandonment": repeat("abandonment", 30.0, self.timers.abandonment),
            "relay": repeat("relay", 0.2, self.relay.publish),
            "forgetting": repeat("forgetting", 60.0, self.timers.forgetting),
        }


@asynccontextmanager
async def open_engine_room(
    settings: DialerSettings,
    agents: Agents,
    bus: Bus,
    engine: AsyncEngine,
    heart: AsyncEngine,
    metrics: DialerMetrics,
) -> AsyncIterator[EngineRoom]:
    """Put the parts together, with their connections to Twilio.

    Heartbeats go through `heart`, which nobody else uses: a pool that is used up is no reason to
    count as dead.
    """
    crash = crash_points(settings.dialer_crash_at)
    chances = Chances(random.random, crash)
    vault, clock, offsets = settings.vault(), DatabaseClock(), ClockOffsets()
    ownership = Ownership(heart, settings.dialer_id, clock)
    surroundings = Surroundings(bus, engine, clock, ownership)
    watch(metrics, surroundings, clock)
    api = Api(settings.twilio_api_base_url, settings.logins())
    allowed = frozenset(secrets(settings.dialer_allowed_destinations))
    keys = secrets(settings.ticket_keys)
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
            WriteAhead(vault, chances, Invitations(keys, vault).of),
            CallWriter(settings.public_url, keys, vault),
            poster,
            errands,
            offsets,
            metrics,
            chances,
        )
        claimant = Claimant(vault, chances, catch.permits, lambda campaign: campaign.unfit(agents))
        yield EngineRoom(
            chances,
            ownership,
            surroundings,
            Placer(desk, claimant, api.logins, settings.dialer_posts_at_once),
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
