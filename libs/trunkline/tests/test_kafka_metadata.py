"""What a producer remembers of topics, and how often a client may ask for metadata."""

import asyncio

import pytest
from aiokafka.cluster import ClusterMetadata
from aiokafka.structs import PartitionMetadata

from trunkline.bus.kafka_metadata import CalmMetadata, RecentTopics
from trunkline.testing.virtual_time import in_virtual_time


class Client:
    """The parts of an `AIOKafkaClient` that matter here; it notes when it asks for what."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self.cluster = ClusterMetadata()
        self.existing: set[str] = set()
        self.questions: list[tuple[float, set[str] | None]] = []

    async def _metadata_update(self, cluster: ClusterMetadata, topics: set[str] | None) -> bool:
        asked = set(topics) if topics else None  # as aiokafka does: a false set is all topics
        self.questions.append((asyncio.get_running_loop().time(), asked))
        cluster._partitions = {
            topic: {0: PartitionMetadata(topic, 0, 1, [1], [1], 0)}
            for topic in (asked or set()) & self.existing
        }
        return True

    async def spin(self) -> None:
        """What aiokafka does while a record's partition has no leader."""
        while True:
            await self._metadata_update(self.cluster, self._topics)


@in_virtual_time
async def test_a_refresh_is_repeated_ten_times_a_second_at_most() -> None:
    client = Client()
    CalmMetadata(client).follow(["deleted"])

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10):
            await client.spin()

    assert len(client.questions) < 110


@in_virtual_time
async def test_a_new_topic_is_found_at_once_while_an_old_one_is_missing() -> None:
    client = Client()
    metadata = CalmMetadata(client)
    client.existing = {"new"}
    metadata.follow(["deleted", "new"])
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:
        spinning = tasks.create_task(client.spin(), name="spin")
        await asyncio.sleep(5.05)
        began = loop.time()
        partitions = await metadata.leaders("new")
        waited = loop.time() - began
        spinning.cancel()

    assert partitions == [0]
    assert waited == 0


@in_virtual_time
async def test_a_new_topic_is_asked_for_alone_and_the_others_stay_known() -> None:
    client = Client()
    metadata = CalmMetadata(client)
    client.existing = {"old", "new"}
    await metadata.leaders("old")
    await metadata.leaders("new")

    assert [asked for _, asked in client.questions] == [{"old"}, {"new"}]
    assert metadata.knows("old")
    assert metadata.knows("new")


@in_virtual_time
async def test_a_topic_that_appears_late_is_found_soon_after() -> None:
    client = Client()
    metadata = CalmMetadata(client)
    loop = asyncio.get_running_loop()
    loop.call_later(0.03, client.existing.add, "late")

    await metadata.leaders("late")

    assert loop.time() < 0.06


@in_virtual_time
async def test_no_topics_are_not_taken_for_all_topics() -> None:
    client = Client()
    CalmMetadata(client)
    await client._metadata_update(client.cluster, set())

    [(_, asked)] = client.questions
    assert asked == set()


@in_virtual_time
async def test_all_topics_can_still_be_asked_for() -> None:
    client = Client()
    CalmMetadata(client)
    await client._metadata_update(client.cluster, None)

    [(_, asked)] = client.questions
    assert asked is None


def test_the_least_recently_used_topics_are_forgotten() -> None:
    recent = RecentTopics(2)
    for topic in ("a", "b", "a", "c"):
        recent.begin(topic)
        recent.end(topic)

    assert recent.names == ["a", "c"]


def test_a_topic_with_records_in_flight_is_remembered() -> None:
    recent = RecentTopics(1)
    recent.begin("a")
    recent.begin("b")

    assert recent.names == ["a", "b"]


def test_only_a_new_topic_changes_the_names() -> None:
    recent = RecentTopics(2)

    assert recent.begin("a")
    assert not recent.begin("a")
    assert recent.forget("a")
    assert not recent.forget("a")
