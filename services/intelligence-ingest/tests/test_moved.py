"""Records that are on another topic are put there once, for as long as their batch is tried."""

from intelligence_ingest.moved import Moved
from trunkline.bus import Record


def a_record(offset: int, partition: int = 0, timestamp_ms: int = 1) -> Record:
    return Record("topic", partition, offset, None, b"", {}, timestamp_ms)


def test_a_batch_that_is_tried_again_is_without_what_was_moved() -> None:
    moved, records = Moved(), [a_record(n) for n in range(4)]
    moved.add(records[1])

    assert moved.left(records) == [records[0], *records[2:]]
    assert moved.left(records[:2]) == [records[0]]


def test_another_partition_and_a_topic_made_anew_have_offsets_of_their_own() -> None:
    moved = Moved()
    moved.add(a_record(1))

    for other in (a_record(1, partition=1), a_record(1, timestamp_ms=2)):
        assert moved.left([other]) == [other]


def test_what_the_partition_has_passed_is_forgotten() -> None:
    moved = Moved()
    moved.add(a_record(1))
    moved.left([a_record(2)])

    assert moved.left([a_record(1)]) == [a_record(1)]
