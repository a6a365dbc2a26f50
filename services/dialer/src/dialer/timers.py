"""What comes due: timers of attempts and contacts, workers that have died, campaigns at rest.

Every replica looks; what one has in hand, the others pass over.
"""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.attempt_events import OwnerLost, TimerFired
from dialer.contact import wake
from dialer.errands import Errands
from dialer.store import abandonment, attempts, contacts, rest, workers
from dialer.store.forgetting import forget
from dialer.store.reduction import Chances, Reduction
from trunkline.database.transaction import Repeatable, in_transaction, transaction

SOME = 50  # attempts in one transaction
MANY = 500  # contacts in one transaction
OLD = 1000  # rows of each kind that are removed in one transaction


class Timers:
    """Lets time pass for what is in the database."""

    def __init__(self, engine: AsyncEngine, errands: Errands, chances: Chances) -> None:
        self._engine = engine
        self._errands = errands
        self._chances = chances

    async def attempts(self) -> bool:
        """Fire some attempts' timers; whether there may be more."""
        work = await in_transaction(self._engine, Repeatable(self._fire))
        self._errands.put(work[0].todo)
        return work[1] == SOME

    async def _fire(self, connection: AsyncConnection) -> tuple[Reduction, int]:
        work = await Reduction.begin(connection, self._chances)
        due = await attempts.lock_due(connection, SOME)
        for held in due:
            await work.feed(held, TimerFired())
        await work.finish()
        return work, len(due)

    async def orphans(self) -> bool:
        """Take what dead workers had in hand; whether there may be more."""
        async with transaction(self._engine) as connection:
            await workers.end_dead(connection)
            work = await Reduction.begin(connection, self._chances)
            orphaned = await attempts.lock_orphaned(connection, SOME)
            for held in orphaned:
                await work.feed(held, OwnerLost())
            await work.finish()
        self._errands.put(work.todo)
        return len(orphaned) == SOME

    async def contacts(self) -> bool:
        """Wake some contacts, and end those whose time is over; whether there may be more."""
        async with transaction(self._engine) as connection:
            work = await Reduction.begin(connection, self._chances)
            due = await contacts.lock_due(connection, MANY)
            for held in due:
                await contacts.save(connection, held, wake(held.value, work.at), work.told)
            await work.finish()
        return len(due) >= MANY

    async def campaigns(self) -> bool:
        """Take every campaign that is not at rest one step nearer to it; whether one has more."""
        more = False
        for campaign in await in_transaction(self._engine, rest.alive):
            step = rest.cancel if campaign.state == "cancelling" else rest.advance
            work = partial(step, campaign_id=campaign.id, chances=self._chances)
            taken = await in_transaction(self._engine, Repeatable(work))
            self._errands.put(taken.todo)
            more |= taken.more
        return more

    async def abandonment(self) -> bool:
        """Pause the campaigns that leave too many people without an agent."""
        await in_transaction(self._engine, Repeatable(abandonment.pause_campaigns))
        return False

    async def forgetting(self) -> bool:
        """Remove what nobody needs any more; whether there may be more of it."""
        return await in_transaction(self._engine, partial(forget, limit=OLD))
