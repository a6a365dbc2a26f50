"""One scenario's part of a rig: a tenant with accounts, numbers and campaigns of its own."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import asyncpg

from trunkline_cli.chaos import meddling, tables
from trunkline_cli.chaos.evidence import Attempt, Ban, Limits
from trunkline_cli.chaos.rig import PATIENT, Rig
from trunkline_cli.chaos.seeding import Seeded, Seeder, Wanted
from trunkline_cli.chaos.until import until
from twilio_emulator.rest import Account, Fault

MIXED = (*(PATIENT,) * 5, "75", "78", "70", "82", "81")
"""Five listen; the others are busy, away, a voicemail, out of order, and no number at all."""

LIMITS = Limits(cps=10.0, in_flight=450, gap_seconds=900.0, per_contact=2, per_day=3)
"""What a scenario promises that says nothing else."""

OF_ALL = frozenset(
    (
        *("slow", "too_many_requests", "refuse", "close_at_once"),
        *("cps_factor", "storm", "list_lags", "list_down"),
    )
)
"""Faults of the whole emulator: they strike before it is known whose call it is."""

SKIPPED = timedelta(minutes=20)  # above the 15 minutes between two calls, and their spread


@dataclass(slots=True)
class Stage:
    """Where a scenario plays. What it promises the oracle stands in `limits` and `bans`."""

    rig: Rig
    number: int
    accounts: Sequence[Account]
    """The first is the scenario's own; few need another."""
    random: random.Random
    scale: float = 1.0
    """What long waits are multiplied by: the fault list's own lengths are 1."""
    limits: Limits = LIMITS
    bans: list[Ban] = field(default_factory=list)
    campaigns: list[Seeded] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    """What the scenario itself has seen to be wrong."""
    notes: list[str] = field(default_factory=list)
    shortened: list[tuple[float, float]] = field(default_factory=list)
    """Seconds of the fault list, and how many of them it really were."""
    forgetful: bool = False
    skips: list[float] = field(default_factory=list)
    """When the time between two calls was skipped, in Unix seconds."""

    @property
    def account(self) -> Account:
        """Whose calls these are."""
        return self.accounts[0]

    @property
    def tenant(self) -> str:
        """The scenario's own: tenants never share a contact, a number or a lock."""
        return f"tenant-{self.number}"

    @property
    def posts(self) -> int:
        """Requests to place a call so far."""
        return len(self.rig.ledger.posts([account.sid for account in self.accounts]))

    @property
    def range(self) -> str:
        """How all numbers of the scenario begin."""
        return f"+1212{self.number:02}"

    def people(self, count: int, digits: Sequence[str] = (PATIENT,)) -> list[str]:
        """Numbers of the scenario's own; the last two digits choose the telephones, in turn."""
        return [f"{self.range}{serial:03}{digits[serial % len(digits)]}" for serial in range(count)]

    async def open(self) -> None:
        """Make the accounts known to the dialer."""
        for number, account in enumerate(self.accounts):
            async with self.seeder(account) as seeder:
                await seeder.account(f"+1646{self.number:02}{number}0000")

    async def run(self, wanted: Wanted, account: Account | None = None) -> Seeded:
        """Let a campaign run."""
        async with self.seeder(account or self.account) as seeder:
            seeded = await seeder.campaign(wanted)
        self.campaigns.append(seeded)
        return seeded

    def inject(self, *faults: Fault) -> list[int]:
        """Let something go wrong at Twilio; only for the scenario's own calls, where a fault knows
        whose it meets."""
        return [self.rig.twilio.inject(self._own(fault)) for fault in faults]

    def _own(self, fault: Fault) -> Fault:
        return fault if fault.kind in OF_ALL else fault.only_to(self.range)

    def mend(self, faults: Sequence[int]) -> None:
        """Let it go right again."""
        for number in faults:
            self.rig.twilio.remove(number)

    def ban(
        self,
        why: str,
        *,
        to: str = "",
        campaign_id: str = "",
        grace: float = 0.0,
    ) -> None:
        """From now on nothing of this may be sent; for this account, where nothing else is said."""
        account = "" if to or campaign_id else self.account.sid
        self.bans.append(
            Ban(
                why=why,
                at=time.time(),
                to=to,
                campaign_id=campaign_id,
                account_sid=account,
                grace=grace,
            )
        )

    def lift(self) -> None:
        """What was banned may be sent again."""
        now = time.time()
        self.bans = [replace(ban, until=ban.until or now) for ban in self.bans]

    def seconds(self, full: float, *, least: float = 0.0) -> float:
        """How long something lasts that the fault list lets last so long."""
        lasting = min(full, max(least, full * self.scale))
        if lasting < full and (full, lasting) not in self.shortened:
            self.shortened.append((full, lasting))
        return lasting

    async def wait(self, full: float, *, least: float = 0.0) -> None:
        """Let that pass."""
        await asyncio.sleep(self.seconds(full, least=least))

    async def posted(self, count: int, within: float = 180.0) -> None:
        """Wait until so many requests were made."""

        async def are_posted() -> bool:
            return self.posts >= count

        await until(are_posted, within=within, every=0.05)

    async def all_tried(self, within: float = 300.0) -> None:
        """Wait until everybody has been asked for at least once, or has come to an end. Where
        nobody is called because the account pauses, its time passes."""
        query = """
            SELECT count(*) FROM dialer.contact
             WHERE tenant_id = $1 AND disposition IS NULL
               AND NOT EXISTS (SELECT FROM dialer.attempt WHERE contact_id = contact.id
                                  AND posting_at IS NOT NULL AND state <> 'released')
        """

        async def are_tried() -> bool:
            if not await self._ask(query):
                return True
            async with self.rig.database() as connection:
                await self.pass_time(connection)
            return False

        await until(are_tried, within=within, every=1.0)

    async def is_over(self) -> bool:
        """Whether everybody has come to an end."""
        query = "SELECT count(*) FROM dialer.contact WHERE tenant_id = $1 AND disposition IS NULL"
        return not await self._ask(query)

    async def attempts(self) -> list[Attempt]:
        """What was tried so far."""
        async with self.rig.database() as connection:
            return await tables.attempts(connection, self.tenant)

    async def dead_tuples(self) -> int:
        """Rows of the dialer's tables that nobody can see and nobody has cleaned up."""
        async with self.rig.database() as connection:
            return await tables.dead_tuples(connection)

    async def pass_time(self, connection: asyncpg.Connection) -> bool:
        """Skip the time between two calls, if that is all that is waited for."""
        passed = await meddling.pass_time(connection, self.tenant, SKIPPED)
        if passed:
            self.skips.append(time.time())
        return passed

    @asynccontextmanager
    async def seeder(self, account: Account) -> AsyncIterator[Seeder]:
        """Writes for one of the accounts."""
        async with self.rig.database() as connection:
            yield Seeder(connection, self.rig.identities.vault, self.tenant, account)

    async def _ask(self, query: str) -> int:
        async with self.rig.database() as connection:
            return int(await connection.fetchval(query, self.tenant, timeout=tables.SECONDS))
