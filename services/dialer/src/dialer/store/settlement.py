"""What became of an attempt, told to its contact in the same transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.attempt_events import Settle
from dialer.contact import ContactState, Settled, settle
from dialer.presets import Rules
from dialer.store import contacts
from dialer.store.attempts import Held
from dialer.store.campaigns import CampaignFacts, read_campaign
from dialer.store.contacts import HeldContact
from dialer.store.outbox import Announcements
from dialer.store.rules import overrides_of, rules_for
from dialer.windows import Hours, next_opening
from trunkline.events.dial import AttemptFinished

Opening = Callable[[datetime], datetime | None]


async def settle_contact(
    connection: AsyncConnection,
    held: Held,
    told_by: Settle,
    *,
    now: datetime,
    jitter: float,
    told: Announcements,
) -> Mapping[str, object]:
    """Give the contact its outcome, take back what the attempt did not use, and tell of its end.

    Returns what becomes of the attempt's own columns.
    """
    contact = (await contacts.lock(connection, [held.contact_id]))[held.contact_id]
    campaign = await read_campaign(connection, held.campaign_id)
    overrides = await overrides_of(connection, held.tenant_id, held.campaign_id)
    rules = rules_for(contact.country, contact.subdivisions, campaign.purpose, overrides)
    settled = Settled(
        outcome=told_by.outcome,
        counts=told_by.counts,
        now=now,
        jitter=jitter,
        next_opening=opening_of(campaign, contact, rules, timedelta(0)),
        barred=await _barred(connection, campaign, contact, now),
    )
    after = settle(contact.value, settled, campaign.policy.ladder())
    told.add(held.tenant_id, held.campaign_id, _finished(held, told_by))
    await contacts.save(connection, contact, after, told)
    return await _account(connection, held, told_by, told)


def opening_of(
    campaign: CampaignFacts, contact: HeldContact, rules: Rules | None, margin: timedelta
) -> Opening:
    """When this contact may be called from a moment on."""
    hours: Sequence[Hours] = campaign.policy.hours() + (rules.hours if rules else ())
    if not hours:
        return lambda moment: moment
    zones = campaign.policy.zones(contact.country, contact.zones)
    return lambda moment: next_opening(moment, hours, zones, margin)


# suppression's unique index finds the number.
_SUPPRESSED = text("""
SELECT EXISTS (
    SELECT FROM dialer.suppression
    WHERE tenant_id = :tenant_id AND num_hmac = :num_hmac
      AND (expires_at IS NULL OR expires_at > clock_timestamp())
      AND (scope, scope_key) IN (('tenant', ''), ('account', CAST(:account AS text)),
                                 ('campaign', CAST(:campaign AS text))))
""")


async def _barred(
    connection: AsyncConnection, campaign: CampaignFacts, contact: HeldContact, now: datetime
) -> ContactState | None:
    """Why nobody may call the contact again, whatever became of this attempt.

    A suppression under an older key is found by the gates, which ask for the number under all.
    """
    if campaign.state in ("cancelling", "cancelled"):
        return ContactState.CANCELLED
    if campaign.ends_at is not None and now >= campaign.ends_at:
        return ContactState.EXPIRED
    values = {
        "tenant_id": contact.tenant_id,
        "num_hmac": contact.num_hmac,
        "account": campaign.account_sid,
        "campaign": str(campaign.id),
    }
    found = (await connection.execute(_SUPPRESSED, values)).scalar_one()
    return ContactState.SUPPRESSED if found else None


# The primary key finds it.
_UNCOUNT = text("UPDATE dialer.freq_ledger SET counted = false WHERE attempt_id = :attempt_id")


async def _account(
    connection: AsyncConnection, held: Held, told_by: Settle, told: Announcements
) -> Mapping[str, object]:
    outcome = {"outcome": told_by.outcome.value}
    if told_by.counts:
        return {**outcome, "counted": True}
    await connection.execute(_UNCOUNT, {"attempt_id": held.id})
    if not held.cost_micros:
        return outcome
    told.refund(held.campaign_id, held.cost_micros)
    return {**outcome, "cost_micros": 0}


def _finished(held: Held, told_by: Settle) -> AttemptFinished:
    return AttemptFinished(
        attempt_id=str(held.id),
        contact_id=str(held.contact_id),
        attempt_no=held.attempt_no,
        outcome=told_by.outcome.value,
        reason=told_by.reason,
        counted=told_by.counts,
        call_sid=held.life.sid,
    )
