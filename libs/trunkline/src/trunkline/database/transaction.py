"""Work in one transaction: all of it or nothing, and failures in our own terms."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from trunkline.database.errors import is_collision, transient

TRIES = 5
FIRST_PAUSE_SECONDS = 0.01  # doubles with each try, and is spread evenly from zero

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class Repeatable(Generic[T]):
    """Work that touches nothing but its transaction, so that running it again is harmless.

    Use it as a decorator: `@Repeatable`. What publishes, calls out or changes variables of the
    caller is not repeatable, because a rollback does not take that back.
    """

    work: Work[T]

    async def __call__(self, connection: AsyncConnection) -> T:
        return await self.work(connection)


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction that is committed at the end, or rolled back by an exception.

    Raises `DatabaseUnavailable` or `DatabaseBusy` when the work may succeed later.
    """
    with _in_our_terms():
        async with engine.begin() as connection:
            yield connection


async def in_transaction(engine: AsyncEngine, work: Work[T]) -> T:
    """Run the work in one transaction and return what it returned.

    `Repeatable` work that collided with other transactions (a deadlock, a serialization failure)
    is run again, `TRIES` times in all; other work never is.
    """
    with _in_our_terms():
        for n in range(TRIES - 1 if isinstance(work, Repeatable) else 0):
            try:
                return await _once(engine, work)
            except SQLAlchemyError as error:
                if not is_collision(error):
                    raise
            await asyncio.sleep(random.uniform(0, FIRST_PAUSE_SECONDS * 2**n))
        return await _once(engine, work)


async def _once(engine: AsyncEngine, work: Work[T]) -> T:
    async with engine.begin() as connection:
        return await work(connection)


@contextmanager
def _in_our_terms() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        ours = transient(error)
        if ours is None:
            raise
        raise ours from error
