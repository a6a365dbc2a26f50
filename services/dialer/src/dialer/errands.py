"""What an attempt's life wants done elsewhere: Twilio asked, a call ended, an alarm rung.

An errand that is lost (the process dies, Twilio does not answer, too many wait) is brought again by
the attempt's own timer.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.attempt_call import LIFECYCLE_AFTER_END
from dialer.attempt_events import (
    AbsenceClaimed,
    Alarm,
    CallFetched,
    CancelCall,
    DoubleDial,
    Event,
    FetchCall,
    LifecyclePassed,
    Probe,
    ProveLifecycle,
    StatusReported,
    Via,
)
from dialer.contact import MIN_GAP
from dialer.crash import Point
from dialer.gates import Deferred, Gate
from dialer.lookup import Looked, Lookup
from dialer.matching import ListedCall
from dialer.metrics import DialerMetrics
from dialer.offsets import ClockOffsets
from dialer.store import attempts, evidence
from dialer.store.attempts import Held
from dialer.store.claim import Reserved
from dialer.store.reduction import Chances, Reduction, Todo
from dialer.twilio_calls import CallNotFound, TwilioCalls
from trunkline.database.transaction import transaction
from trunkline.errors import Invalid, Transient
from trunkline.events.topics import CALLBACKS, LIFECYCLE
from trunkline.logs import get_logger
from trunkline.protect import NumberVault

log = get_logger()

WAITING = 2000
AT_ONCE = 8


class Errands:
    """Runs errands, some at a time, until cancelled."""

    def __init__(
        self,
        engine: AsyncEngine,
        calls: TwilioCalls,
        vault: NumberVault,
        chances: Chances,
        offsets: ClockOffsets,
        metrics: DialerMetrics,
    ) -> None:
        self._engine = engine
        self._calls = calls
        self._lookup = Lookup(engine, calls, vault, offsets)
        self._chances = chances
        self._offsets = offsets
        self._metrics = metrics
        self._queue: asyncio.Queue[Todo] = asyncio.Queue(WAITING)

    def put(self, todo: Iterable[Todo]) -> None:
        """Bring errands; alarms are rung at once, whatever waits."""
        for each in todo:
            match each.effect:
                case Alarm(reason):
                    self._metrics.alarm(reason)
                    log.warning("attempt_alarm", reason=reason, attempt_id=str(each.attempt_id))
                case DoubleDial():
                    self._metrics.double_dials.inc()
                    log.error("double_dial", attempt_id=str(each.attempt_id))
                case _ if not self._queue.full():
                    self._queue.put_nowait(each)
                case _:
                    self._metrics.errands_dropped.inc()

    async def run(self) -> None:
        """Run what is brought."""
        async with asyncio.TaskGroup() as tasks:
            for n in range(AT_ONCE):
                tasks.create_task(self._work(), name=f"errands {n}")

    async def _work(self) -> NoReturn:
        while True:
            todo = await self._queue.get()
            try:
                await self.run_one(todo)
            except (Transient, Invalid) as error:
                reason = type(error).__name__
                log.info("errand_postponed", reason=reason, attempt_id=str(todo.attempt_id))

    async def run_one(self, todo: Todo) -> None:
        """Run one errand. Raises `Transient` if it is to be brought again."""
        match todo.effect:
            case CancelCall(sid, answered):
                await self._calls.end(todo.account_sid, sid, answered=answered)
            case FetchCall(sid):
                await self._fetch(todo, sid)
            case Probe():
                await self._probe(todo)
            case ProveLifecycle():
                await self._prove_lifecycle(todo)

    async def _fetch(self, todo: Todo, sid: str) -> None:
        try:
            call = await self._calls.fetch(todo.account_sid, sid)
        except CallNotFound:
            self._metrics.alarm("call_not_found")
            return
        at = self._ours(todo.account_sid, call.ended_at or call.created_at)
        await self._feed(todo, CallFetched(sid, call.status, at, call.answered_by))

    async def _feed(self, todo: Todo, *events: Event) -> None:
        async with transaction(self._engine) as connection:
            work = await Reduction.begin(connection, self._chances)
            for held in (await attempts.lock(connection, [todo.attempt_id])).values():
                await work.feed(held, *events)
            await work.finish()
        self.put(work.todo)

    async def _probe(self, todo: Todo) -> None:
        """Look for the attempt's call in Twilio's list; adopt it, or add to the proof that there
        is none."""
        looked = await self._lookup.look(todo.attempt_id)
        if looked is None:
            return
        self._chances.crash(Point.AFTER_LISTING)
        async with transaction(self._engine) as connection:
            work = await Reduction.begin(connection, self._chances)
            # A failover may have lost it meanwhile.
            for held in (await attempts.lock(connection, [todo.attempt_id])).values():
                await self._weigh(connection, work, held, looked)
            await work.finish()
        self.put(work.todo)

    async def _weigh(
        self, connection: AsyncConnection, work: Reduction, held: Held, looked: Looked
    ) -> None:
        found = await looked.note(connection, held)
        if len(found) == 1:
            await work.feed(held, self._named(found[0]))
        elif found:
            self._metrics.alarm("several_candidates")
        else:
            proof = await evidence.proof_of(connection, held, [CALLBACKS.name])
            await work.feed(held, AbsenceClaimed(proof))

    async def doubt(self, reserved: Reserved) -> Deferred | None:
        """One more look for a call of before, where the contact's last attempt is not known to
        have been one; what has to be waited for if there was a call after all, which is ended.

        Raises `TwilioUnavailable`: then nothing may be sent.
        """
        if reserved.contact.last_attempt_no <= 1:
            return None
        async with transaction(self._engine) as connection:
            doubtful = await evidence.last_in_doubt(connection, reserved)
        looked = await self._lookup.look(doubtful) if doubtful is not None else None
        if doubtful is None or looked is None:
            return None
        found: Sequence[ListedCall] = ()
        async with transaction(self._engine) as connection:
            work = await Reduction.begin(connection, self._chances)
            for held in (await attempts.lock(connection, [doubtful])).values():
                found = await looked.note(connection, held)
                await work.feed(held, *map(self._named, found))
            await work.finish()
        self.put(work.todo)
        return self._wait_for(found, work.at)

    def _wait_for(self, found: Sequence[ListedCall], at: datetime) -> Deferred | None:
        ends = [
            self._ours(call.account_sid, call.ended_at) if call.ended_at else at for call in found
        ]
        until = max(ends, default=at - MIN_GAP) + MIN_GAP
        return Deferred(Gate.FREQUENCY, "late_call", until) if until > at else None

    def _named(self, call: ListedCall) -> StatusReported:
        at = self._ours(call.account_sid, call.ended_at or call.created_at)
        return StatusReported(call.sid, call.account_sid, call.status, at, via=Via.LISTING)

    async def _prove_lifecycle(self, todo: Todo) -> None:
        async with transaction(self._engine) as connection:
            work = await Reduction.begin(connection, self._chances)
            for held in (await attempts.lock(connection, [todo.attempt_id])).values():
                if await _is_passed(connection, held):
                    await work.feed(held, LifecyclePassed())
            await work.finish()
        self.put(work.todo)

    def _ours(self, account_sid: str, theirs: datetime) -> datetime:
        """A moment of Twilio's by the database's clock."""
        return theirs - timedelta(seconds=self._offsets.of(account_sid))


async def _is_passed(connection: AsyncConnection, held: Held) -> bool:
    """Whether all that was written to calls.lifecycle until long after the end was read."""
    passed = await evidence.passed_reading(connection, [LIFECYCLE.name])
    ended_at = held.life.ended_at
    return ended_at is not None and passed is not None and passed >= ended_at + LIFECYCLE_AFTER_END
