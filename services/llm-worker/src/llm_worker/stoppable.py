"""Lets the reading of prompts end between two fetches, and at no other moment."""

import asyncio
from collections.abc import Mapping, Sequence

from trunkline.bus import GroupConsumer, Record, TopicPartition


class Stopped(Exception):
    """The reading was asked to end."""


class Stoppable:
    """A member of a group whose `fetch` raises `Stopped` once `stop` was called.

    Cancelling the reading task instead could hit it while a commit is under way: prompts whose
    offset is stored, and which then nobody answers.
    """

    def __init__(self, member: GroupConsumer) -> None:
        self._member = member
        self._stopped = False
        self._fetching: asyncio.Timeout | None = None

    def stop(self) -> None:
        """End the fetch that waits now, if any, and every later one."""
        self._stopped = True
        if self._fetching is not None:
            self._fetching.reschedule(asyncio.get_running_loop().time())

    async def fetch(self) -> Sequence[Record]:
        if self._stopped:
            raise Stopped
        try:
            async with asyncio.timeout(None) as self._fetching:
                return await self._member.fetch()
        except TimeoutError:
            raise Stopped from None
        finally:
            self._fetching = None

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> frozenset[TopicPartition]:
        return await self._member.commit(offsets)

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset() if self._stopped else self._member.assignment()
