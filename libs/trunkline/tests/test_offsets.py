"""What may be committed: examples, and a machine that starts and finishes in any order."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from trunkline.bus import Record, TopicPartition
from trunkline.bus.offsets import OffsetTracker, next_offsets

PLACES = [TopicPartition("calls.turns", 0), TopicPartition("calls.turns", 1)]


def record(offset: int, where: TopicPartition = PLACES[0]) -> Record:
    return Record(where.topic, where.partition, offset, key=None, value=b"")


def test_nothing_is_due_while_the_oldest_record_is_unfinished() -> None:
    tracker = OffsetTracker()
    tracker.start([record(0), record(1)])
    tracker.finish(record(1))

    assert tracker.due() == {}


def test_the_oldest_record_frees_all_that_finished_behind_it() -> None:
    tracker = OffsetTracker()
    tracker.start([record(0), record(1), record(2)])
    tracker.finish(record(1))
    tracker.finish(record(0))

    assert tracker.due() == {PLACES[0]: 2}


def test_offsets_may_have_gaps_as_compaction_leaves_them() -> None:
    tracker = OffsetTracker()
    tracker.start([record(7), record(30)])
    tracker.finish(record(7))

    assert tracker.due() == {PLACES[0]: 8}


def test_what_is_stored_is_due_no_more() -> None:
    tracker = OffsetTracker()
    tracker.start([record(0)])
    tracker.finish(record(0))
    tracker.store(tracker.due())

    assert tracker.due() == {}


def test_a_record_that_finishes_after_its_partition_was_dropped_is_ignored() -> None:
    tracker = OffsetTracker()
    tracker.start([record(5)])
    tracker.drop([PLACES[0]])
    tracker.finish(record(5))

    assert tracker.due() == {}


def test_a_partition_may_come_back_at_an_older_offset() -> None:
    tracker = OffsetTracker()
    tracker.start([record(5)])
    tracker.drop([PLACES[0]])
    tracker.start([record(3)])

    assert tracker.holds(record(3))
    assert not tracker.holds(record(5))


def test_a_record_that_is_not_newer_than_the_last_is_refused() -> None:
    tracker = OffsetTracker()
    tracker.start([record(5)])
    tracker.finish(record(5))

    with pytest.raises(ValueError, match="in their order"):
        tracker.start([record(5)])


def test_the_next_offset_is_behind_the_last_record_of_each_partition() -> None:
    records = [record(3), record(4), record(9, PLACES[1])]

    assert next_offsets(records) == {PLACES[0]: 5, PLACES[1]: 10}


class TrackerMachine(RuleBasedStateMachine):
    """Starts, finishes, commits and rebalances at random, beside a list that knows the truth."""

    in_hand = Bundle("in_hand")

    def __init__(self) -> None:
        super().__init__()
        self.tracker = OffsetTracker()
        self.unfinished: dict[TopicPartition, list[int]] = {where: [] for where in PLACES}
        self.started: dict[TopicPartition, list[int]] = {where: [] for where in PLACES}
        self.next_offset = dict.fromkeys(PLACES, 0)
        self.stored = dict.fromkeys(PLACES, 0)

    @rule(target=in_hand, where=st.sampled_from(PLACES), gap=st.integers(0, 3))
    def start(self, where: TopicPartition, gap: int) -> Record:
        offset = self.next_offset[where] + gap
        self.next_offset[where] = offset + 1
        self.started[where].append(offset)
        self.unfinished[where].append(offset)
        self.tracker.start([record(offset, where)])
        return record(offset, where)

    @rule(done=consumes(in_hand))
    def finish(self, done: Record) -> None:
        if done.offset in self.unfinished[done.where]:
            self.unfinished[done.where].remove(done.offset)
        self.tracker.finish(done)

    @rule()
    def commit(self) -> None:
        self.stored |= self.tracker.due()
        self.tracker.store(self.tracker.due())
        assert self.tracker.due() == {}

    @rule(where=st.sampled_from(PLACES))
    def rebalance(self, where: TopicPartition) -> None:
        """The partition goes and comes back, further on so that late finishes are told apart."""
        self.tracker.drop([where])
        self.next_offset[where] = max(self.next_offset[where], self.stored[where]) + 100
        self.started[where] = []
        self.unfinished[where] = []

    @invariant()
    def nothing_unfinished_is_ever_committed(self) -> None:
        for where in PLACES:
            due = self.tracker.due().get(where, self.stored[where])
            assert all(offset >= due for offset in self.unfinished[where])

    @invariant()
    def all_of_the_finished_prefix_is_due_or_stored(self) -> None:
        for where in PLACES:
            oldest = min(self.unfinished[where], default=self.next_offset[where])
            prefix = [offset for offset in self.started[where] if offset < oldest]
            if prefix:
                due = self.tracker.due().get(where, self.stored[where])
                assert due == prefix[-1] + 1

    @invariant()
    def commits_only_move_forward(self) -> None:
        for where, due in self.tracker.due().items():
            assert due > self.stored[where]


TrackerMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=40)
TestTracker = TrackerMachine.TestCase
