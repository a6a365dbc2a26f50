"""Looking for an attempt's call in Twilio's list of the calls to its number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.matching import ListedCall, Searched, candidates
from dialer.offsets import ClockOffsets
from dialer.store import attempts, evidence
from dialer.store.attempts import Held
from dialer.store.clock import now
from dialer.twilio_calls import TwilioCalls
from trunkline.database.transaction import transaction
from trunkline.protect import NumberVault

LONG_BEFORE = timedelta(minutes=10)  # more than clocks are ever apart


@dataclass(frozen=True, slots=True)
class Looked:
    """What Twilio has listed, at a moment before it was asked."""

    at: datetime
    searched: Searched
    listed: Sequence[ListedCall]

    async def note(self, connection: AsyncConnection, held: Held) -> Sequence[ListedCall]:
        """Keep it as evidence; those of it that could be the attempt's and are no other's."""
        bound = await evidence.bound(connection, [call.sid for call in self.listed])
        found = candidates(self.listed, self.searched, bound)
        await evidence.add_listing(connection, held, self.at, [call.sid for call in found])
        return found


class Lookup:
    """Asks Twilio about one attempt at a time."""

    def __init__(
        self, engine: AsyncEngine, calls: TwilioCalls, vault: NumberVault, offsets: ClockOffsets
    ) -> None:
        self._engine = engine
        self._calls = calls
        self._vault = vault
        self._offsets = offsets

    async def look(self, attempt_id: UUID) -> Looked | None:
        """None where nothing was posted for it. Raises `TwilioUnavailable`."""
        async with transaction(self._engine) as connection:
            held = (await attempts.lock(connection, [attempt_id])).get(attempt_id)
            at = await now(connection)
            if held is None or held.life.posting_at is None:
                return None
            numbers = await evidence.numbers_of(connection, attempt_id)
        to, sender = map(self._vault.decrypt, numbers)
        posting_at, account_sid = held.life.posting_at, held.life.account_sid
        listed = await self._calls.to_number(account_sid, to, posting_at - LONG_BEFORE)
        offset = self._offsets.of(account_sid)  # which this very answer has told
        return Looked(at, Searched(to, sender, posting_at, offset), listed)
