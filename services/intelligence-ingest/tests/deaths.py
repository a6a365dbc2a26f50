"""Processes that die in the middle of their work.

A step is a statement or a commit, of whichever transaction. The death is an exception that nothing
catches: what was not committed by then is gone, as after `kill -9`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


class Died(BaseException):
    """The process is gone."""


class Death:
    """Comes at the n-th step."""

    def __init__(self, step: int) -> None:
        self.left = step

    def come_nearer(self, *_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            raise Died


@contextmanager
def dying(engine: AsyncEngine, death: Death) -> Iterator[None]:
    names = ("before_cursor_execute", "commit")
    for name in names:
        event.listen(engine.sync_engine, name, death.come_nearer)
    try:
        yield
    finally:
        for name in names:
            event.remove(engine.sync_engine, name, death.come_nearer)
