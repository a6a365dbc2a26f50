"""Whether the database answers, for `/readyz`."""

import asyncio

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

EVERY_SECONDS = 2.0
DEADLINE_SECONDS = 2.0


class DatabaseProbe:
    """Asks the database now and then; `answers` is what `/readyz` says of it."""

    def __init__(self, engine: AsyncEngine, *, every_seconds: float = EVERY_SECONDS) -> None:
        self._engine = engine
        self._every_seconds = every_seconds
        self._answers = False

    @property
    def answers(self) -> bool:
        """Whether it answered when it was last asked; not before the first time."""
        return self._answers

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            self._answers = await self.ask()
            await asyncio.sleep(self._every_seconds)

    async def ask(self) -> bool:
        """Ask once, with a deadline; a pool that is used up counts as no answer."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS), self._engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError, TimeoutError):
            return False
        return True
