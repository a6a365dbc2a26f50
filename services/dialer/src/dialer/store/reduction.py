"""Events into attempts: every change of an attempt after its reservation is made here.

A `Reduction` is the work of one transaction. What an attempt's life wants to be done elsewhere (ask
Twilio, end a call, ring an alarm) is gathered in `todo`, for whoever has committed: it is repeated
by the attempt's timer if it is lost.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.attempt import reduce
from dialer.attempt_events import (
    Alarm,
    Blame,
    CancelCall,
    DoubleDial,
    Event,
    FetchCall,
    Probe,
    ProveLifecycle,
    Settle,
)
from dialer.crash import Crash, Point, never
from dialer.store import attempts
from dialer.store.attempts import Held
from dialer.store.breakers import blame
from dialer.store.clock import now
from dialer.store.outbox import Announcements
from dialer.store.settlement import settle_contact

NO_FACTS: Mapping[str, object] = {}

Elsewhere = Probe | FetchCall | CancelCall | ProveLifecycle | DoubleDial | Alarm


@dataclass(frozen=True, slots=True)
class Todo:
    """What is to be done about an attempt once the transaction is committed."""

    attempt_id: uuid.UUID
    account_sid: str
    effect: Elsewhere


@dataclass(frozen=True, slots=True)
class Chances:
    """What is not certain: the spread of retries, and deaths on purpose."""

    jitter: Callable[[], float]
    crash: Crash = never


class Reduction:
    """One transaction's events. `finish` is the last thing that is done in it."""

    def __init__(self, connection: AsyncConnection, at: datetime, chances: Chances) -> None:
        self._connection = connection
        self._at = at
        self._chances = chances
        self.told = Announcements()
        self.todo: list[Todo] = []

    @classmethod
    async def begin(cls, connection: AsyncConnection, chances: Chances) -> "Reduction":
        """With the moment at which all of it happens."""
        return cls(connection, await now(connection), chances)

    @property
    def at(self) -> datetime:
        """The moment of the transaction, by the database's clock."""
        return self._at

    async def feed(
        self, held: Held, *events: Event, facts: Mapping[str, object] = NO_FACTS
    ) -> Held:
        """Let these happen to an attempt, and write down what it has become.

        `facts` are further columns of its row, which decide nothing.
        """
        before, life, columns = held, held.life, {**facts}
        for event in events:
            life, effects = reduce(life, event, self._at)
            held = replace(held, life=life)
            for effect in effects:
                columns |= await self._do(held, effect)
        await attempts.save(self._connection, before, life, self._at, columns)
        return held

    async def finish(self) -> None:
        """Tell what has happened."""
        await self.told.write(self._connection, self._at)

    async def _do(self, held: Held, effect: object) -> Mapping[str, object]:
        """Returns what else is to be written down of the attempt."""
        match effect:
            case Settle():
                self._chances.crash(Point.WHILE_SETTLING)
                return await settle_contact(
                    self._connection,
                    held,
                    effect,
                    now=self._at,
                    jitter=self._chances.jitter(),
                    told=self.told,
                )
            case Blame():
                await blame(self._connection, held, effect, self._at, self.told)
            case Probe() | FetchCall() | CancelCall() | ProveLifecycle() | DoubleDial() | Alarm():
                self.todo.append(Todo(held.id, held.life.account_sid, effect))
        return NO_FACTS
