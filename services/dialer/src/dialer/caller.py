"""Carries one attempt from its reservation to its outcome: slot, write-ahead, request, record.

Each step leaves the database in a state from which others can go on without us.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.boottime import boottime
from dialer.call_writer import CallWriter
from dialer.classify import Created, NothingSent, PostOutcome, Refusal, Refused
from dialer.crash import Crash, Point
from dialer.dealing import AccountQueues
from dialer.effort import Effort
from dialer.errands import Errands
from dialer.gates import Deferred, Terminal
from dialer.metrics import DialerMetrics
from dialer.offsets import ClockOffsets
from dialer.ownership import Ownership
from dialer.slots import SlotQueue
from dialer.store.claim import Reserved
from dialer.store.rates import Limit, Slot, account_limit, campaign_limit, sender_limit, take_slot
from dialer.store.reduction import Chances
from dialer.store.write_ahead import Ahead, Lost, WriteAhead, decline, give_back, record
from dialer.surroundings import Surroundings
from dialer.twilio_post import CallPoster, Fence, Watch
from trunkline.database.transaction import Repeatable, in_transaction, transaction
from trunkline.errors import Invalid, Transient

RECORD_SECONDS = 30.0  # for which the database may be away while an answer is to be written down
RECORD_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a call is placed with."""

    engine: AsyncEngine
    ownership: Ownership
    surroundings: Surroundings
    write_ahead: WriteAhead
    writer: CallWriter
    poster: CallPoster
    errands: Errands
    offsets: ClockOffsets
    metrics: DialerMetrics
    chances: Chances

    @property
    def crash(self) -> Crash:
        return self.chances.crash


class Caller:
    """Places calls, each once. `effort` learns how long that takes here."""

    def __init__(self, desk: Desk, effort: Effort) -> None:
        self._desk = desk
        self._effort = effort
        self._slots = SlotQueue(partial(take_slot, desk.engine))

    async def wait(self, account: AccountQueues, reserved: Reserved) -> float | None:
        """Wait until it is time to begin; returns the moment to send at, by `boottime`.

        None where no slot was to be had, or a call of before has shown itself: the attempt was
        given back.
        """
        if (doubt := await self._desk.errands.doubt(reserved)) is not None:
            await self._decline(reserved, doubt)
            return None
        due = await self._slot(account, reserved)
        if due is not None:
            self._desk.crash(Point.AFTER_SLOT)
            await asyncio.sleep(max(0.0, due - self._effort.lead_seconds - boottime()))
        return due

    async def send(
        self,
        account: AccountQueues,
        reserved: Reserved,
        due: float,
        ready: Callable[[], None],
    ) -> None:
        """Write ahead, send once, write down what came of it. `ready` is told as soon as only the
        moment is waited for."""
        desk, begun_at = self._desk, boottime()
        epoch = desk.ownership.epoch
        if epoch is None:
            return
        async with transaction(desk.engine) as connection:
            world = desk.surroundings.world()
            ahead = await desk.write_ahead.commit(connection, epoch, reserved, world)
        if isinstance(ahead, Lost):
            return
        if not isinstance(ahead, Ahead):
            await self._decline(reserved, ahead)
            return
        desk.crash(Point.AFTER_WRITE_AHEAD)
        fence = Fence(
            begun_at,
            partial(desk.ownership.holds, epoch, account.account_sid),
            due,
            tolerance(account.cps),
            partial(self._another_slot, account, reserved),
        )
        outcome = await self._post(reserved, ahead, epoch, fence, ready)
        desk.crash(Point.AFTER_RESPONSE)
        await self._record(reserved.attempt_id, outcome)
        desk.crash(Point.AFTER_RECORDED)

    async def _slot(self, account: AccountQueues, reserved: Reserved) -> float | None:
        """A slot of all limits; without one the attempt is given back."""
        limits = _limits(account, reserved)
        due = await self._slots.wait(*limits, lambda: self._effort.lead_seconds)
        if due is None:
            ids, chances = [reserved.attempt_id], self._desk.chances
            release = partial(give_back, chances=chances, ids=ids, reason="no_slot")
            await in_transaction(self._desk.engine, Repeatable(release))
        return due

    async def _another_slot(self, account: AccountQueues, reserved: Reserved) -> float | None:
        """A slot instead of one that was missed, because this machine was busy."""
        self._effort.missed()
        try:
            found = await take_slot(self._desk.engine, *_limits(account, reserved))
        except Transient:
            return None
        return boottime() + found.wait_seconds if isinstance(found, Slot) else None

    async def _decline(self, reserved: Reserved, verdict: Deferred | Terminal) -> None:
        desk, attempt_id = self._desk, reserved.attempt_id
        desk.metrics.closed(verdict.gate)
        work = partial(decline, chances=desk.chances, attempt_id=attempt_id, verdict=verdict)
        await in_transaction(desk.engine, Repeatable(work))

    async def _post(
        self,
        reserved: Reserved,
        ahead: Ahead,
        epoch: UUID,
        fence: Fence,
        ready: Callable[[], None],
    ) -> PostOutcome:
        desk, account_sid = self._desk, reserved.campaign.account_sid
        try:
            request = desk.writer.write(reserved, ahead, epoch)
        except Invalid:  # as every other contact of its campaign, perhaps: a person has to look
            return Refused(Refusal.REQUEST, "cannot_be_written", 0)
        watch = _Watch(desk, self._effort, fence.begun_at, ready)
        posted = await desk.poster.post(account_sid, request, fence, watch)
        desk.metrics.posted(_name(posted.outcome))
        if posted.outcome == NothingSent("too_late"):
            self._effort.missed()
        if posted.clock_offset is not None:
            desk.offsets.note(account_sid, posted.clock_offset)
        return posted.outcome

    async def _record(self, attempt_id: UUID, outcome: PostOutcome) -> None:
        """Write the outcome down, for a while also if the database is away."""
        desk = self._desk
        note = partial(record, chances=desk.chances, attempt_id=attempt_id, outcome=outcome)
        give_up = boottime() + RECORD_SECONDS
        while True:
            try:
                desk.errands.put(await in_transaction(desk.engine, Repeatable(note)))
                return
            except Transient:
                if boottime() > give_up:
                    raise
            await asyncio.sleep(RECORD_PAUSE_SECONDS)


class _Watch(Watch):
    """Learns from one request, and dies in it when told to."""

    def __init__(
        self, desk: Desk, effort: Effort, begun_at: float, ready: Callable[[], None]
    ) -> None:
        self._desk = desk
        self._effort = effort
        self._begun_at = begun_at
        self._ready = ready

    def ready(self) -> None:
        self._effort.ready(boottime() - self._begun_at)
        self._ready()

    def sent(self, due: float) -> None:
        self._desk.metrics.send_lag_seconds.observe(max(0.0, boottime() - due))
        self._desk.crash(Point.AFTER_SENT)


def tolerance(cps: float) -> float:
    """How late a call may be without being one too many in its second."""
    return max(0.1, 0.5 / cps)


def _limits(account: AccountQueues, reserved: Reserved) -> tuple[Limit, Sequence[Limit]]:
    """The account's, and those that are the call's own."""
    campaign, sender, own = reserved.campaign, reserved.sender, []
    if sender.cps is not None:
        own.append(sender_limit(sender.id, campaign.tenant_id, sender.cps))
    if campaign.cps is not None:
        own.append(campaign_limit(campaign.id, campaign.tenant_id, campaign.cps))
    return account_limit(account.account_sid, account.tenant_id, account.cps), own


def _name(outcome: PostOutcome) -> str:
    match outcome:
        case Created():
            return "created"
        case Refused():
            return "refused"
        case NothingSent():
            return "nothing_sent"
        case _:
            return "unclear"
