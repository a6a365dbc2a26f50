"""Decides, again and again, whom to reserve, and sets off a caller for each.

Every replica runs this; they share the rate limits and pass over each other's contacts in the
database.
"""

import asyncio
from collections.abc import Callable, Container, Sequence
from functools import partial
from typing import NoReturn

from dialer.boottime import boottime
from dialer.caller import Caller, Desk
from dialer.crash import Point
from dialer.dealing import COUNTED, AccountQueues, Dealer, Share
from dialer.effort import Effort
from dialer.store.claim import Claimant, Reserved
from dialer.store.queue import queues
from trunkline.database.transaction import in_transaction, transaction
from trunkline.errors import Transient
from trunkline.logs import get_logger

log = get_logger()

IDLE_SECONDS = 0.5
BUSY_SECONDS = 0.05


class Placer:
    """Places calls until it is stopped. `logins`: the accounts whose credentials are known."""

    def __init__(
        self, desk: Desk, claimant: Claimant, logins: Container[str], posts_at_once: int
    ) -> None:
        self._desk = desk
        self._claimant = claimant
        self._logins = logins
        self._effort = Effort(posts_at_once)
        self._caller = Caller(desk, self._effort)
        self._dealer = Dealer(posts_at_once)
        self._posts = asyncio.Semaphore(posts_at_once)
        self._known: Sequence[AccountQueues] = ()
        self._known_until = 0.0
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
        """Reserve what the next moments have slots for."""
        while True:
            try:
                if self._desk.surroundings.may_dial():
                    await self._reserve_some(tasks)
            except Transient as error:
                log.warning("reserving_postponed", reason=type(error).__name__)
            await asyncio.sleep(BUSY_SECONDS if self._waiting else IDLE_SECONDS)

    async def _reserve_some(self, tasks: asyncio.TaskGroup) -> None:
        seconds = 1.0 + self._effort.lead_seconds
        self._dealer.most = self._effort.hands
        for account in await self._queues(seconds):
            if account.account_sid not in self._logins:
                self._desk.metrics.closed("credentials")
                continue
            for share in self._dealer.deal(account, boottime(), seconds):
                for reserved in await self._claim(share):
                    self._start(tasks, account, reserved)

    async def _queues(self, seconds: float) -> Sequence[AccountQueues]:
        """Who has somebody to call; not asked again at once while everybody has enough in hand."""
        missing = any(self._dealer.missing(account, seconds) for account in self._known)
        if missing or boottime() >= self._known_until:
            work = partial(queues, limit=COUNTED)
            self._known = await in_transaction(self._desk.engine, work)
            self._known_until = boottime() + IDLE_SECONDS
            return self._known
        return ()

    async def _claim(self, share: Share) -> Sequence[Reserved]:
        desk = self._desk
        epoch = desk.ownership.epoch
        if epoch is None:
            return ()
        world = desk.surroundings.world()
        async with transaction(desk.engine) as connection:
            claimed = await self._claimant.claim(
                connection, epoch, share.campaign_id, share.wanted, world
            )
        desk.crash(Point.AFTER_RESERVED)
        if claimed.closed is not None:
            desk.metrics.closed(claimed.closed.gate)
            self._dealer.rest(share.campaign_id, boottime())
        return claimed.reserved

    def _start(self, tasks: asyncio.TaskGroup, account: AccountQueues, reserved: Reserved) -> None:
        put_back = self._dealer.take(account.account_sid, reserved.campaign.id)
        task = tasks.create_task(self._place(account, reserved, put_back), name="place")
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        task.add_done_callback(self._sending.discard)

    async def _place(
        self, account: AccountQueues, reserved: Reserved, put_back: Callable[[], None]
    ) -> None:
        """One attempt. Whatever goes wrong before its write-ahead, its lease takes care of;
        afterwards, its timer."""
        try:
            async with self._posts:
                due = await self._caller.wait(account, reserved)
                if due is not None:
                    self._is_sent()
                    await self._caller.send(account, reserved, due, put_back)
        except Transient as error:
            reason = type(error).__name__
            log.warning("attempt_left", reason=reason, attempt_id=str(reserved.attempt_id))
        except Exception:  # the boundary of one call: a bug ends this one only
            self._desk.metrics.alarm("bug")
            log.exception("attempt_broke", attempt_id=str(reserved.attempt_id))
        finally:
            put_back()

    def _is_sent(self) -> None:
        """From here on, a stop waits for this task."""
        task = asyncio.current_task()
        assert task is not None
        self._waiting.discard(task)
        self._sending.add(task)
