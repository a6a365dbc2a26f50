"""What the tests of the store and of everything above it share: keys, rows, one worker."""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from cryptography.fernet import Fernet
from rows import ACCOUNT, TENANT, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.attempt_events import Event
from dialer.gates import Deferred, Terminal
from dialer.invitations import Invitations
from dialer.news import News
from dialer.store.attempts import lock
from dialer.store.claim import Claimant, Claimed, Reserved
from dialer.store.inbox import Batch, Inbox, Taken, Told
from dialer.store.reduction import Chances, Reduction, Todo
from dialer.store.snapshot import World
from dialer.store.workers import register
from dialer.store.write_ahead import Ahead, Lost, WriteAhead, decline
from trunkline.bus import TopicPartition
from trunkline.database.engine import open_engine
from trunkline.database.transaction import transaction
from trunkline.events.topics import CALLBACKS, DIALER_EVENTS
from trunkline.protect import NumberVault

FROM = "+15005550006"
PEPPER = b"p" * 32
TICKET_KEY = Fernet.generate_key().decode()
DATA_KEY = Fernet.generate_key().decode()
VAULT = NumberVault({"k1": PEPPER}, [DATA_KEY])
CHANCES = Chances(jitter=lambda: 0.0)
OPEN = World(bus_lag=timedelta(0), free_slots=100)


@dataclass
class Desk:
    """One worker at a database of the test's own, with an account and a number to call from."""

    engine: AsyncEngine
    connection: asyncpg.Connection
    epoch: uuid.UUID
    vault: NumberVault = field(default=VAULT)

    async def campaign(self, **values: Any) -> uuid.UUID:
        """A running campaign: an emergency, which knows no hours."""
        row = {"state": "running", "purpose": "emergency", **values}
        campaign: uuid.UUID = await insert(self.connection, "campaign", **row)
        return campaign

    async def contact(self, campaign: uuid.UUID, number: str, **values: Any) -> uuid.UUID:
        """A ready contact with this number."""
        index = self.vault.index(TENANT, number)
        row = {
            "campaign_id": campaign,
            "num_hmac": index.hmac,
            "num_enc": self.vault.encrypt(number),
            "zones": ["America/New_York"],
        }
        contact: uuid.UUID = await insert(self.connection, "contact", **{**row, **values})
        return contact

    async def claim(
        self, campaign: uuid.UUID, world: World = OPEN, wanted: Mapping[int, int] | None = None
    ) -> Claimed:
        """Reserve what is ready."""
        claimant = Claimant(self.vault, CHANCES)
        async with transaction(self.engine) as connection:
            return await claimant.claim(
                connection, self.epoch, campaign, wanted or {0: 10, 1: 10, 2: 10}, world
            )

    async def write_ahead(
        self, reserved: Reserved, world: World = OPEN, epoch: uuid.UUID | None = None
    ) -> Ahead | Lost | Deferred | Terminal:
        """Try to write an attempt ahead; where a gate is closed, it is declined."""
        async with transaction(self.engine) as connection:
            invite = Invitations([TICKET_KEY], self.vault).of
            ahead = await WriteAhead(self.vault, CHANCES, invite).commit(
                connection, epoch or self.epoch, reserved, world
            )
        if not isinstance(ahead, Ahead | Lost):
            async with transaction(self.engine) as connection:
                await decline(connection, CHANCES, reserved.attempt_id, ahead)
        return ahead

    async def posted(self, campaign: uuid.UUID, number: str) -> Reserved:
        """A contact whose attempt is written ahead."""
        await self.contact(campaign, number)
        reserved = (await self.claim(campaign)).reserved[0]
        assert isinstance(await self.write_ahead(reserved), Ahead)
        return reserved

    async def take_in(
        self, *news: News, partition: int = 0, first: int = 0, topic: str = CALLBACKS.name
    ) -> Taken:
        """Let the bus tell these, one record after the other."""
        told = [Told(first + n, each) for n, each in enumerate(news)]
        where = TopicPartition(topic, partition)
        batch = Batch(where, told, first + len(news), datetime.now(UTC))
        async with transaction(self.engine) as connection:
            return await Inbox(self.vault, CHANCES).take_in(connection, [batch])

    async def feed(self, attempt_id: uuid.UUID, *events: Event) -> Sequence[Todo]:
        """Let these happen to an attempt."""
        async with transaction(self.engine) as connection:
            work = await Reduction.begin(connection, CHANCES)
            held = await lock(connection, [attempt_id])
            await work.feed(held[attempt_id], *events)
            await work.finish()
        return work.todo

    async def row(self, table: str, row_id: object, key: str = "id") -> dict[str, Any]:
        """A row as it stands."""
        found = await self.connection.fetchrow(
            f"SELECT * FROM dialer.{table} WHERE {key} = $1", row_id
        )
        assert found is not None
        return dict(found)

    async def told(self) -> list[str]:
        """The types of the events in the outbox, in order."""
        rows = await self.connection.fetch(
            "SELECT type FROM dialer.outbox WHERE topic = $1 ORDER BY id", DIALER_EVENTS.name
        )
        return [row["type"] for row in rows]


@asynccontextmanager
async def at_desk(database_url: str) -> AsyncIterator[Desk]:
    """A desk with an account of 10 calls a second, and a number to call from."""
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        await insert(connection, "account", cps=10.0)
        index = VAULT.index(TENANT, FROM)
        values = {"num_hmac": index.hmac, "num_enc": VAULT.encrypt(FROM)}
        await insert(connection, "from_number", **values)
        async with open_engine(database_url, "test") as engine:
            async with transaction(engine) as session:
                epoch, _ = await register(session, "worker")
            yield Desk(engine, connection, epoch)
    finally:
        await connection.close()


__all__ = [
    "ACCOUNT",
    "CHANCES",
    "DATA_KEY",
    "FROM",
    "OPEN",
    "PEPPER",
    "TENANT",
    "VAULT",
    "Desk",
    "at_desk",
]
