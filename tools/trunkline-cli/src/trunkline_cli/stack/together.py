"""Doing several things at once and failing with one plain error."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager

from trunkline_cli.stack.errors import StackError


@contextmanager
def plain_errors() -> Iterator[None]:
    """Let a `StackError` leave the task groups inside as it is, not as part of a group."""
    try:
        yield
    except ExceptionGroup as group:
        errors = [error for error in group.exceptions if isinstance(error, StackError)]
        if not errors:
            raise
        raise errors[0] from None


async def together(work: Iterable[Coroutine[None, None, None]]) -> None:
    """Await all at once. The first `StackError` ends the others and is raised."""
    with plain_errors():
        async with asyncio.TaskGroup() as tasks:
            for number, each in enumerate(work):
                tasks.create_task(each, name=f"together-{number}")
