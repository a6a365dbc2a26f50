"""What readers and members of groups share: records in our form, a health check, patience."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, repeat

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import KafkaError

from trunkline.bus import Record


def records_of(batches: Mapping[KafkaPartition, Iterable[ConsumerRecord]]) -> list[Record]:
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


def check_alive(consumer: AIOKafkaConsumer) -> None:
    """Raise when aiokafka's background fetching has died: `getmany` would wait for ever."""
    if consumer._fetcher is None or consumer._fetcher.error_future.done():
        raise KafkaError("the consumer's fetching has ended")
