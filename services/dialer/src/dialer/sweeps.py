"""Twilio's calls compared with our attempts: for what no callback, answer or listing has told.

A call that no attempt knows is offered to the one that it could be of; one that is nobody's and
rings from our number is ended. After a failover this is what finds the calls that were forgotten.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.attempt_events import StatusReported, Via
from dialer.contact import MIN_GAP
from dialer.errands import Errands
from dialer.matching import ListedCall
from dialer.metrics import DialerMetrics
from dialer.offsets import ClockOffsets
from dialer.store import attempts, evidence, sweeping
from dialer.store.reduction import Chances, Reduction
from dialer.store.sweeping import OVERLAP, Account
from dialer.twilio_calls import TwilioCalls
from trunkline.database.transaction import Repeatable, in_transaction, transaction
from trunkline.errors import Invalid, Transient
from trunkline.logs import get_logger
from trunkline.protect import NumberVault

log = get_logger()

SETTLED = timedelta(seconds=40)  # what is younger may yet be told by its own answer


class Sweeps:
    """Compares, account by account."""

    def __init__(
        self,
        engine: AsyncEngine,
        calls: TwilioCalls,
        vault: NumberVault,
        errands: Errands,
        offsets: ClockOffsets,
        chances: Chances,
        metrics: DialerMetrics,
    ) -> None:
        self._engine = engine
        self._calls = calls
        self._vault = vault
        self._errands = errands
        self._offsets = offsets
        self._chances = chances
        self._metrics = metrics

    async def accounts(self) -> bool:
        """Compare every account whose turn it is. One whose credentials fail holds up no other."""
        for account in await in_transaction(self._engine, sweeping.due_accounts):
            try:
                await self._sweep(account)
            except (Transient, Invalid) as error:
                reason = type(error).__name__
                log.warning("sweep_failed", account_sid=account.sid, reason=reason)
        return False

    async def breakers(self) -> bool:
        """See who lets too many people down, and who may go faster again."""
        await in_transaction(self._engine, Repeatable(sweeping.set_breakers))
        return False

    async def _sweep(self, account: Account) -> None:
        listed = await self._calls.since(account.sid, account.swept_until - OVERLAP)
        offset = timedelta(seconds=self._offsets.of(account.sid))
        async with transaction(self._engine) as connection:
            bound = await evidence.bound(connection, [call.sid for call in listed])
        for call in listed:
            settled = call.created_at - offset <= account.now - SETTLED
            if call.sid not in bound and call.direction == "outbound-api" and settled:
                await self._offer(account.tenant_id, call, call.created_at - offset)
        async with transaction(self._engine) as connection:
            await sweeping.note_swept(connection, account, offset)

    async def _offer(self, tenant_id: str, call: ListedCall, created_at: datetime) -> None:
        """Give a call to the attempt that it could be of; end it if it can be of none."""
        hmacs = [index.hmac for index in self._vault.indexes(tenant_id, call.to)]
        senders = [index.hmac for index in self._vault.indexes(tenant_id, call.from_)]
        async with transaction(self._engine) as connection:
            if not await sweeping.is_ours(connection, senders):
                return
            found = await sweeping.could_be(connection, tenant_id, hmacs, senders, created_at)
            if len(found) == 1:
                await self._adopt(connection, found[0], call, created_at)
            if found:
                self._metrics.alarm("several_candidates", len(found) - 1)
                return
            await sweeping.let_rest(connection, tenant_id, hmacs, created_at + MIN_GAP)
        self._metrics.foreign_calls.inc()
        log.warning("foreign_call", account_sid=call.account_sid, call_sid=call.sid)
        if call.status in ("queued", "ringing"):
            await self._calls.end(call.account_sid, call.sid, answered=False)

    async def _adopt(
        self, connection: AsyncConnection, attempt_id: UUID, call: ListedCall, at: datetime
    ) -> None:
        work = await Reduction.begin(connection, self._chances)
        event = StatusReported(call.sid, call.account_sid, call.status, at, via=Via.SWEEP)
        for held in (await attempts.lock(connection, [attempt_id])).values():
            await work.feed(held, event)
        await work.finish()
        self._errands.put(work.todo)
