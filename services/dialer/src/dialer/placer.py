"""Places calls: reserve, take a slot, write ahead, send once, write down what came of it.

Every replica runs this; they share the rate limits and pass over each other's contacts in the
database. Each step leaves the database in a state from which others can go on without it.
"""

import asyncio
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NoReturn
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.boottime import boottime
from dialer.call_writer import CallWriter
from dialer.classify import Created, NothingSent, PostOutcome, Refusal, Refused
from dialer.crash import Crash, Point
from dialer.dealing import AccountQueues, Dealer, Share
from dialer.errands import Errands
from dialer.gates import Passed
from dialer.metrics import DialerMetrics
from dialer.offsets import ClockOffsets
from dialer.ownership import Ownership
from dialer.store.claim import Claimant, Reserved
from dialer.store.queue import queues
from dialer.store.rates import Limit, Slot, account_limit, campaign_limit, take_slot
from dialer.store.write_ahead import Ahead, Lost, WriteAhead, give_back, record
from dialer.surroundings import Surroundings
from dialer.twilio_post import CallPoster, Fence
from trunkline.database.transaction import Repeatable, in_transaction, transaction
from trunkline.errors import Invalid, Transient
from trunkline.logs import get_logger

log = get_logger()

IDLE_SECONDS = 0.5
BUSY_SECONDS = 0.05
LEAST_WAIT_SECONDS = 0.02
LEAD = timedelta(seconds=0.5)  # before its moment a call is written ahead, and connected
HOLD_SECONDS = 20.0  # an attempt without a slot for so long is given back: its lease is 60 s
RECORD_SECONDS = 30.0  # for which the database may be away while an answer is to be written down
RECORD_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a placer works with."""

    engine: AsyncEngine
    ownership: Ownership
    surroundings: Surroundings
    claimant: Claimant
    write_ahead: WriteAhead
    writer: CallWriter
    poster: CallPoster
    errands: Errands
    offsets: ClockOffsets
    metrics: DialerMetrics
    crash: Crash
    logins: Container[str]
    """Accounts whose credentials are known."""


class Placer:
    """Places calls until it is stopped."""

    def __init__(self, desk: Desk, posts_at_once: int) -> None:
        self._desk = desk
        self._posts = asyncio.Semaphore(posts_at_once)
        self._dealer = Dealer(posts_at_once)
        self._waiting: set[asyncio.Task[None]] = set()
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event, drain_seconds: float) -> None:
        """Place calls; once stopped, leave what was not sent, and wait for what was.

        What was reserved and not sent is released by others as soon as this worker has ended.
        """
        async with asyncio.TaskGroup() as tasks:
            dealing = tasks.create_task(self._deal(tasks), name="deal")
            await stop.wait()
            dealing.cancel()
            for task in self._waiting:
                task.cancel()
            if self._sending:
                await asyncio.wait(self._sending, timeout=drain_seconds)
            for task in self._sending:
                task.cancel()

    async def _deal(self, tasks: asyncio.TaskGroup) -> NoReturn:
        """Reserve what the next second has slots for, again and again."""
        while True:
            dealt = 0
            try:
                if self._desk.surroundings.may_dial():
                    dealt = await self._reserve_some(tasks)
            except Transient as error:
                log.warning("reserving_postponed", reason=type(error).__name__)
            await asyncio.sleep(BUSY_SECONDS if dealt else IDLE_SECONDS)

    async def _reserve_some(self, tasks: asyncio.TaskGroup) -> int:
        """Returns how many attempts are in hand or were reserved: while there are some, it is
        worth to look again soon."""
        limit = self._dealer.limit
        accounts = await in_transaction(self._desk.engine, partial(queues, limit=limit))
        for account in accounts:
            if account.account_sid not in self._desk.logins:
                self._desk.metrics.closed("credentials")
                continue
            for share in self._dealer.deal(account, boottime()):
                for reserved in await self._claim(share):
                    self._start(tasks, account, reserved)
        return len(self._waiting)

    async def _claim(self, share: Share) -> Sequence[Reserved]:
        desk = self._desk
        epoch = desk.ownership.epoch
        if epoch is None:
            return ()
        world = desk.surroundings.world()
        async with transaction(desk.engine) as connection:
            claimed = await desk.claimant.claim(
                connection, epoch, share.campaign_id, share.wanted, world
            )
        desk.crash(Point.AFTER_RESERVED)
        if claimed.closed is not None:
            desk.metrics.closed(claimed.closed.gate)
            self._dealer.rest(share.campaign_id, boottime())
        return claimed.reserved

    def _start(self, tasks: asyncio.TaskGroup, account: AccountQueues, reserved: Reserved) -> None:
        self._dealer.take(account.account_sid, reserved.campaign.id)
        task = tasks.create_task(self._place(account, reserved), name="place")
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _place(self, account: AccountQueues, reserved: Reserved) -> None:
        """One attempt, from its reservation to its outcome.

        Whatever goes wrong before the write-ahead, its lease takes care of; afterwards, its timer.
        """
        task = asyncio.current_task()
        assert task is not None
        try:
            async with self._posts:
                due = await self._wait(account, reserved)
                if due is None:
                    return
                self._waiting.discard(task)
                self._sending.add(task)
                await self._send(account, reserved, due)
        except Transient as error:
            reason = type(error).__name__
            log.warning("attempt_left", reason=reason, attempt_id=str(reserved.attempt_id))
        except Exception:  # the boundary of one call: a bug ends this one only
            self._desk.metrics.alarm("bug")
            log.exception("attempt_broke", attempt_id=str(reserved.attempt_id))
        finally:
            self._sending.discard(task)

    async def _wait(self, account: AccountQueues, reserved: Reserved) -> float | None:
        """Wait until it is almost time; returns the moment to send at, by `boottime`."""
        try:
            due = await self._slot(account, reserved)
            if due is not None:
                self._desk.crash(Point.AFTER_SLOT)
                await asyncio.sleep(max(0.0, due - LEAD.total_seconds() - boottime()))
            return due
        finally:
            self._dealer.put_back(account.account_sid, reserved.campaign.id)

    async def _slot(self, account: AccountQueues, reserved: Reserved) -> float | None:
        """A slot of all limits, or none within the time that an attempt may be held."""
        give_up = boottime() + HOLD_SECONDS
        while boottime() < give_up:
            found = await take_slot(self._desk.engine, *_limits(account, reserved), LEAD)
            if isinstance(found, Slot):
                return boottime() + found.wait_seconds
            await asyncio.sleep(max(found.wait_seconds, LEAST_WAIT_SECONDS))
        release = partial(
            give_back,
            chances=self._desk.claimant.chances,
            ids=[reserved.attempt_id],
            reason="no_slot",
        )
        await in_transaction(self._desk.engine, Repeatable(release))
        return None

    async def _another_slot(self, account: AccountQueues, reserved: Reserved) -> float | None:
        """A slot instead of one that was missed, because this machine was busy."""
        try:
            found = await take_slot(self._desk.engine, *_limits(account, reserved))
        except Transient:
            return None
        return boottime() + found.wait_seconds if isinstance(found, Slot) else None

    async def _send(self, account: AccountQueues, reserved: Reserved, due: float) -> None:
        desk, late = self._desk, tolerance(account.cps)
        epoch = desk.ownership.epoch
        if epoch is None:
            return
        begun_at = boottime()
        async with transaction(desk.engine) as connection:
            ahead = await desk.write_ahead.commit(
                connection, epoch, reserved, desk.surroundings.world()
            )
        if not isinstance(ahead, Ahead):
            if not isinstance(ahead, Lost | Passed):
                desk.metrics.closed(ahead.gate)
            return
        desk.crash(Point.AFTER_WRITE_AHEAD)
        another = partial(self._another_slot, account, reserved)
        fence = Fence(begun_at, partial(desk.ownership.holds, epoch), due, late, another)
        outcome = await self._post(reserved, ahead, epoch, fence)
        desk.crash(Point.AFTER_RESPONSE)
        await self._record(reserved.attempt_id, outcome)
        desk.crash(Point.AFTER_RECORDED)

    async def _post(
        self, reserved: Reserved, ahead: Ahead, epoch: UUID, fence: Fence
    ) -> PostOutcome:
        desk, account_sid = self._desk, reserved.campaign.account_sid
        try:
            request = desk.writer.write(reserved, ahead, epoch)
        except Invalid:  # as every other contact of its campaign, perhaps: a person has to look
            return Refused(Refusal.REQUEST, "cannot_be_written", 0)

        def sent(due: float) -> None:
            desk.metrics.send_lag_seconds.observe(max(0.0, boottime() - due))
            desk.crash(Point.AFTER_SENT)

        posted = await desk.poster.post(account_sid, request, fence, sent)
        desk.metrics.posted(_name(posted.outcome))
        if posted.clock_offset is not None:
            desk.offsets.note(account_sid, posted.clock_offset)
        return posted.outcome

    async def _record(self, attempt_id: UUID, outcome: PostOutcome) -> None:
        """Write the outcome down, for a while also if the database is away."""
        desk = self._desk
        note = partial(
            record, chances=desk.claimant.chances, attempt_id=attempt_id, outcome=outcome
        )
        give_up = boottime() + RECORD_SECONDS
        while True:
            try:
                desk.errands.put(await in_transaction(desk.engine, Repeatable(note)))
                return
            except Transient:
                if boottime() > give_up:
                    raise
            await asyncio.sleep(RECORD_PAUSE_SECONDS)


def tolerance(cps: float) -> float:
    """How late a call may be without being one too many in its second."""
    return max(0.1, 0.5 / cps)


def _limits(account: AccountQueues, reserved: Reserved) -> tuple[Limit, Limit | None]:
    campaign = reserved.campaign
    of_account = account_limit(account.account_sid, account.tenant_id, account.cps)
    if campaign.cps is None:
        return of_account, None
    return of_account, campaign_limit(campaign.id, campaign.tenant_id, campaign.cps)


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
