"""The gateway's own topic of replies: for calls that have no topic of their own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import NoReturn

from gateway.follow import take_all
from gateway.metrics import GatewayMetrics
from trunkline.bus import Bus, NewTopic, Reader, Start
from trunkline.errors import Transient
from trunkline.events.call import CallRecord
from trunkline.events.wire import decode_record


@asynccontextmanager
async def own_topic(bus: Bus, topic: NewTopic) -> AsyncIterator[Reader]:
    """Make the topic and read it; delete it at the end. One that a kill leaves is used again."""
    await bus.create_topics([topic])
    async with bus.read(topic.name, Start.END) as reader:
        yield reader
    with suppress(Transient, TimeoutError):
        await bus.delete_topics([topic.name])


async def read_replies(
    reader: Reader, deliver: Callable[[CallRecord], None], metrics: GatewayMetrics
) -> NoReturn:
    """Hand each reply on; a call that is gone needs none."""
    await take_all(reader, decode_record, deliver, metrics)
