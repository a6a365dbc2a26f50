"""The bus contract: topics."""

import pytest

from trunkline.bus import (
    Bus,
    NewTopic,
    Start,
)
from trunkline.errors import PublishFailed
from trunkline.testing.contract.base import (
    ContractPart,
    unique,
)


class TopicContract(ContractPart):
    """What creating, deleting and asking about topics promise."""

    async def test_topics_are_created_listed_and_deleted(self, bus: Bus) -> None:
        name = unique("contract")
        await bus.create_topics([NewTopic(name, 3, {"retention.ms": "3600000"})])
        await bus.create_topics([NewTopic(name, 3)])  # what exists is left as it is

        async def listed() -> bool:
            return name in await bus.topics()

        async def gone() -> bool:
            return not await listed()

        assert await bus.partitions(name) == 3
        await self.until(listed)

        await bus.delete_topics([name])
        await bus.delete_topics([name])  # what is gone is no error

        await self.until(gone)

    async def test_a_deleted_topic_refuses_records_until_it_is_created_again(
        self, bus: Bus, topic: str
    ) -> None:
        await bus.calls.publish(topic, b"old")
        await bus.delete_topics([topic])
        with pytest.raises(PublishFailed):
            await bus.calls.publish(topic, b"refused")

        async def accepted() -> bool:
            """The cluster takes a moment to be rid of the old topic of that name."""
            await bus.create_topics([NewTopic(topic)])
            try:
                return (await bus.calls.publish(topic, b"new")).offset == 0
            except PublishFailed:
                return False

        await self.until(accepted)

    async def test_the_age_of_a_topic_is_that_of_its_oldest_record(
        self, bus: Bus, topic: str
    ) -> None:
        assert await bus.first_timestamp_ms(topic) is None

        await bus.calls.publish(topic, b"first")
        await bus.calls.publish(topic, b"second")
        async with bus.read(topic, Start.BEGINNING) as reader:
            [first, *_] = await reader.fetch()

        assert await bus.first_timestamp_ms(topic) == first.timestamp_ms
