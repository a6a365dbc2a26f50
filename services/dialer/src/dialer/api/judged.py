"""Contacts shown to the gates, for whoever wants to know: nothing is locked, nothing is changed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.contact import ContactState
from dialer.gates import Deferred, Gate, Passed, Snapshot, Terminal, check
from dialer.store.campaigns import CampaignFacts
from dialer.store.claim import policy_of
from dialer.store.clock import now
from dialer.store.contacts import BEGINNING, HeldContact, look
from dialer.store.snapshot import Callee, World, snapshots
from trunkline.api.times import Time
from trunkline.protect import NumberVault

AT_ONCE = 200  # some 20 ms of work, after which others get their turn


class Verdict(BaseModel):
    """What the first closed gate says of a contact; without a gate it may be called now."""

    gate: Gate | None = None
    reason: str | None = None
    until: Time | None = Field(None, description="When it is asked again, if that is known.")
    leaves_queue_as: ContactState | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A contact, its number, and what the gates say."""

    contact: HeldContact
    e164: str = field(repr=False)
    at: datetime
    verdict: Deferred | Terminal | Passed

    @property
    def shown(self) -> Verdict:
        """The verdict as it is answered."""
        match self.verdict:
            case Passed():
                return self._waiting()
            case Deferred(gate, reason, until):
                return Verdict(gate=gate, reason=reason, until=until)
            case Terminal(gate, reason, state):
                return Verdict(gate=gate, reason=reason, leaves_queue_as=state)

    def _waiting(self) -> Verdict:
        """Its own time may be still to come, though all gates are open."""
        value = self.contact.value
        if value.next_at <= self.at:
            return Verdict()
        return Verdict(gate=Gate.CONTACT, reason=value.detail or "not_before", until=value.next_at)


async def judge(
    connection: AsyncConnection,
    vault: NumberVault,
    campaign: CampaignFacts,
    world: World | None,
    limit: int,
) -> AsyncIterator[Judged]:
    """The campaign's contacts, in the order of the list; None for the world: as if all were well,
    and the campaign were running."""
    place, left = BEGINNING, limit
    while left > 0:
        contacts, place = await look(connection, campaign.id, place, min(left, AT_ONCE))
        if not contacts:
            return
        left -= len(contacts)
        for one in await _judged(connection, vault, campaign, contacts, world):
            yield one


async def _judged(
    connection: AsyncConnection,
    vault: NumberVault,
    campaign: CampaignFacts,
    contacts: Sequence[HeldContact],
    world: World | None,
) -> list[Judged]:
    callees = [
        Callee(
            contact,
            vault.decrypt(contact.num_enc),
            policy_of(campaign, contact),
            campaign.generation,
        )
        for contact in contacts
    ]
    at = await now(connection)
    seen = world or World(timedelta(0), 0)
    shown = await snapshots(connection, vault, campaign, callees, seen, at)
    if world is None:
        shown = [_as_if_running(snapshot) for snapshot in shown]
    return [
        Judged(callee.contact, callee.e164, at, _verdict(callee.contact, snapshot))
        for callee, snapshot in zip(callees, shown, strict=True)
    ]


def _verdict(contact: HeldContact, snapshot: Snapshot) -> Deferred | Terminal | Passed:
    """Whoever waits for a person is asked nothing else."""
    state = contact.value.state
    if state in (ContactState.NEEDS_REVIEW, ContactState.NEEDS_TIMEZONE):
        return Deferred(Gate.CONTACT, state.value)
    return check(snapshot)


def _as_if_running(snapshot: Snapshot) -> Snapshot:
    return replace(
        snapshot,
        campaign_state="running",
        stopped="",
        in_flight=0,
        allowed_in_flight=1,
        breaker="",
    )
