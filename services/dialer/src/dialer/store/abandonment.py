"""Campaigns that leave too many people without an agent, by the rules of who is called."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.pacing import abandons_too_many
from dialer.presets import Abandonment, Purpose
from dialer.presets_table import DIALABLE
from dialer.store.breakers import pause
from dialer.store.clock import now
from dialer.store.outbox import Announcements
from dialer.store.rules import overrides_of, rules_for

RECENT, NONE = timedelta(minutes=15), timedelta(0)

Limits = Callable[[str], Sequence[Abandonment]]

# attempt_answered finds the calls. What was reserved before the campaign was last resumed or edited
# has had its consequence.
_SUSPECTS = text("""
SELECT campaign.id, campaign.tenant_id, campaign.purpose
FROM dialer.account
JOIN dialer.attempt ON attempt.account_sid = account.account_sid
                   AND attempt.answered_at > now() - CAST(:recent AS interval)
JOIN dialer.campaign ON campaign.id = attempt.campaign_id
WHERE attempt.abandoned AND campaign.state = 'running'
  AND attempt.generation = campaign.generation
GROUP BY campaign.id ORDER BY campaign.id
""")

# attempt_answered finds the account's answered calls, and contact's primary key where they went.
_SHARES = text("""
SELECT contact.country, asked.period, count(*) AS answered,
       count(*) FILTER (WHERE attempt.abandoned) AS abandoned
FROM unnest(CAST(:periods AS interval[])) AS asked (period)
JOIN dialer.campaign ON campaign.id = :id
JOIN dialer.attempt ON attempt.account_sid = campaign.account_sid
                   AND attempt.answered_at > now() - CAST(:longest AS interval)
                   AND attempt.answered_at > now() - asked.period
                   AND attempt.campaign_id = campaign.id
JOIN dialer.contact ON contact.id = attempt.contact_id
WHERE coalesce(attempt.answered_by, '') NOT LIKE 'machine%'
  AND coalesce(attempt.answered_by, '') <> 'fax'
GROUP BY contact.country, asked.period
""")


async def pause_campaigns(connection: AsyncConnection) -> None:
    """Pause those that have let somebody down just now, and by that too many."""
    told, moment = Announcements(), await now(connection)
    for row in (await connection.execute(_SUSPECTS, {"recent": RECENT})).all():
        limits = await _limits(connection, row)
        if await _passes(connection, row.id, limits):
            await pause(connection, row.tenant_id, row.id, "abandonment", told)
    await told.write(connection, moment)


async def _limits(connection: AsyncConnection, campaign: Row[tuple[UUID, str, str]]) -> Limits:
    """What each country permits to this campaign."""
    overrides = await overrides_of(connection, campaign.tenant_id, campaign.id)
    purpose = Purpose(campaign.purpose)

    def of(country: str) -> Sequence[Abandonment]:
        rules = rules_for(country, (), purpose, overrides)
        return rules.abandonment if rules else ()

    return of


async def _passes(connection: AsyncConnection, campaign_id: UUID, limits: Limits) -> bool:
    """Whether one country's limit is passed by the calls to it."""
    periods = {limit.period for country in DIALABLE for limit in limits(country)}
    values = {"id": campaign_id, "periods": sorted(periods), "longest": max(periods, default=NONE)}
    return any(
        limit.period == row.period and abandons_too_many(row.answered, row.abandoned, limit.share)
        for row in await connection.execute(_SHARES, values)
        for limit in limits(row.country)
    )
