"""Twilio's calls compared with our attempts: for what no callback, answer or listing has told.

A call that no attempt knows is offered to the one that it could be of; one that is nobody's and
rings from our number is ended. After a failover this is what finds the calls that were forgotten.

Twilio's list begins with the newest call and cannot be asked by the hour. So an account is walked
through page by page, and where the walk stands is written down: it comes to its end however long
the list is, and whoever dies on the way.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.attempt_events import StatusReported, Via
from dialer.contact import MIN_GAP
from dialer.errands import Errands
from dialer.matching import ListedCall, has_double
from dialer.metrics import DialerMetrics
from dialer.offsets import ClockOffsets
from dialer.store import attempts, evidence, sweeping
from dialer.store.reduction import Chances, Reduction
from dialer.store.sweeping import Walk
from dialer.twilio_calls import CallNotFound, Page, TwilioCalls
from trunkline.database.transaction import Repeatable, in_transaction, transaction
from trunkline.errors import Invalid, Transient
from trunkline.logs import get_logger
from trunkline.protect import NumberVault

log = get_logger()

SETTLED = timedelta(seconds=40)  # what is younger may yet be told by its own answer
PAGES = 20  # of one account, until the others have their turn
ACCOUNTS_AT_ONCE = 4


class Sweeps:
    """Compares accounts, a few at once."""

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
        self._at_once = asyncio.Semaphore(ACCOUNTS_AT_ONCE)

    async def accounts(self) -> bool:
        """Compare some more calls of every account whose turn it is; whether one has more. One
        whose credentials fail holds up no other."""
        due = await in_transaction(self._engine, sweeping.due_walks)
        async with asyncio.TaskGroup() as tasks:
            turns = [
                tasks.create_task(self._turn(walk), name=f"sweep {walk.account_sid}")
                for walk in due
            ]
        return any(turn.result() for turn in turns)

    async def breakers(self) -> bool:
        """See who lets too many people down, and who may go faster again."""
        await in_transaction(self._engine, Repeatable(sweeping.set_breakers))
        return False

    async def _turn(self, walk: Walk) -> bool:
        """Go some pages on; whether more are left, and it makes sense to ask for them at once."""
        at: Walk | None = walk
        try:
            async with self._at_once:
                for _ in range(PAGES):
                    if at is None:
                        return False
                    at = await self._step(at)
        except (Transient, Invalid) as error:
            reason = type(error).__name__
            log.warning("sweep_failed", account_sid=walk.account_sid, reason=reason)
            return False
        return at is not None

    async def _step(self, walk: Walk) -> Walk | None:
        """Compare one page; where the walk stands then, or none if it is over, or another's."""
        page = await self._page(walk)
        offset = timedelta(seconds=self._offsets.of(walk.account_sid))
        await self._compare(walk, [call for call in page.calls if call.created_at >= walk.until])
        oldest = page.calls[-1].created_at if page.calls else walk.now
        async with transaction(self._engine) as connection:
            if page.following is not None and oldest >= walk.until:
                return await sweeping.go_on(connection, walk, page.following)
            await sweeping.note_swept(connection, walk, offset)
        return None

    async def _page(self, walk: Walk) -> Page:
        """Raises `TwilioUnavailable`; where there is no such page any more, the walk begins anew
        the next time."""
        try:
            return await self._calls.page(walk.account_sid, walk.page)
        except CallNotFound:
            async with transaction(self._engine) as connection:
                await sweeping.go_on(connection, walk, None)
            raise

    async def _compare(self, walk: Walk, listed: Sequence[ListedCall]) -> None:
        offset = timedelta(seconds=self._offsets.of(walk.account_sid))
        async with transaction(self._engine) as connection:
            bound = await evidence.bound(connection, [call.sid for call in listed])
        unbound = [
            call for call in listed if call.sid not in bound and call.direction == "outbound-api"
        ]
        for call in unbound:
            if call.created_at - offset <= walk.now - SETTLED:
                alone = not has_double(call, unbound)
                await self._offer(walk.tenant_id, call, call.created_at - offset, alone=alone)

    async def _offer(
        self, tenant_id: str, call: ListedCall, created_at: datetime, *, alone: bool
    ) -> None:
        """Give a call to the attempt that it alone could be of; end it if it can be of none."""
        hmacs = [index.hmac for index in self._vault.indexes(tenant_id, call.to)]
        senders = [index.hmac for index in self._vault.indexes(tenant_id, call.from_)]
        async with transaction(self._engine) as connection:
            if not await sweeping.is_ours(connection, senders):
                return
            found = await sweeping.could_be(connection, tenant_id, hmacs, senders, created_at)
            if len(found) == 1 and alone:
                await self._adopt(connection, found[0], call, created_at)
                return
            if found:
                self._metrics.alarm("several_candidates")
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
