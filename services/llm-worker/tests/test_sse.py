from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_worker.model import Fault, ModelFailed
from llm_worker.providers.sse import MAX_LINE, EventLines

STREAM = (
    b": a comment\n\n"
    b'event: message\r\ndata: {"a":1}\r\n\r\n'
    b"data:{}\n\n"
    b"id: 7\nretry: 10\ndata:\ndata: \n\n"
    b"data: [DONE]\n\n"
)
CARRIED = [b'{"a":1}', b"{}", b"[DONE]"]


def test_only_what_events_carry_is_kept() -> None:
    assert EventLines().feed(STREAM) == CARRIED


@given(st.sets(st.integers(1, len(STREAM) - 1)))
def test_lines_are_the_same_wherever_the_network_divides_them(cuts: set[int]) -> None:
    lines = EventLines()

    pieces = [STREAM[a:b] for a, b in pairwise([0, *sorted(cuts), len(STREAM)])]

    assert [line for piece in pieces for line in lines.feed(piece)] == CARRIED


def test_a_last_line_without_an_end_is_cut() -> None:
    assert EventLines().feed(b"data: {}\n\ndata: {") == [b"{}"]


def test_a_line_that_never_ends_is_a_failure_and_not_a_full_memory() -> None:
    with pytest.raises(ModelFailed) as failed:
        EventLines().feed(b"x" * (MAX_LINE + 1))

    assert failed.value.fault is Fault.CUT
