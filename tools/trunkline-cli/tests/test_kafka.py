"""The local Kafka: real, restartable, and gone when its owner is."""

import asyncio
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from trunkline_cli.stack.kafka import KafkaServer


async def write(bootstrap: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    async with asyncio.timeout(20), producer:
        await producer.send_and_wait(topic, value)


async def read(bootstrap: str, topic: str) -> bytes:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with asyncio.timeout(20), consumer:
        value: bytes = (await consumer.getone()).value
        return value


async def create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
    finally:
        await admin.close()


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_acknowledged_records_survive_the_end_of_the_broker(
    own_kafka: Callable[[], KafkaServer], end: str
) -> None:
    broker = own_kafka()
    await broker.start()
    await create(broker.bootstrap, "kept")
    await write(broker.bootstrap, "kept", b"a record")
    before = (broker.bootstrap, broker.pid)

    if end == "stop":
        await broker.stop()
    else:
        broker.kill()
    await broker.start()

    assert await read(broker.bootstrap, "kept") == b"a record"
    assert broker.bootstrap == before[0]
    assert broker.pid != before[1]
