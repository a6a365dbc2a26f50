"""What a producer remembers of topics, and how often a client may ask for metadata."""

import asyncio

import pytest

from trunkline.bus.kafka_metadata import CalmMetadata, RecentTopics
from trunkline.testing.virtual_time import in_virtual_time


class Client:
    """The parts of an `AIOKafkaClient` that matter here; it notes when it asks for what."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self.questions: list[tuple[float, set[str] | None]] = []

    def set_topics(self, topics: list[str]) -> "asyncio.Future[bool]":
        self._topics = set(topics)
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        answered.set_result(True)
        return answered

    async def _metadata_update(self, cluster: object, topics: set[str] | None) -> bool:
        asked = set(topics) if topics else None  # as aiokafka does: a false set is all topics
        self.questions.append((asyncio.get_running_loop().time(), asked))
        return True


@in_virtual_time
async def test_the_same_question_is_asked_ten_times_a_second_at_most() -> None:
    client = Client()
    metadata = CalmMetadata(client)
    await metadata.follow(["deleted"])

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10):
            while True:
                await client._metadata_update(None, client._topics)

    assert len(client.questions) < 110


@in_virtual_time
async def test_a_new_topic_is_asked_for_at_once_while_an_old_one_is_missing() -> None:
    client = Client()
    metadata = CalmMetadata(client)
    loop = asyncio.get_running_loop()

    async def spin() -> None:
        while True:
            await client._metadata_update(None, client._topics)

    await metadata.follow(["deleted"])
    async with asyncio.TaskGroup() as tasks:
        spinning = tasks.create_task(spin(), name="spin")
        await asyncio.sleep(5.05)
        began = loop.time()
        await metadata.follow(["deleted", "new"])
        await asyncio.sleep(0.2)
        spinning.cancel()
    asked_at = min(when for when, topics in client.questions if topics == {"deleted", "new"})

    assert asked_at == pytest.approx(began)


@in_virtual_time
async def test_no_topics_are_not_taken_for_all_topics() -> None:
    client = Client()
    CalmMetadata(client)
    await client._metadata_update(None, set())

    [(_, asked)] = client.questions
    assert asked == set()


@in_virtual_time
async def test_all_topics_can_still_be_asked_for() -> None:
    client = Client()
    CalmMetadata(client)
    await client._metadata_update(None, None)

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
