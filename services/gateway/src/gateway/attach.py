"""Attaching to a call: its topic, our `Attached` in it, and what it tells of the call so far."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from gateway.calllog import Ownership, Replay, Verdict
from gateway.effects import Append
from gateway.metrics import GatewayMetrics
from gateway.publications import publish
from gateway.story import Story
from trunkline.bus import Bus, Reader, Record, Start
from trunkline.errors import Invalid, Transient
from trunkline.events.call import CallRecord, RoutedElsewhere
from trunkline.events.topics import call_topic
from trunkline.events.wire import decode_record

ELSEWHERE_SECONDS = 30.0  # for a topic that was late to become ready after all


@dataclass(slots=True)
class LiveLog:
    """The log of a call that we are attached to: what was written since, record by record."""

    ownership: Ownership
    story: Story
    """What had happened until our `Attached`, itself included."""
    _reader: Reader
    _rest: list[tuple[int, CallRecord]]
    _metrics: GatewayMetrics

    async def read(self) -> list[tuple[Verdict, CallRecord]]:
        """Wait for the next records and say what they mean to us."""
        records = self._rest or _decode(await self._reader.fetch(), self._metrics)
        self._rest = []
        return [(self.ownership.judge(offset, record), record) for offset, record in records]

    async def taken_over(self) -> None:
        """Wait until a newer attachment has the call."""
        while not self.ownership.is_lost:
            await self.read()


@asynccontextmanager
async def attach(
    bus: Bus, attached: CallRecord, metrics: GatewayMetrics, *, seconds: float
) -> AsyncIterator[LiveLog]:
    """Take the call: create its topic if need be, write `attached`, replay what came before it.

    Raises `TimeoutError` or `Transient` if that cannot be done in time.
    """
    topic = call_topic(attached.call_sid)
    async with asyncio.timeout(seconds) as deadline:
        await bus.create_topics([topic])
        async with bus.read(topic.name, Start.BEGINNING) as reader:
            await _append(bus, attached)
            log = await _replay(reader, Replay(Ownership(attached.attachment_id)), metrics)
            deadline.reschedule(None)
            yield log


async def tell_elsewhere(bus: Bus, attached: CallRecord, replies_topic: str) -> None:
    """Leave word in the call's topic, should it become ready, that its replies are elsewhere."""
    event = RoutedElsewhere(replies_topic)
    with suppress(Transient, TimeoutError):
        async with asyncio.timeout(ELSEWHERE_SECONDS):
            await bus.create_topics([call_topic(attached.call_sid)])
            await _append(bus, replace(attached, n=attached.n + 1, event=event))


async def _append(bus: Bus, record: CallRecord) -> None:
    await (await publish(bus.calls, Append(record)))


async def _replay(reader: Reader, replay: Replay, metrics: GatewayMetrics) -> LiveLog:
    while True:
        records = _decode(await reader.fetch(), metrics)
        for index, (offset, record) in enumerate(records):
            if replay.read(offset, record):
                rest = records[index + 1 :]
                return LiveLog(replay.ownership, replay.story, reader, rest, metrics)


def _decode(records: Sequence[Record], metrics: GatewayMetrics) -> list[tuple[int, CallRecord]]:
    """What we understand of the log. A newer version's records are not ours to act on."""
    decoded = []
    for record in records:
        try:
            decoded.append((record.offset, decode_record(record.value)))
        except Invalid:
            metrics.invalid_records.inc()
    return decoded
