"""What scenarios do to the dialer's tables: what its API would do, and what time would."""

from datetime import timedelta

import asyncpg

from trunkline.protect import NumberVault
from trunkline_cli.chaos.until import until

SECONDS = 20.0
NOTICED_SECONDS = 60.0


async def suppress(
    connection: asyncpg.Connection, vault: NumberVault, tenant: str, number: str
) -> None:
    """Let nobody call a number any more, under the locks of the gates."""
    index = vault.index(tenant, number)
    async with connection.transaction():
        for lock in vault.locks(tenant, number):
            await connection.execute("SELECT pg_advisory_xact_lock($1)", lock, timeout=SECONDS)
        await connection.execute(
            """
            INSERT INTO dialer.suppression (id, tenant_id, num_key, num_hmac, reason, source)
            VALUES (gen_random_uuid(), $1, $2, $3, 'opt_out', 'api')
            ON CONFLICT DO NOTHING
            """,
            *(tenant, index.key, index.hmac),
            timeout=SECONDS,
        )


async def begin_pause(connection: asyncpg.Connection, campaign: str) -> None:
    """Ask for a pause: nothing that was reserved before is posted after it."""
    await connection.execute(
        """
        UPDATE dialer.campaign
           SET state = 'pausing', generation = generation + 1, version = version + 1
         WHERE id = $1::text::uuid AND state = 'running'
        """,
        campaign,
        timeout=SECONDS,
    )


async def resume(connection: asyncpg.Connection, campaign: str) -> None:
    """Go on, also where the pause is not complete yet."""
    await connection.execute(
        """
        UPDATE dialer.campaign
           SET state = 'running', generation = generation + 1, version = version + 1
         WHERE id = $1::text::uuid AND state IN ('pausing', 'paused')
        """,
        campaign,
        timeout=SECONDS,
    )


async def until_paused(connection: asyncpg.Connection, campaign: str, within: float) -> None:
    """Wait until the campaign says that it is paused."""
    state = "SELECT state FROM dialer.campaign WHERE id = $1::text::uuid"

    async def is_paused() -> bool:
        return bool(await connection.fetchval(state, campaign, timeout=SECONDS) == "paused")

    await until(is_paused, within=within)


async def until_recovered(connection: asyncpg.Connection, within: float) -> None:
    """Wait until the dialer has noticed that the database is another, and has made up for it."""
    state = "SELECT changed_at IS NOT NULL FROM dialer.fence"

    async def is_recovering() -> bool:
        return bool(await connection.fetchval(state, timeout=SECONDS))

    async def is_recovered() -> bool:
        return not await is_recovering()

    await until(is_recovering, within=NOTICED_SECONDS)
    await until(is_recovered, within=within)


async def stop(connection: asyncpg.Connection, tenant: str, account_sid: str) -> None:
    """An emergency stop of an account; when this returns, it is in force."""
    await connection.execute(
        """
        INSERT INTO dialer.emergency_stop (id, tenant_id, scope, scope_key, reason, stopped_by)
        VALUES (gen_random_uuid(), $1, 'account', $2, 'chaos', 'chaos')
        """,
        *(tenant, account_sid),
        timeout=SECONDS,
    )


async def lift_stops(connection: asyncpg.Connection, tenant: str) -> None:
    """Let the tenant's accounts call again."""
    await connection.execute(
        """
        UPDATE dialer.emergency_stop SET lifted_by = 'chaos', lifted_at = clock_timestamp()
         WHERE tenant_id = $1 AND lifted_at IS NULL
        """,
        tenant,
        timeout=SECONDS,
    )


async def raise_cap(connection: asyncpg.Connection, campaign: str, micros: int) -> None:
    """Let the campaign cost more."""
    await connection.execute(
        "UPDATE dialer.campaign SET cost_cap_micros = $2 WHERE id = $1::text::uuid",
        *(campaign, micros),
        timeout=SECONDS,
    )


async def end_now(connection: asyncpg.Connection, campaign: str) -> None:
    """Let the campaign be over: whoever was not called is called no more."""
    await connection.execute(
        "UPDATE dialer.campaign SET ends_at = clock_timestamp() WHERE id = $1::text::uuid",
        campaign,
        timeout=SECONDS,
    )


async def close_breaker(connection: asyncpg.Connection, account_sid: str) -> None:
    """What a person does who has looked at the account."""
    await connection.execute(
        """
        UPDATE dialer.account SET breaker = 'closed', breaker_reason = NULL, breaker_until = NULL
         WHERE account_sid = $1
        """,
        account_sid,
        timeout=SECONDS,
    )


async def pass_time(connection: asyncpg.Connection, tenant: str, by: timedelta) -> bool:
    """Let the tenant's past be longer ago, so that those who wait have waited.

    Only while somebody waits, for a next call, for a number to be free again or for a breaker that
    closes by itself, and nothing is live, neither a call nor a question about one: tokens and
    requests live by the real clock. Returns whether time has passed.
    """
    async with connection.transaction():
        idle = await connection.fetchval(
            """
            SELECT (EXISTS (SELECT FROM dialer.contact WHERE tenant_id = $1 AND state = 'waiting')
                    OR EXISTS (SELECT FROM dialer.attempt WHERE tenant_id = $1 AND holds_number)
                    OR EXISTS (SELECT FROM dialer.account
                                WHERE tenant_id = $1 AND breaker_until IS NOT NULL))
               AND NOT EXISTS (SELECT FROM dialer.contact JOIN dialer.campaign
                                            ON campaign.id = contact.campaign_id
                                          JOIN dialer.account USING (account_sid)
                                WHERE contact.tenant_id = $1
                                  AND (contact.state = 'dialing' OR contact.state = 'ready'
                                       AND account.breaker_until IS NULL))
               AND NOT EXISTS (SELECT FROM dialer.attempt WHERE tenant_id = $1 AND NOT settled)
            """,
            tenant,
            timeout=SECONDS,
        )
        if idle:
            for statement in _SHIFTS:
                await connection.execute(statement, tenant, by, timeout=SECONDS)
    return bool(idle)


_SHIFTS = (
    "UPDATE dialer.contact SET next_at = next_at - $2::interval WHERE tenant_id = $1",
    """
    UPDATE dialer.attempt
       SET reserved_at = reserved_at - $2::interval, posting_at = posting_at - $2::interval,
           returned_at = returned_at - $2::interval, answered_at = answered_at - $2::interval,
           connected_at = connected_at - $2::interval, ended_at = ended_at - $2::interval,
           token_expires_at = token_expires_at - $2::interval, bound_at = bound_at - $2::interval,
           created_at = created_at - $2::interval, updated_at = updated_at - $2::interval,
           due_at = due_at - $2::interval
     WHERE tenant_id = $1
    """,
    "UPDATE dialer.account SET breaker_until = breaker_until - $2::interval WHERE tenant_id = $1",
    "UPDATE dialer.freq_ledger SET posted_at = posted_at - $2::interval WHERE tenant_id = $1",
)
