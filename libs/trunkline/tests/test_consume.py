"""The loop for durable topics, on the in-memory bus in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from trunkline.bus import NewTopic, Record, TopicPartition
from trunkline.bus.consume import Handle, Limits, consume, read_at_most_once
from trunkline.bus.dead_letters import DlqLimit, TooManyDeadLetters
from trunkline.bus.memory import MemoryBus
from trunkline.bus.patience import Patience
from trunkline.errors import Invalid, PublishFailed, Transient
from trunkline.testing.virtual_time import in_virtual_time, unix_now

TOPIC = "calls.turns"


async def bus_with(values: Sequence[str], partitions: int = 1) -> MemoryBus:
    """A bus with the topic and its dead letters; a value's key is what stands before the colon."""
    bus = MemoryBus(clock=unix_now)
    await bus.create_topics([NewTopic(TOPIC, partitions), NewTopic(f"{TOPIC}.dlq")])
    for value in values:
        await bus.bulk.publish(TOPIC, value.encode(), key=value.split(":")[0])
    return bus


@asynccontextmanager
async def consuming(
    bus: MemoryBus, handle: Handle, limits: Limits | None = None
) -> AsyncIterator[None]:
    """Consume while the context lasts, then stop in good order."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(
            consume(bus, "ingest", [TOPIC], handle, stop, limits=limits or Limits()),
            name="consume",
        )
        yield
        stop.set()


class Seen:
    """A handler that notes what it is given and says when it was enough."""

    def __init__(self, enough: int) -> None:
        self.values: list[str] = []
        self._enough = enough
        self.all_seen = asyncio.Event()

    async def __call__(self, record: Record) -> None:
        self.values.append(record.value.decode())
        if len(self.values) >= self._enough:
            self.all_seen.set()


@in_virtual_time
async def test_records_of_one_key_are_handled_in_order_and_others_at_the_same_time() -> None:
    bus = await bus_with(["a:1", "b:1", "a:2", "b:2"])
    seen = Seen(4)
    loop = asyncio.get_running_loop()

    async def handle(record: Record) -> None:
        await asyncio.sleep(10)
        await seen(record)

    began = loop.time()
    async with consuming(bus, handle):
        await seen.all_seen.wait()

    assert [value for value in seen.values if value[0] == "a"] == ["a:1", "a:2"]
    assert [value for value in seen.values if value[0] == "b"] == ["b:1", "b:2"]
    assert loop.time() - began == pytest.approx(20, abs=1)


@in_virtual_time
async def test_no_more_records_are_in_hand_than_the_limit_allows() -> None:
    bus = await bus_with([f"key{n}:0" for n in range(20)])
    working, most = 0, 0
    seen = Seen(20)

    async def handle(record: Record) -> None:
        nonlocal working, most
        working += 1
        most = max(most, working)
        await asyncio.sleep(1)
        working -= 1
        await seen(record)

    async with consuming(bus, handle, Limits(concurrency=3)):
        await seen.all_seen.wait()

    assert most == 3


@in_virtual_time
async def test_a_stop_finishes_what_is_in_work_and_commits_it() -> None:
    bus = await bus_with(["a:1"])
    begun = asyncio.Event()
    done = Seen(1)

    async def handle(record: Record) -> None:
        begun.set()
        await asyncio.sleep(1.5)
        await done(record)

    async with consuming(bus, handle):
        await begun.wait()

    assert done.values == ["a:1"]
    assert await committed(bus) == 1


@in_virtual_time
async def test_what_outlasts_a_stop_is_cancelled_and_read_again() -> None:
    bus = await bus_with(["a:1", "b:1"])
    begun = Seen(2)

    async def handle(record: Record) -> None:
        await begun(record)
        if record.value == b"b:1":
            await asyncio.sleep(3600)

    async with consuming(bus, handle):
        await begun.all_seen.wait()
    again = Seen(1)
    async with consuming(bus, again):
        await again.all_seen.wait()

    assert again.values == ["b:1"]


@in_virtual_time
async def test_a_slow_record_holds_back_the_commit_but_not_its_neighbours() -> None:
    bus = await bus_with(["slow:0", "a:1", "b:2"])
    seen = Seen(2)

    async def handle(record: Record) -> None:
        if record.key == "slow":
            await asyncio.sleep(3600)
        await seen(record)

    async with consuming(bus, handle):
        await seen.all_seen.wait()
        await asyncio.sleep(5)

    assert await committed(bus) == 0


@in_virtual_time
async def test_another_member_takes_over_without_loss_and_order_per_key_holds() -> None:
    values = [f"{key}:{n}" for n in range(30) for key in "abcdef"]
    bus = await bus_with(values, partitions=4)
    seen = Seen(len(values))

    async def handle(record: Record) -> None:
        await asyncio.sleep(0.1)
        await seen(record)

    async with consuming(bus, handle):
        await asyncio.sleep(0.55)
        async with consuming(bus, handle):
            await asyncio.sleep(0.55)
        await seen.all_seen.wait()

    assert set(seen.values) == set(values)
    for key in "abcdef":
        own = [value for value in seen.values if value.startswith(key)]
        assert own == sorted(own, key=lambda value: int(value[2:]))


@in_virtual_time
async def test_a_transient_failure_is_tried_again_until_it_works() -> None:
    bus = await bus_with(["a:1", "a:2"])
    seen = Seen(2)
    failures = [Transient(), Transient(), Transient()]

    async def handle(record: Record) -> None:
        if failures:
            raise failures.pop()
        await seen(record)

    async with consuming(bus, handle):
        await seen.all_seen.wait()

    assert seen.values == ["a:1", "a:2"]
    assert bus.records(f"{TOPIC}.dlq") == []


@in_virtual_time
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Invalid("+15005550006 is not wanted"), "invalid"),
        (Transient("+15005550006 is busy"), "exhausted"),
        (KeyError("+15005550006"), "bug"),
    ],
)
async def test_a_record_that_cannot_be_handled_becomes_a_dead_letter(
    error: Exception, reason: str
) -> None:
    bus = await bus_with(["a:1", "a:2"])
    seen = Seen(1)

    async def handle(record: Record) -> None:
        if record.offset == 0:
            raise error
        await seen(record)

    async with consuming(bus, handle):
        await seen.all_seen.wait()
    [letter] = bus.records(f"{TOPIC}.dlq")

    assert (letter.key, letter.value) == ("a", b"a:1")
    assert letter.headers["dlq.topic"] == TOPIC
    assert (letter.headers["dlq.partition"], letter.headers["dlq.offset"]) == ("0", "0")
    assert letter.headers["dlq.reason"] == reason
    assert letter.headers["dlq.error"] == type(error).__qualname__
    assert "test_consume.py" in letter.headers["dlq.traceback"]
    assert "+15005550006" not in str(letter.headers), "an error's text may be a caller's"
    assert await committed(bus) == 2


@in_virtual_time
async def test_the_loop_ends_when_dead_letters_pass_the_limit() -> None:
    bus = await bus_with([f"key{n}:0" for n in range(50)])

    async def handle(record: Record) -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as raised:
        await consume(bus, "ingest", [TOPIC], handle, asyncio.Event(), dlq_limit=DlqLimit(floor=10))

    assert raised.group_contains(TooManyDeadLetters)
    assert len(bus.records(f"{TOPIC}.dlq")) >= 11


@in_virtual_time
async def test_a_dead_letter_that_cannot_be_written_ends_the_loop_and_commits_nothing() -> None:
    bus = await bus_with(["a:1"])
    bus.faults.fail("*.dlq")

    async def handle(record: Record) -> None:
        raise Invalid

    with pytest.raises(ExceptionGroup) as raised:
        await consume(
            bus,
            "ingest",
            [TOPIC],
            handle,
            asyncio.Event(),
            limits=Limits(patience=Patience(tries=2)),
        )

    assert raised.group_contains(PublishFailed)
    assert await committed(bus) == 0


@in_virtual_time
async def test_at_most_once_means_the_offset_is_stored_before_the_record_is_handled() -> None:
    bus = await bus_with(["a:1", "a:2"])
    handled: list[bytes] = []
    both = asyncio.Event()

    def handle(record: Record) -> None:
        handled.append(record.value)
        if len(handled) == 2:
            both.set()

    async with bus.join("llm-workers", [TOPIC]) as consumer, asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(read_at_most_once(consumer, handle), name="read")
        await both.wait()
        reading.cancel()

    assert handled == [b"a:1", b"a:2"]
    assert await committed(bus, "llm-workers") == 2


@in_virtual_time
async def test_a_record_whose_offset_could_not_be_stored_is_not_handled() -> None:
    class LosesPartitions:
        """A member that is thrown out of its group between fetching and committing."""

        async def fetch(self) -> Sequence[Record]:
            return [Record("calls.prompts", 0, 0, "CA1", b"hello")]

        async def commit(self, offsets: object) -> frozenset[TopicPartition]:
            await asyncio.sleep(1)
            return frozenset()

        def assignment(self) -> frozenset[TopicPartition]:
            return frozenset()

    handled: list[Record] = []

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10):
            await read_at_most_once(LosesPartitions(), handled.append)

    assert handled == []


def test_few_dead_letters_on_a_quiet_topic_are_not_too_many() -> None:
    limit = DlqLimit(share=0.01, floor=3)

    assert [limit.note(0.0, dead=True) for _ in range(4)] == [False, False, False, True]


def test_many_dead_letters_among_very_many_records_are_not_too_many() -> None:
    limit = DlqLimit(share=0.01, floor=3)
    for _ in range(1000):
        limit.note(1.0, dead=False)

    assert not any(limit.note(1.0, dead=True) for _ in range(10))
    assert limit.note(1.0, dead=True)


def test_dead_letters_are_forgiven_after_the_window() -> None:
    limit = DlqLimit(floor=3, window_seconds=60)
    for _ in range(3):
        limit.note(0.0, dead=True)

    assert not limit.note(60.0, dead=True)


async def committed(bus: MemoryBus, group: str = "ingest") -> int:
    """Where a new member of the group would go on."""
    async with bus.join(group, [TOPIC]) as member:
        try:
            async with asyncio.timeout(1):
                return (await member.fetch())[0].offset
        except TimeoutError:
            return len(bus.records(TOPIC))
