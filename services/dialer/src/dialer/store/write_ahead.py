"""The write-ahead: committed before the first byte of a request is written, and only if every gate
is open in the same transaction.

Whatever happens to the process afterwards, the database says that there may be a call.
"""

import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.attempt_events import Aborted, Posted, PostReturned, State, token_expires_at
from dialer.classify import Created, PostOutcome
from dialer.contact import defer, leave
from dialer.gates import Deferred, Gate, Passed, Terminal, Verdict, check
from dialer.presets_table import VERSION
from dialer.store import attempts, contacts
from dialer.store.attempts import Held
from dialer.store.breakers import slow_down
from dialer.store.campaigns import CampaignFacts, own_campaign, share_campaign
from dialer.store.claim import OF_THE_CONTACT, Reserved
from dialer.store.locks import lock_numbers
from dialer.store.outbox import tell_called
from dialer.store.reduction import Chances, Reduction, Todo
from dialer.store.snapshot import World, room_in_turn, snapshots
from dialer.store.workers import TIMELINE
from trunkline.errors import Invalid
from trunkline.events.dial import PersonCalled
from trunkline.protect import NumberVault

LEASE_MARGIN = timedelta(seconds=5)
QUEUED_TOO_LONG_MS = 1000
# With more room than all connections of all replicas can use at once, nobody has to wait until the
# others have counted.
NARROW = 200


@dataclass(frozen=True, slots=True)
class Ahead:
    """The attempt is written ahead: send it now, or say that it was not sent."""

    posting_at: datetime
    token_expires_at: datetime


@dataclass(frozen=True, slots=True)
class Lost:
    """The attempt is somebody else's, or was given back: there is nothing to do."""


@dataclass(frozen=True, slots=True)
class WriteAhead:
    """Decides, once and for all, whether an attempt is sent."""

    vault: NumberVault
    chances: Chances
    invite: Callable[[Reserved, datetime], PersonCalled]
    """What is told of somebody who is being called, and may call back."""

    async def commit(
        self, connection: AsyncConnection, epoch: uuid.UUID, reserved: Reserved, world: World
    ) -> Ahead | Lost | Deferred | Terminal:
        """In a transaction of its own; what is not `Ahead` must not be sent, and what a gate has
        said is for `decline`."""
        tenant = reserved.contact.tenant_id
        await lock_numbers(connection, self.vault.locks(tenant, reserved.e164))
        work = await Reduction.begin(connection, self.chances)
        held = (await attempts.lock(connection, [reserved.attempt_id])).get(reserved.attempt_id)
        standing = await _standing(connection, epoch, world)
        if held is None or not standing.lives or not _is_ours(held, epoch, work.at):
            return Lost()
        if not standing.is_known:
            return Deferred(Gate.RECOVERY, "database_changed")
        campaign = await _lock_campaign(connection, reserved)
        verdict, room = await self._ask(connection, campaign, reserved, world, work.at)
        if isinstance(verdict, Passed) and room <= NARROW:
            room = await room_in_turn(connection, campaign, world)
            verdict = verdict if room > 0 else Deferred(Gate.CONCURRENCY, "no_free_agent")
        if not isinstance(verdict, Passed):
            return verdict
        return await self._write(connection, work, held, reserved)

    async def _ask(
        self,
        connection: AsyncConnection,
        campaign: CampaignFacts,
        reserved: Reserved,
        world: World,
        now: datetime,
    ) -> tuple[Verdict, int]:
        """What the gates say, and how many more calls may be placed."""
        found = await contacts.lock(connection, [reserved.contact.id])
        contact = found[reserved.contact.id]
        callees = [replace(reserved.callee, contact=contact, state=contact.value.state)]
        shown = await snapshots(connection, self.vault, campaign, callees, world, now)
        return check(shown[0]), shown[0].allowed_in_flight - shown[0].in_flight

    async def _write(
        self, connection: AsyncConnection, work: Reduction, held: Held, reserved: Reserved
    ) -> Ahead:
        expires_at = token_expires_at(work.at, held.life.ring_seconds)
        micros = reserved.policy.call_cost_micros
        facts = {
            "token_expires_at": expires_at,
            "cost_micros": micros,
            "rules_version": VERSION,
        }
        await work.feed(held, Posted(), facts=facts)
        await connection.execute(_LEDGER, {"attempt_id": held.id, "posted_at": work.at})
        if micros:
            await connection.execute(_COST, {"id": held.campaign_id, "micros": micros})
        with suppress(Invalid):  # what cannot be read is found out as the request is written
            called = self.invite(reserved, work.at)
            await tell_called(connection, held.tenant_id, held.campaign_id, called)
        await work.finish()
        return Ahead(work.at, expires_at)


@dataclass(frozen=True, slots=True)
class _Standing:
    lives: bool
    """Whether the owner counts as living."""
    is_known: bool
    """Whether this is the database that the owner knows, and nothing of it is missing that the
    owner has not heard of."""


# The primary keys find both.
_STANDING = text(f"""
SELECT count(*) > 0 AS lives,
       coalesce(bool_and(heartbeat_at >= coalesce(CAST(:heartbeat_at AS timestamptz), heartbeat_at)
                         AND NOT EXISTS (
                             SELECT FROM dialer.fence
                             WHERE timeline_id <> {TIMELINE}
                                OR changed_at IS DISTINCT FROM CAST(:since AS timestamptz))), false)
           AS is_known
FROM dialer.worker
WHERE epoch = :epoch AND ended_at IS NULL AND lease_until > clock_timestamp()
""")


async def _standing(connection: AsyncConnection, epoch: uuid.UUID, world: World) -> _Standing:
    values = {"heartbeat_at": world.heartbeat_at, "since": world.recovery.since}
    return _Standing(*(await connection.execute(_STANDING, {"epoch": epoch, **values})).one())


def _is_ours(held: Held, epoch: uuid.UUID, now: datetime) -> bool:
    """Whether the reservation still holds, for long enough."""
    holds = held.life.state is State.RESERVED and held.owner_epoch == epoch
    return holds and held.life.lease_until > now + LEASE_MARGIN


async def _lock_campaign(connection: AsyncConnection, reserved: Reserved) -> CampaignFacts:
    """A pause waits for us, or we see it. Where each call costs, write-aheads take turns."""
    costs = bool(reserved.policy.call_cost_micros)
    lock = own_campaign if costs else share_campaign
    return await lock(connection, reserved.campaign.id)


_LEDGER = text("""
INSERT INTO dialer.freq_ledger (attempt_id, tenant_id, campaign_id, num_hmac, posted_at)
SELECT id, tenant_id, campaign_id, num_hmac, :posted_at FROM dialer.attempt WHERE id = :attempt_id
""")
_COST = text("UPDATE dialer.campaign SET cost_micros = cost_micros + :micros WHERE id = :id")


async def decline(
    connection: AsyncConnection,
    chances: Chances,
    attempt_id: uuid.UUID,
    verdict: Deferred | Terminal,
) -> None:
    """Release an attempt, and let its contact wait for what the gate said.

    In a transaction of its own: those who have looked at a campaign side by side must not all wait
    for each other to write to it.
    """
    work = await Reduction.begin(connection, chances)
    held = (await attempts.lock(connection, [attempt_id])).get(attempt_id)
    if held is None or held.life.state is not State.RESERVED:
        return
    await work.feed(held, Aborted(verdict.reason))
    contact = (await contacts.lock(connection, [held.contact_id]))[held.contact_id]
    match verdict:
        case Terminal(_, reason, state):
            after = leave(contact.value, state, reason)
        case Deferred(gate, reason, until) if gate in OF_THE_CONTACT and until is not None:
            after = defer(contact.value, until, reason)
        case _:
            after = replace(contact.value, detail=verdict.reason)
    await contacts.save(connection, contact, after, work.told)
    await work.finish()


async def give_back(
    connection: AsyncConnection, chances: Chances, ids: Sequence[uuid.UUID], reason: str
) -> None:
    """Release reservations that nothing was written ahead for; others are left alone."""
    work = await Reduction.begin(connection, chances)
    for held in (await attempts.lock(connection, ids)).values():
        await work.feed(held, Aborted(reason))
    await work.finish()


async def record(
    connection: AsyncConnection,
    chances: Chances,
    attempt_id: uuid.UUID,
    outcome: PostOutcome,
) -> Sequence[Todo]:
    """Write down what the request came to.

    After a failover that has lost the attempt there is nowhere to: the call is found by the sweep.
    """
    queue_ms = outcome.queue_ms if isinstance(outcome, Created) else 0
    facts = {"queue_ms": queue_ms} if queue_ms else {}
    work = await Reduction.begin(connection, chances)
    for held in (await attempts.lock(connection, [attempt_id])).values():
        await work.feed(held, PostReturned(outcome), facts=facts)
        if queue_ms > QUEUED_TOO_LONG_MS:
            await slow_down(connection, held.life.account_sid)
    await work.finish()
    return work.todo
