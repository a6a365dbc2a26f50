"""Creating, deleting and listing topics, without ever holding the metadata of all of them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin import NewTopic as KafkaNewTopic
from aiokafka.errors import (
    InvalidConfigurationError,
    InvalidPartitionsError,
    InvalidReplicationFactorError,
    InvalidTopicError,
    KafkaError,
    NoError,
    PolicyViolationError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)

from trunkline.bus import NewTopic, TopicPartition
from trunkline.bus.kafka_clients import admin_client
from trunkline.bus.kafka_metadata import CalmMetadata
from trunkline.errors import Invalid, Transient

DEADLINE_SECONDS = 10.0  # a batch of 256 topics is answered in 0.2 s, a new controller in 2-3
HOPELESS = (
    InvalidConfigurationError,
    InvalidPartitionsError,
    InvalidReplicationFactorError,
    InvalidTopicError,
    PolicyViolationError,
)


class KafkaAdmin:
    """One admin connection. All methods raise `Transient`, or `Invalid` where no try can help."""

    def __init__(self, client: AIOKafkaAdminClient) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, bootstrap: str, client_id: str) -> AsyncIterator[Self]:
        client = admin_client(bootstrap, client_id)
        CalmMetadata(client._client)
        try:
            async with _deadline():
                await client.start()
            yield cls(client)
        finally:
            await client.close()

    async def create(self, topics: Sequence[NewTopic]) -> None:
        async with _deadline():
            await self._controller_known()
            answer = await self._client.create_topics(
                [
                    KafkaNewTopic(
                        topic.name,
                        topic.partitions,
                        replication_factor=-1,  # the cluster's default: 1 on a laptop, else 3
                        replica_assignments={},  # none: the constructor wants it beside the -1
                        topic_configs=dict(topic.config),
                    )
                    for topic in topics
                ]
            )
        _check([error[:2] for error in answer.topic_errors], fine=TopicAlreadyExistsError)

    async def delete(self, names: Sequence[str]) -> None:
        async with _deadline():
            await self._controller_known()
            answer = await self._client.delete_topics(list(names))
        _check(answer.topic_error_codes, fine=UnknownTopicOrPartitionError)

    async def topics(self) -> frozenset[str]:
        async with _deadline():
            described = await self._client.describe_topics()
        return frozenset(topic["topic"] for topic in described if not topic["is_internal"])

    async def committed(self, group: str) -> Mapping[TopicPartition, int]:
        async with _deadline():
            found = await self._client.list_consumer_group_offsets(group)
        return {TopicPartition(*where): stored.offset for where, stored in found.items()}

    async def _controller_known(self) -> None:
        while self._client._client.cluster.controller is None:
            await self._client._client.force_metadata_update()


@asynccontextmanager
async def _deadline() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            yield
    except (KafkaError, TimeoutError) as error:
        raise Transient(f"the cluster did not do it: {type(error).__name__}") from error


def _check(answers: Iterable[tuple[str, int]], *, fine: type[KafkaError]) -> None:
    for _, code in answers:
        error = for_code(code)
        if error in HOPELESS:
            raise Invalid(f"the cluster refuses the topic: {error.__name__}")
        if error not in (NoError, fine):
            raise Transient(f"the cluster did not do it: {error.__name__}")
