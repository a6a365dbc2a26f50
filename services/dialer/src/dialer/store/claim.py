"""Reserving: contacts whose turn it is become attempts that one worker owns, for a minute.

The gates are looked at once here, so that whoever cannot be called now waits elsewhere than at the
head of the queue, and no slot is spent on them; what decides is the look in the write-ahead.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.contact import Contact, ContactState, defer, leave, reserve
from dialer.crash import Point
from dialer.gates import Deferred, Gate, Passed, Terminal, Verdict, check
from dialer.policy import Policy
from dialer.store import contacts
from dialer.store.campaigns import CampaignFacts, read_campaign
from dialer.store.contacts import HeldContact
from dialer.store.reduction import Chances, Reduction
from dialer.store.senders import Sender, SenderChoice
from dialer.store.snapshot import Callee, World, snapshots
from trunkline.errors import Invalid
from trunkline.protect import NumberVault

LEASE = timedelta(seconds=60)
IN_USE_AGAIN = timedelta(minutes=1)
NOT_PERMITTED_AGAIN = timedelta(hours=1)
OF_THE_CONTACT = frozenset(
    {Gate.CONTACT, Gate.SUPPRESSION, Gate.COUNTRY, Gate.CONSENT, Gate.TIMEZONE, Gate.WINDOW}
    | {Gate.FREQUENCY}
)
"""Gates that are closed for one contact; the others are closed for everybody in its campaign."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """An attempt that this worker may post, and what it needs for that."""

    attempt_id: uuid.UUID
    campaign: CampaignFacts
    contact: HeldContact
    sender: Sender
    policy: Policy
    e164: str = field(repr=False)

    @property
    def callee(self) -> Callee:
        return Callee(self.contact, self.e164, self.policy, self.campaign.generation)

    def variables(self, vault: NumberVault) -> Mapping[str, str]:
        """What the agent knows; raises `Invalid` if the contact's part of it cannot be read."""
        return {**self.contact.variables(vault), **self.policy.variables()}


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim brought: attempts, and the gate that closed for everybody, if one did."""

    reserved: Sequence[Reserved]
    closed: Deferred | Terminal | None = None


@dataclass(frozen=True, slots=True)
class Claimant:
    """Reserves for one worker."""

    vault: NumberVault
    chances: Chances
    permits: Callable[[str], bool] = lambda _: True
    """Whether this process may ring up the number at all."""
    unfit: Callable[[CampaignFacts], str] = lambda _: ""
    """Why the campaign's agent must not talk; empty: it may."""

    async def claim(
        self,
        connection: AsyncConnection,
        epoch: uuid.UUID,
        campaign_id: uuid.UUID,
        wanted: Mapping[int, int],
        world: World,
    ) -> Claimed:
        """Reserve up to so many contacts of each priority class; in a transaction of its own."""
        self.chances.crash(Point.BEFORE_RESERVED)
        work = await Reduction.begin(connection, self.chances)
        campaign = await read_campaign(connection, campaign_id)
        if reason := self.unfit(campaign):
            return Claimed((), Deferred(Gate.CAMPAIGN, reason))
        found = [
            contact
            for priority, limit in sorted(wanted.items())
            for contact in await contacts.lock_ready(connection, campaign_id, priority, limit)
        ]
        callees = await self._callees(connection, work, campaign, found)
        shown = await snapshots(connection, self.vault, campaign, callees, world, work.at)
        verdicts = [check(each) for each in shown]
        closed = [gate for gate in map(_for_everybody, verdicts) if gate is not None]
        senders = await SenderChoice.of(connection, campaign, work.at)
        claim = _Claim(connection, work, epoch, campaign, senders, self.permits)
        for callee, verdict in zip(callees, verdicts, strict=True):
            await claim.one(callee, verdict)
        await senders.note(connection)
        await work.finish()
        return Claimed(claim.reserved, closed[0] if closed else senders.missing)

    async def _callees(
        self,
        connection: AsyncConnection,
        work: Reduction,
        campaign: CampaignFacts,
        found: Sequence[HeldContact],
    ) -> Sequence[Callee]:
        """Those whose numbers can be read; a person has to look at the others."""
        callees = []
        for contact in found:
            try:
                number = self.vault.decrypt(contact.num_enc)
            except Invalid:
                left = leave(contact.value, ContactState.NEEDS_REVIEW, "unreadable_number")
                await contacts.save(connection, contact, left, work.told)
            else:
                policy = policy_of(campaign, contact)
                callees.append(Callee(contact, number, policy, campaign.generation))
        return callees


def policy_of(campaign: CampaignFacts, contact: HeldContact) -> Policy:
    """The campaign's policy, as this contact's overrides have it."""
    own = {name: contact.overrides[name] for name in _OWN if name in contact.overrides}
    return campaign.policy.model_copy(update=own) if own else campaign.policy


_OWN = ("ring_seconds", "talk_seconds")


def _for_everybody(verdict: Verdict) -> Deferred | Terminal | None:
    if isinstance(verdict, Passed) or verdict.gate in OF_THE_CONTACT:
        return None
    return verdict


@dataclass(slots=True)
class _Claim:
    """One transaction's reservations."""

    connection: AsyncConnection
    work: Reduction
    epoch: uuid.UUID
    campaign: CampaignFacts
    senders: SenderChoice
    permits: Callable[[str], bool]
    reserved: list[Reserved] = field(default_factory=list)

    async def one(self, callee: Callee, verdict: Verdict) -> None:
        match verdict:
            case Passed() if not self.permits(callee.e164):
                until = self.work.at + NOT_PERMITTED_AGAIN
                await self._save(callee, defer(callee.contact.value, until, "not_permitted"))
            case Passed():
                await self._reserve(callee)
            case Deferred(gate, reason, until) if gate in OF_THE_CONTACT:
                await self._save(callee, defer(callee.contact.value, until, reason))
            case Terminal(_, reason, state):
                await self._save(callee, leave(callee.contact.value, state, reason))
            case Deferred():
                pass  # the contact is not at fault, and keeps its place

    async def _reserve(self, callee: Callee) -> None:
        sender = await self.senders.choose(self.connection, callee.contact)
        if isinstance(sender, Deferred):
            await self._save(callee, defer(callee.contact.value, sender.until, sender.reason))
            return
        dialing = reserve(callee.contact.value, self.work.at)
        if sender is None or dialing is None:
            return
        attempt_id = await _insert(self.connection, self.epoch, callee, self.campaign, sender)
        if attempt_id is None:
            until = self.work.at + IN_USE_AGAIN
            await self._save(callee, defer(callee.contact.value, until, "number_in_use"))
            return
        number = callee.contact.last_attempt_no + 1
        told = self.work.told
        await contacts.save(self.connection, callee.contact, dialing, told, attempt_no=number)
        contact = replace(callee.contact, value=dialing, last_attempt_no=number)
        self.reserved.append(
            Reserved(attempt_id, self.campaign, contact, sender, callee.policy, callee.e164)
        )

    async def _save(self, callee: Callee, contact: Contact) -> None:
        await contacts.save(self.connection, callee.contact, contact, self.work.told)


# attempt_live refuses a number that is being called, by whichever campaign, account or replica.
_INSERT = text("""
INSERT INTO dialer.attempt (id, tenant_id, campaign_id, contact_id, attempt_no, account_sid,
                            from_number_id, num_key, num_hmac, generation, owner_epoch, lease_until,
                            due_at, ring_seconds, talk_seconds, detects_machines)
SELECT :id, :tenant_id, :campaign_id, :contact_id, :attempt_no, :account_sid, :from_number_id,
       :num_key, :num_hmac, :generation, :owner_epoch, until, until, :ring_seconds, :talk_seconds,
       :detects_machines
FROM (SELECT clock_timestamp() + CAST(:lease AS interval) AS until) AS lease
ON CONFLICT (tenant_id, num_hmac) WHERE holds_number DO NOTHING
RETURNING id
""")


async def _insert(
    connection: AsyncConnection,
    epoch: uuid.UUID,
    callee: Callee,
    campaign: CampaignFacts,
    sender: Sender,
) -> uuid.UUID | None:
    contact, policy = callee.contact, callee.policy
    values = {
        "id": uuid.uuid4(),
        "tenant_id": contact.tenant_id,
        "campaign_id": campaign.id,
        "contact_id": contact.id,
        "attempt_no": contact.last_attempt_no + 1,
        "account_sid": campaign.account_sid,
        "from_number_id": sender.id,
        "num_key": contact.num_key,
        "num_hmac": contact.num_hmac,
        "generation": campaign.generation,
        "owner_epoch": epoch,
        "ring_seconds": policy.ring_seconds,
        "talk_seconds": policy.talk_seconds,
        "detects_machines": policy.answering_machines.detect,
        "lease": LEASE,
    }
    found: uuid.UUID | None = (await connection.execute(_INSERT, values)).scalar_one_or_none()
    return found
