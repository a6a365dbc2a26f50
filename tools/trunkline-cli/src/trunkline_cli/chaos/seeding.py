"""Campaigns and contacts, written straight into the dialer's tables: as many as needed, at once."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from trunkline.protect import NumberVault
from twilio_emulator.rest import Account

SECONDS = 30.0
AGENT = "receptionist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A campaign that is to run. `numbers` are those of its contacts."""

    numbers: Sequence[str] = field(repr=False)
    name: str = "chaos"
    purpose: str = "emergency"
    """Emergencies know no hours: a run must not depend on the time of day."""
    policy: Mapping[str, Any] = field(default_factory=dict)
    zones: tuple[str, ...] = ("America/New_York",)
    weight: float = 1.0
    cps: float | None = None
    max_in_flight: int | None = None
    cost_cap_micros: int | None = None
    ends_in_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Seeded:
    """A campaign that runs, and the ids of its contacts in the order of their numbers."""

    id: str
    contacts: tuple[str, ...]


class Seeder:
    """Writes for one tenant and one account."""

    def __init__(
        self, connection: asyncpg.Connection, vault: NumberVault, tenant: str, account: Account
    ) -> None:
        self._connection = connection
        self._vault = vault
        self._tenant = tenant
        self._account = account

    async def account(self, sender: str) -> None:
        """The account, and the number that it calls from."""
        index = self._vault.index(self._tenant, sender)
        async with self._connection.transaction():
            await self._run(
                "INSERT INTO dialer.account (account_sid, tenant_id, cps) VALUES ($1, $2, $3)",
                *(self._account.sid, self._tenant, self._account.cps),
            )
            await self._run(
                """
                INSERT INTO dialer.from_number (id, tenant_id, account_sid, num_key, num_hmac,
                                                num_enc, region)
                VALUES ($1, $2, $3, $4, $5, $6, 'US')
                """,
                *(uuid.uuid4(), self._tenant, self._account.sid),
                *(index.key, index.hmac, self._vault.encrypt(sender)),
            )
            await self._run(
                """
                INSERT INTO dialer.rule_override (id, tenant_id, country, rule, value, reason,
                                                  approved_by)
                VALUES ($1, $2, 'US', 'abandonment', '[]', 'Faults let people down.', 'chaos')
                """,
                *(uuid.uuid4(), self._tenant),
            )

    async def campaign(self, wanted: Wanted) -> Seeded:
        """A campaign and all of its contacts, in one transaction: it runs from its commit on."""
        campaign = uuid.uuid4()
        contacts = [self._contact(campaign, wanted, number) for number in wanted.numbers]
        async with self._connection.transaction():
            await self._run(
                """
                INSERT INTO dialer.campaign (id, tenant_id, account_sid, name, agent_id, purpose,
                                             state, policy, weight, cps, max_in_flight,
                                             cost_cap_micros, started_at, ends_at)
                VALUES ($1, $2, $3, $4, $5, $6, 'running', $7, $8, $9, $10, $11, clock_timestamp(),
                        clock_timestamp() + make_interval(secs => $12))
                """,
                *(campaign, self._tenant, self._account.sid, wanted.name, AGENT, wanted.purpose),
                *(json.dumps(wanted.policy), wanted.weight, wanted.cps, wanted.max_in_flight),
                *(wanted.cost_cap_micros, wanted.ends_in_seconds),
            )
            await self._connection.copy_records_to_table(
                "contact",
                schema_name="dialer",
                records=contacts,
                columns=_COLUMNS,
                timeout=SECONDS,
            )
        return Seeded(str(campaign), tuple(str(contact[0]) for contact in contacts))

    def _contact(self, campaign: uuid.UUID, wanted: Wanted, number: str) -> tuple[Any, ...]:
        index = self._vault.index(self._tenant, number)
        hidden = (index.key, index.hmac, self._vault.encrypt(number))
        return uuid.uuid4(), self._tenant, campaign, *hidden, "US", list(wanted.zones)

    async def _run(self, statement: str, *values: Any) -> None:
        await self._connection.execute(statement, *values, timeout=SECONDS)


_COLUMNS = ["id", "tenant_id", "campaign_id", "num_key", "num_hmac", "num_enc", "country", "zones"]
