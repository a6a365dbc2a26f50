"""One scenario's part of a rig: a tenant with an account, numbers and campaigns of its own."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from trunkline_cli.chaos import tables
from trunkline_cli.chaos.evidence import Ban, Evidence, Limits
from trunkline_cli.chaos.rig import Rig
from trunkline_cli.chaos.seeding import Seeded, Seeder, Wanted
from trunkline_cli.chaos.told import told
from twilio_emulator.rest import Account

POLL_SECONDS = 0.5
DOUBLE_DIALS = "dialer_double_dial_total"
BRIEF = "60"  # last two digits of somebody who answers and soon hangs up


@dataclass(slots=True)
class Stage:
    """Where a scenario plays. What it promises the oracle stands in `limits` and `bans`."""

    rig: Rig
    number: int
    account: Account
    random: random.Random
    limits: Limits
    bans: list[Ban] = field(default_factory=list)
    campaigns: list[Seeded] = field(default_factory=list)
    reserve_micros: int = 0
    forgetful: bool = False
    history: list[tables.Progress] = field(default_factory=list)

    @property
    def tenant(self) -> str:
        """The scenario's own: tenants never share a contact, a number or a lock."""
        return f"tenant-{self.number}"

    def people(self, count: int, digits: str = BRIEF, first: int = 0) -> list[str]:
        """Numbers of the scenario's own; the last two digits choose the telephones."""
        return [
            f"+1212{self.number:02}{serial:03}{digits}" for serial in range(first, first + count)
        ]

    async def open(self) -> None:
        """Make the account known to the dialer."""
        async with self._seeder() as seeder:
            await seeder.account(f"+1646{self.number:02}00000")

    async def run(self, wanted: Wanted) -> Seeded:
        """Let a campaign run."""
        async with self._seeder() as seeder:
            seeded = await seeder.campaign(wanted)
        self.campaigns.append(seeded)
        return seeded

    def ban(self, why: str, **ban: object) -> None:
        """From now on nothing of this may be sent."""
        self.bans.append(Ban(why=why, at=time.time(), **ban))  # type: ignore[arg-type]  # checked at run time

    @property
    def posts(self) -> int:
        """Requests to place a call so far."""
        return len(self.rig.ledger.posts([self.account.sid]))

    async def posted(self, count: int, within: float = 60.0) -> None:
        """Wait until so many requests were made."""
        async with asyncio.timeout(within):
            while self.posts < count:  # noqa: ASYNC110  # the emulator's ledger has no event
                await asyncio.sleep(POLL_SECONDS / 10)

    async def settled(self, within: float) -> bool:
        """Wait until nothing will happen any more; whether that came in time."""
        try:
            async with asyncio.timeout(within):
                while not (await self.progress()).settled:  # noqa: ASYNC110  # one asks
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            return False
        return True

    async def progress(self) -> tables.Progress:
        """How far the campaigns are."""
        async with self.rig.database() as connection:
            now = await tables.progress(connection, self.tenant)
        self.history.append(now)
        return now

    async def evidence(self) -> Evidence:
        """Everything that the oracle is to judge."""
        rig, accounts = self.rig, [self.account.sid]
        async with rig.database() as connection:
            contacts = await tables.contacts(connection, self.tenant)
            attempts = await tables.attempts(connection, self.tenant)
            costs = await tables.costs(connection, self.tenant, self.reserve_micros)
        return Evidence(
            limits=self.limits,
            posts=rig.ledger.posts(accounts),
            calls=rig.ledger.calls(accounts),
            accepted=[contact for each in self.campaigns for contact in each.contacts],
            contacts=contacts,
            attempts=attempts,
            finished=await told(rig.kafka.bootstrap, self.tenant),
            bans=self.bans,
            costs=costs,
            slots_used=await rig.slots_used(),
            alarms=await rig.replicas.total(DOUBLE_DIALS),
            forgetful=self.forgetful,
        )

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection]:
        """For what a scenario does to the dialer's tables."""
        async with self.rig.database() as connection:
            yield connection

    @asynccontextmanager
    async def _seeder(self) -> AsyncIterator[Seeder]:
        async with self.rig.database() as connection:
            yield Seeder(connection, self.rig.identities.vault, self.tenant, self.account)
