"""The numbers that calls come from: the contact's own where it has one, else the best rested."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.gates import Deferred, Gate
from dialer.store.campaigns import CampaignFacts
from dialer.store.contacts import HeldContact

NO_NUMBER = Deferred(Gate.BREAKER, "no_calling_number")


@dataclass(frozen=True, slots=True)
class Sender:
    """A number to call from."""

    id: uuid.UUID
    num_enc: bytes = field(repr=False)


# from_number_choice serves it; attempt_sender counts where a number has a cap.
_CHOICE = text("""
SELECT id, num_enc FROM dialer.from_number AS sender
WHERE tenant_id = :tenant_id AND account_sid = :account_sid AND pool = :pool AND state = 'active'
  AND (daily_cap IS NULL OR daily_cap > (
      SELECT count(*) FROM dialer.attempt
      WHERE from_number_id = sender.id AND posting_at > clock_timestamp() - interval '24 hours'))
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
    """The numbers of a campaign's pool, dealt out in turn."""

    def __init__(self, senders: Sequence[Sender]) -> None:
        self._senders = senders
        self._by_id = {sender.id: sender for sender in senders}
        self._used: set[uuid.UUID] = set()
        self._next = 0

    @classmethod
    async def of(cls, connection: AsyncConnection, campaign: CampaignFacts) -> "SenderChoice":
        values = {
            "tenant_id": campaign.tenant_id,
            "account_sid": campaign.account_sid,
            "pool": campaign.from_pool,
        }
        rows = await connection.execute(_CHOICE, values)
        return cls([Sender(row.id, row.num_enc) for row in rows])

    @property
    def missing(self) -> Deferred | None:
        """What closes the campaign while it has no number to call from."""
        return None if self._senders else NO_NUMBER

    async def choose(self, connection: AsyncConnection, contact: HeldContact) -> Sender | None:
        """The number this person knows by now, or the next one; none if there is none."""
        if not self._senders:
            return None
        known = None
        if contact.last_attempt_no:
            found = await connection.execute(_LAST, {"contact_id": contact.id})
            known = self._by_id.get(found.scalar_one())
        sender = known or self._senders[self._next % len(self._senders)]
        self._next += known is None
        self._used.add(sender.id)
        return sender

    async def note(self, connection: AsyncConnection) -> None:
        """Let what was dealt out go to the end of the line."""
        if self._used:
            await connection.execute(_USED, {"ids": sorted(self._used)})
