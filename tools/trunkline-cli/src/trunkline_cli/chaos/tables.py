"""What the dialer's tables say, as evidence. Read only: nothing here changes a row."""

from dataclasses import dataclass

import asyncpg

from trunkline_cli.chaos.evidence import Attempt, Contact

SECONDS = 20.0
_COUNTS = ("contacts", "over", "attempts", "live", "untold")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a tenant's campaigns are."""

    contacts: int
    over: int
    attempts: int
    live: int
    """Attempts that may have an effect yet, or hold their number."""
    untold: int
    """Events that wait for the bus."""

    @property
    def settled(self) -> bool:
        """Whether nothing will happen any more."""
        return self.over == self.contacts and not self.live and not self.untold


@dataclass(frozen=True, slots=True)
class Capped:
    """A campaign with a cost cap, in millionths."""

    campaign_id: str
    spent: int
    cap: int
    per_call: int


NOTHING = Progress(contacts=0, over=0, attempts=0, live=0, untold=0)


async def progress(connection: asyncpg.Connection) -> dict[str, Progress]:
    """How far every tenant is; by scans, which are fast enough for thousands."""
    rows = await connection.fetch(
        """
        WITH contact AS (
            SELECT tenant_id, count(*) AS contacts, count(disposition) AS over
              FROM dialer.contact GROUP BY tenant_id),
        attempt AS (
            SELECT tenant_id, count(*) AS attempts,
                   count(*) FILTER (WHERE holds_number OR NOT settled) AS live
              FROM dialer.attempt GROUP BY tenant_id),
        untold AS (
            SELECT tenant_id, count(*) AS untold
              FROM dialer.outbox WHERE published_at IS NULL GROUP BY tenant_id)
        SELECT tenant_id, contacts, over, coalesce(attempts, 0) AS attempts,
               coalesce(live, 0) AS live, coalesce(untold, 0) AS untold
          FROM contact LEFT JOIN attempt USING (tenant_id) LEFT JOIN untold USING (tenant_id)
        """,
        timeout=SECONDS,
    )
    return {row["tenant_id"]: Progress(**{n: row[n] for n in _COUNTS}) for row in rows}


async def contacts(connection: asyncpg.Connection, tenant: str) -> list[Contact]:
    """All of the tenant's contacts."""
    rows = await connection.fetch(
        """
        SELECT id::text, campaign_id::text, state, disposition
          FROM dialer.contact WHERE tenant_id = $1
        """,
        tenant,
        timeout=SECONDS,
    )
    return [Contact(**dict(row)) for row in rows]


async def attempts(connection: asyncpg.Connection, tenant: str) -> list[Attempt]:
    """All of the tenant's attempts."""
    rows = await connection.fetch(
        """
        SELECT id::text, contact_id::text, campaign_id::text, state, holds_number, settled,
               sid, second_sid
          FROM dialer.attempt WHERE tenant_id = $1
        """,
        tenant,
        timeout=SECONDS,
    )
    return [Attempt(**dict(row)) for row in rows]


async def costs(connection: asyncpg.Connection, tenant: str) -> list[Capped]:
    """What the campaigns with a cap have cost, as the dialer reckons."""
    rows = await connection.fetch(
        """
        SELECT id::text AS campaign_id, cost_micros AS spent, cost_cap_micros AS cap,
               coalesce((policy->>'call_cost_micros')::bigint, 0) AS per_call
          FROM dialer.campaign WHERE tenant_id = $1 AND cost_cap_micros IS NOT NULL
        """,
        tenant,
        timeout=SECONDS,
    )
    return [Capped(**dict(row)) for row in rows]


async def dead_tuples(connection: asyncpg.Connection) -> int:
    """Over all tables of the dialer."""
    query = "SELECT sum(n_dead_tup) FROM pg_stat_user_tables WHERE schemaname = 'dialer'"
    return int(await connection.fetchval(query, timeout=SECONDS) or 0)
