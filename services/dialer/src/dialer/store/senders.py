"""The numbers that calls come from: the contact's own where it has one, else the best rested."""

import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.gates import Deferred, Gate
from dialer.pacing import HORIZON
from dialer.store.campaigns import CampaignFacts
from dialer.store.contacts import HeldContact

NO_NUMBER = Deferred(Gate.BREAKER, "no_calling_number")
ALL_BUSY = Deferred(Gate.RATE, "numbers_busy")


@dataclass(frozen=True, slots=True)
class Sender:
    """A number to call from."""

    id: uuid.UUID
    num_enc: bytes = field(repr=False)
    cps: float | None = None
    """Calls per second from it; none: as many as its account may have."""


# from_number_choice serves it; attempt_sender counts where a number has a cap. Where it has a pace,
# the primary key of gcra finds its next slot, and attempt_in_flight who waits for one already.
_CHOICE = text("""
SELECT id, num_enc, cps,
       CASE WHEN cps IS NOT NULL THEN
           greatest(clock_timestamp(),
                    (SELECT tat FROM dialer.gcra WHERE key = 'from:' || sender.id))
           + make_interval(secs => (SELECT count(*) FROM dialer.attempt
                                    WHERE account_sid = sender.account_sid AND state = 'reserved'
                                      AND from_number_id = sender.id) / cps) END AS due_at
FROM dialer.from_number AS sender
WHERE tenant_id = :tenant_id AND account_sid = :account_sid AND pool = :pool AND state = 'active'
  AND (daily_cap IS NULL OR daily_cap > (
      SELECT count(*) FROM dialer.attempt
      WHERE from_number_id = sender.id AND posting_at > now() - interval '24 hours'))
ORDER BY used_at NULLS FIRST, id LIMIT 50
""")

# The constraint on (contact_id, attempt_no) serves it.
_LAST = text("""
SELECT from_number_id FROM dialer.attempt
WHERE contact_id = :contact_id ORDER BY attempt_no DESC LIMIT 1
""")

_USED = text("""
UPDATE dialer.from_number SET used_at = clock_timestamp()
WHERE id IN (SELECT id FROM dialer.from_number
             WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE)
""")


class SenderChoice:
    """The numbers of a campaign's pool, dealt out in turn, each as often as its pace allows."""

    def __init__(self, senders: Mapping[Sender, datetime | None], now: datetime) -> None:
        self._by_id = {sender.id: sender for sender in senders}
        self._due = {sender.id: due_at for sender, due_at in senders.items() if due_at}
        self._soon = now + HORIZON
        self._turns = deque(senders)
        self._used: set[uuid.UUID] = set()

    @classmethod
    async def of(
        cls, connection: AsyncConnection, campaign: CampaignFacts, now: datetime
    ) -> "SenderChoice":
        values = {
            "tenant_id": campaign.tenant_id,
            "account_sid": campaign.account_sid,
            "pool": campaign.from_pool,
        }
        rows = await connection.execute(_CHOICE, values)
        return cls({Sender(row.id, row.num_enc, row.cps): row.due_at for row in rows}, now)

    @property
    def missing(self) -> Deferred | None:
        """What closes the campaign while it has no number to call from."""
        if not self._turns:
            return NO_NUMBER
        return ALL_BUSY if all(map(self._busy_until, self._turns)) else None

    async def choose(
        self, connection: AsyncConnection, contact: HeldContact
    ) -> Sender | Deferred | None:
        """The number this person knows by now, once it is its turn, or the next one that has time;
        none if none has."""
        known = await self._known(connection, contact)
        if known is not None:
            until = self._busy_until(known)
            return Deferred(Gate.RATE, "number_busy", until) if until else self._take(known)
        for _ in range(len(self._turns)):
            self._turns.rotate(-1)
            if not self._busy_until(self._turns[-1]):
                return self._take(self._turns[-1])
        return None

    async def _known(self, connection: AsyncConnection, contact: HeldContact) -> Sender | None:
        if not contact.last_attempt_no:
            return None
        found = await connection.execute(_LAST, {"contact_id": contact.id})
        return self._by_id.get(found.scalar_one())

    def _busy_until(self, sender: Sender) -> datetime | None:
        """When the number is next in turn, if that is not soon."""
        due_at = self._due.get(sender.id)
        return due_at if due_at is not None and due_at > self._soon else None

    def _take(self, sender: Sender) -> Sender:
        if sender.cps is not None:
            self._due[sender.id] += timedelta(seconds=1) / sender.cps
        self._used.add(sender.id)
        return sender

    async def note(self, connection: AsyncConnection) -> None:
        """Let what was dealt out go to the end of the line."""
        if self._used:
            await connection.execute(_USED, {"ids": sorted(self._used)})
