"""Everything that decides about calls, read in one transaction: what the gates are shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.contact import ContactState
from dialer.gates import Snapshot
from dialer.pacing import may_post
from dialer.policy import Policy
from dialer.store.campaigns import CampaignFacts
from dialer.store.contacts import HeldContact
from dialer.store.fence import NOTHING_MISSING, Recovery
from dialer.store.rules import overrides_of, rules_for
from trunkline.protect import NumberVault

QUEUE_ALLOWANCE = timedelta(seconds=60)
RING_MORE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class World:
    """What a process knows that the database does not."""

    bus_lag: timedelta | None
    """How far behind the inbox is; none: the bus cannot be asked."""
    free_slots: int
    """Calls that the gateways can take, by what they said in the last five seconds."""
    recovery: Recovery = NOTHING_MISSING
    """Which accounts have to wait, as far as the process knows."""
    heartbeat_at: datetime | None = None
    """The process's last heartbeat: a database that does not know it is an older one."""


@dataclass(frozen=True, slots=True)
class Callee:
    """A contact that may be called, its number, and how this call is to be."""

    contact: HeldContact
    e164: str = field(repr=False)
    policy: Policy
    generation: int
    """Of the campaign, when the contact was reserved."""
    state: ContactState = ContactState.DIALING
    """Where the contact stands; one that is only about to be reserved as if it were."""


async def snapshots(
    connection: AsyncConnection,
    vault: NumberVault,
    campaign: CampaignFacts,
    callees: Sequence[Callee],
    world: World,
    now: datetime,
) -> list[Snapshot]:
    """What holds now for each of these, in their order."""
    overrides = await overrides_of(connection, campaign.tenant_id, campaign.id)
    account = await _account(connection, campaign)
    room = _room(campaign, account, world)
    past = await _past(connection, vault, campaign, callees)
    return [
        Snapshot(
            now=now,
            stopped=account.stopped,
            recovering=world.recovery.holds(campaign.account_sid),
            bus_lag=world.bus_lag,
            campaign_state=campaign.state,
            generation=campaign.generation,
            reserved_generation=callee.generation,
            starts_at=campaign.starts_at,
            ends_at=campaign.ends_at,
            campaign_hours=campaign.policy.hours(),
            campaign_caps=campaign.policy.frequency_caps(),
            contact_state=callee.state,
            expires_at=callee.contact.value.expires_at,
            suppressed=known.suppressed,
            rules=rules_for(
                callee.contact.country, callee.contact.subdivisions, campaign.purpose, overrides
            ),
            consent=callee.contact.consent,
            zones=campaign.policy.zones(callee.contact.country, callee.contact.zones),
            margin=margin_of(callee.policy),
            posted=known.posted,
            last_ended_at=known.last_ended_at,
            last_abandoned_at=known.last_abandoned_at,
            cost_cap_micros=campaign.cost_cap_micros,
            cost_micros=campaign.cost_micros,
            call_micros=callee.policy.call_cost_micros,
            breaker=account.breaker,
            breaker_until=account.breaker_until,
            in_flight=account.in_flight,
            allowed_in_flight=account.in_flight + room,
            send_at=now,
        )
        for callee, known in zip(callees, past, strict=True)
    ]


def margin_of(policy: Policy) -> timedelta:
    """How long a call may wait and ring: until then it must be a permitted hour."""
    return timedelta(seconds=policy.ring_seconds) + RING_MORE + QUEUE_ALLOWANCE


@dataclass(frozen=True, slots=True)
class _Account:
    max_in_flight: int | None
    stopped: str
    breaker: str
    breaker_until: datetime | None
    in_flight: int
    of_campaign: int
    """Calls in flight of the campaign."""
    not_attached: int
    """Calls of everybody that have no gateway yet, and will want one."""


# The primary key finds the account; emergency_stop_in_force holds what is in force alone.
# attempt_in_flight holds live attempts alone, some thousands at most. A call counts as attached
# three seconds after it was: by then its gateway has said so.
_ACCOUNT = text("""
SELECT account.max_in_flight, account.breaker, account.breaker_reason, account.breaker_until,
       flight.of_account, flight.of_campaign, flight.not_attached,
       (SELECT scope FROM dialer.emergency_stop
        WHERE lifted_at IS NULL
          AND (scope = 'everything' OR (scope = 'tenant' AND tenant_id = :tenant_id)
               OR (scope = 'account' AND scope_key = :account_sid))
        LIMIT 1) AS stopped,
       clock_timestamp() AS now
FROM dialer.account
CROSS JOIN (
    SELECT count(*) FILTER (WHERE account_sid = :account_sid) AS of_account,
           count(*) FILTER (WHERE campaign_id = :campaign_id) AS of_campaign,
           count(*) FILTER (WHERE connected_at IS NULL
                               OR connected_at > clock_timestamp() - interval '3 s') AS not_attached
    FROM dialer.attempt
    WHERE state IN ('posting', 'unknown', 'submitted', 'ringing', 'in_progress')
) AS flight
WHERE account.account_sid = :account_sid
""")


async def _account(connection: AsyncConnection, campaign: CampaignFacts) -> _Account:
    values = {
        "account_sid": campaign.account_sid,
        "tenant_id": campaign.tenant_id,
        "campaign_id": campaign.id,
    }
    row = (await connection.execute(_ACCOUNT, values)).one()
    holds = row.breaker == "open" and (row.breaker_until is None or row.breaker_until > row.now)
    return _Account(
        row.max_in_flight,
        row.stopped or "",
        (row.breaker_reason or "breaker") if holds else "",
        row.breaker_until,
        row.of_account,
        row.of_campaign,
        row.not_attached,
    )


def _room(campaign: CampaignFacts, account: _Account, world: World) -> int:
    """How many more calls may be placed."""
    rooms = [may_post(world.free_slots, account.not_attached)]
    if account.max_in_flight is not None:
        rooms.append(account.max_in_flight - account.in_flight)
    if campaign.max_in_flight is not None:
        rooms.append(campaign.max_in_flight - account.of_campaign)
    return max(0, min(rooms))


@dataclass(frozen=True, slots=True)
class _Past:
    suppressed: str = ""
    posted: tuple[datetime, ...] = ()
    last_ended_at: datetime | None = None
    last_abandoned_at: datetime | None = None


# Per number: suppression's unique index, freq_ledger_callee and attempt_callee, a few rows each.
# What is not known to have been a call counts from the moment at which that was concluded, which is
# the last that happens to its row.
_PAST = text("""
SELECT asked.n,
       (SELECT reason FROM dialer.suppression
        WHERE tenant_id = :tenant_id AND num_hmac = asked.num_hmac
          AND (expires_at IS NULL OR expires_at > clock_timestamp())
          AND (scope, scope_key) IN (('tenant', ''), ('account', CAST(:account_sid AS text)),
                                     ('campaign', CAST(:campaign AS text)))
        LIMIT 1) AS suppressed,
       ARRAY(SELECT posted_at FROM dialer.freq_ledger
             WHERE tenant_id = :tenant_id AND num_hmac = asked.num_hmac AND counted
               AND posted_at > now() - interval '31 days'
             ORDER BY posted_at DESC LIMIT 100) AS posted,
       latest.ended_at, latest.abandoned_at
FROM unnest(CAST(:ns AS integer[]), CAST(:hmacs AS bytea[])) AS asked (n, num_hmac)
LEFT JOIN LATERAL (
    SELECT max(CASE WHEN state IN ('not_placed', 'indeterminate') THEN updated_at
                    ELSE coalesce(ended_at, posting_at) END) AS ended_at,
           max(answered_at) FILTER (WHERE abandoned) AS abandoned_at
    FROM dialer.attempt
    WHERE tenant_id = :tenant_id AND num_hmac = asked.num_hmac
      AND posting_at > now() - interval '31 days'
      AND state IN ('completed', 'busy', 'no_answer', 'failed', 'canceled', 'not_placed',
                    'indeterminate')
) AS latest ON true
""")


async def _past(
    connection: AsyncConnection,
    vault: NumberVault,
    campaign: CampaignFacts,
    callees: Sequence[Callee],
) -> list[_Past]:
    """What is known of each number, under all the keys that it may be stored with."""
    pairs = [
        (n, index.hmac)
        for n, callee in enumerate(callees)
        for index in vault.indexes(campaign.tenant_id, callee.e164)
    ]
    values = {
        "tenant_id": campaign.tenant_id,
        "account_sid": campaign.account_sid,
        "campaign": str(campaign.id),
        "ns": [n for n, _ in pairs],
        "hmacs": [hmac for _, hmac in pairs],
    }
    found: dict[int, _Past] = dict.fromkeys(range(len(callees)), _Past())
    for row in await connection.execute(_PAST, values):
        known = _Past(row.suppressed or "", tuple(row.posted), row.ended_at, row.abandoned_at)
        found[row.n] = _both(found[row.n], known)
    return [found[n] for n in range(len(callees))]


def _both(one: _Past, other: _Past) -> _Past:
    return _Past(
        one.suppressed or other.suppressed,
        one.posted + other.posted,
        _later(one.last_ended_at, other.last_ended_at),
        _later(one.last_abandoned_at, other.last_abandoned_at),
    )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    times = [time for time in (one, other) if time is not None]
    return max(times) if times else None


# attempt_in_flight would let two write-aheads count the same free slot: they take turns.
_FLIGHT_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('dialer in flight', 0))")


async def room_in_turn(connection: AsyncConnection, campaign: CampaignFacts, world: World) -> int:
    """How many more calls may be placed, counted while nobody else writes ahead, until this
    transaction ends. The last lock that is taken."""
    await connection.execute(_FLIGHT_LOCK)
    return _room(campaign, await _account(connection, campaign), world)
