"""The aiokafka clients we use: how each is set up, and why, and how each is put away.

Settings that are aiokafka's defaults are not repeated. `retry_backoff_ms` is 20 everywhere: it is
what a moved leader costs, 112 ms with the default of 100.
"""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError

from trunkline.bus import Start
from trunkline.logs import get_logger

log = get_logger()

CONSUMER_STOP_SECONDS = 2.0  # leaving a group is one request; a dead broker must not hold us up


def producer_client(bootstrap: str, client_id: str, *, idempotent: bool) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        acks="all",  # the default of 1 loses what a dying leader had not copied yet
        # After a clean broker restart an idempotent producer may refuse every partition for ever;
        # without it a retry may write twice, so it is off only where readers de-duplicate.
        enable_idempotence=idempotent,
        linger_ms=0,  # 5 ms would cost 6-8; batches form by themselves while one is in flight
        retry_backoff_ms=20,
        request_timeout_ms=5000,  # default 40 s: also how long a record is retried without a leader
        metadata_max_age_ms=60_000,  # a moved leader is noticed by an error, a new broker by this
    )


def reader_client(bootstrap: str, client_id: str) -> AIOKafkaConsumer:
    """For one topic and no group: a gateway holds one for every call."""
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        enable_auto_commit=False,  # there is no group to commit for
        auto_offset_reset="earliest",  # of a position that retention has overtaken: skip no more
        fetch_max_wait_ms=5000,  # an idle reader asks every 5 s, not twice a second
        consumer_timeout_ms=5000,  # and wakes as rarely: 200 ms cost 300 readers 12 % CPU, not 3 %
        request_timeout_ms=8000,  # must be longer than the broker may hold a fetch back
        retry_backoff_ms=20,
    )


def member_client(bootstrap: str, client_id: str, group: str, start: Start) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        group_id=group,
        enable_auto_commit=False,  # it commits what was handed out, not what was finished
        auto_offset_reset="earliest" if start is Start.BEGINNING else "latest",
        max_poll_records=500,  # of one fetch: what its owner holds in memory
        fetch_max_wait_ms=500,  # also how long another request on the connection may be stuck
        # Exactly one: with two, each join is made twice.
        partition_assignment_strategy=(RoundRobinPartitionAssignor,),
        heartbeat_interval_ms=500,  # a member learns of a rebalance from a heartbeat's answer
        session_timeout_ms=6000,  # how long a crashed member keeps its partitions; brokers' minimum
        rebalance_timeout_ms=5000,  # how long the others wait for one who does not rejoin
        request_timeout_ms=8000,  # longer than a JoinGroup may be held back (the 5 s above)
        retry_backoff_ms=20,
        metadata_max_age_ms=60_000,  # how late a new partition of a topic is noticed
    )


def admin_client(bootstrap: str, client_id: str) -> AIOKafkaAdminClient:
    return AIOKafkaAdminClient(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        request_timeout_ms=5000,  # the default is 40 s
        retry_backoff_ms=20,
    )


async def stop_producer(producer: AIOKafkaProducer, seconds: float) -> None:
    """Flush and close in bounded time; what is not acknowledged by then is given up.

    An idempotent producer's `stop` alone waits for its records for ever.
    """
    try:
        async with asyncio.timeout(seconds):
            await producer.stop()
    except (TimeoutError, KafkaError) as error:
        log.warning("producer_stop_cut_short", reason=type(error).__name__)
        producer._message_accumulator.fail_all(KafkaError("the producer was stopped"))
        if producer._sender.sender_task is not None:
            producer._sender.sender_task.cancel()
        await producer.client.close()


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Leave the group, if any, and close in bounded time, whatever state the consumer is in."""
    try:
        async with asyncio.timeout(CONSUMER_STOP_SECONDS):
            await consumer.stop()
    except (TimeoutError, KafkaError) as error:
        log.warning("consumer_stop_cut_short", reason=type(error).__name__)
        await consumer._client.close()
