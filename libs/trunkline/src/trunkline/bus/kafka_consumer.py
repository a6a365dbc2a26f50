"""What readers and members of groups share: records in our form, bounded stops, patience."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, repeat
from typing import Any

from aiokafka.errors import KafkaError

from trunkline.bus import Record
from trunkline.logs import get_logger

log = get_logger()

STOP_SECONDS = 2.0  # leaving a group takes one request; a dead broker must not hold up a shutdown


def records_of(batches: Mapping[Any, Iterable[Any]]) -> list[Record]:
    """What `getmany` returned, in the order of each partition."""
    return [
        Record(
            topic=partition.topic,
            partition=partition.partition,
            offset=message.offset,
            key=None if message.key is None else message.key.decode(),
            value=message.value or b"",
            headers={name: value.decode() for name, value in message.headers},
            timestamp_ms=message.timestamp,
        )
        for partition, messages in batches.items()
        for message in messages
    ]


def pauses() -> Iterator[float]:
    """Seconds between tries to get a consumer again: brokers restart in seconds."""
    return chain((0.2, 0.4, 0.8, 1.6, 3.2), repeat(5.0))


def check_alive(consumer: Any) -> None:
    """Raise when aiokafka's background fetching has died: `getmany` would wait for ever."""
    if consumer._fetcher is None or consumer._fetcher.error_future.done():
        raise KafkaError("the consumer's fetching has ended")


async def stop(consumer: Any) -> None:
    """Close a consumer in bounded time, whatever state it is in."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await consumer.stop()
    except (KafkaError, TimeoutError) as error:
        log.warning("consumer_stop_cut_short", reason=type(error).__name__)
        await consumer._client.close()
