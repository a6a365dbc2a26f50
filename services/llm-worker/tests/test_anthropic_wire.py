from collections.abc import Sequence
from itertools import pairwise

import pytest
from anthropic_events import BEGIN, END, PING, WORDS, call, raw, stop, text, thought
from hypothesis import given
from hypothesis import strategies as st
from questions import play

from llm_worker.model import CallBegun, CallDelta, Fault, Finished, ModelFailed, TextDelta
from llm_worker.providers.anthropic_wire import AnthropicReply
from trunkline.events.call import Usage

COUNTED = Usage("anthropic/a-model", 80, 5, cached_tokens=50, reasoning_tokens=3)
SAID = [TextDelta("We open"), TextDelta(" at eight.")]
COMPLETE = b"".join([*BEGIN, *thought(1), *WORDS, PING, *END])


def reply() -> AnthropicReply:
    return AnthropicReply("anthropic/a-model")


def test_words_come_at_once_and_what_they_cost_at_the_end() -> None:
    assert play(reply(), [*BEGIN, *WORDS, *END]) == [*SAID, Finished(COUNTED)]


def test_thoughts_are_not_words() -> None:
    assert play(reply(), [*BEGIN, *thought(0), *WORDS, *END]) == [*SAID, Finished(COUNTED)]


@given(st.sets(st.integers(1, len(COMPLETE) - 1)))
def test_the_reply_is_the_same_wherever_the_network_divides_it(cuts: set[int]) -> None:
    pieces = [COMPLETE[a:b] for a, b in pairwise([0, *sorted(cuts), len(COMPLETE)])]

    assert play(reply(), pieces) == [*SAID, Finished(COUNTED)]


@given(st.integers(0, len(COMPLETE)))
def test_a_stream_that_is_cut_is_never_taken_for_a_whole_one(at: int) -> None:
    stopped_at = COMPLETE.index(b"\n", COMPLETE.index(b'"end_turn"'))
    listening = reply()

    heard = list(listening.feed(COMPLETE[:at]))

    assert heard == SAID[: len(heard)]
    if at <= stopped_at:
        with pytest.raises(ModelFailed) as failed:
            list(listening.end())
        assert failed.value.fault is Fault.CUT
    else:
        assert list(listening.end()) == [Finished(COUNTED)]


def test_calls_are_put_together_and_told_at_the_end() -> None:
    events = [*text(0, "One moment."), *call(1, "opening_hours", "", '{"day":', '"Monday"}')]

    assert play(reply(), [*BEGIN, *events, *call(2, "end_call"), *stop("tool_use")]) == [
        TextDelta("One moment."),
        CallBegun(),
        CallBegun(),
        CallDelta("opening_hours", '{"day":"Monday"}'),
        CallDelta("end_call", "{}"),
        Finished(COUNTED),
    ]


@pytest.mark.parametrize("parts", [[], [""], ['{"day": "Mon']])
@pytest.mark.parametrize("reason", ["max_tokens", "refusal", "model_context_window_exceeded"])
def test_a_reply_that_is_stopped_within_a_call_asks_for_nothing(
    parts: Sequence[str], reason: str
) -> None:
    events = [*call(0, "end_call", "{}"), *call(1, "cancel", *parts)]

    with pytest.raises(ModelFailed) as failed:
        play(reply(), [*BEGIN, *events, *stop(reason)])

    assert failed.value.fault is Fault.CUT


def test_words_after_a_call_are_not_glued_to_those_before_it() -> None:
    events = [*text(0, "One moment."), *call(1, "end_call"), *text(2, "Goodbye.")]

    deltas = play(reply(), [*BEGIN, *events, *END])

    said = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
    assert said == "One moment. Goodbye."


@pytest.mark.parametrize(
    ("events", "fault", "retryable"),
    [
        ([*WORDS, *stop(None)], Fault.CUT, True),
        ([*BEGIN, *stop("refusal")], Fault.REFUSED, False),
        (
            [raw("error", {"type": "error", "error": {"type": "overloaded_error"}})],
            Fault.UNAVAILABLE,
            True,
        ),
        (
            [raw("error", {"type": "error", "error": {"type": "rate_limit_error"}})],
            Fault.RATE_LIMITED,
            True,
        ),
        ([*WORDS, b"data: {broken\n\n"], Fault.CUT, True),
        ([*WORDS, b"data: []\n\n"], Fault.CUT, True),
    ],
)
def test_a_reply_that_does_not_come_to_its_end_is_a_failure(
    events: Sequence[bytes], fault: Fault, retryable: bool
) -> None:
    with pytest.raises(ModelFailed) as failed:
        play(reply(), events)

    assert (failed.value.fault, failed.value.retryable) == (fault, retryable)


@pytest.mark.parametrize("reason", ["refusal", "max_tokens", "pause_turn", "stop_sequence"])
def test_words_that_were_said_stay_said_whatever_ends_them(reason: str) -> None:
    assert play(reply(), [*BEGIN, *WORDS, *stop(reason)])[:2] == SAID


def test_events_of_other_kinds_are_passed_over() -> None:
    oddities = [
        raw("news", {"type": "news", "delta": None}),
        raw("content_block_start", {"type": "content_block_start", "index": 9}),
        raw("message_delta", {"type": "message_delta"}),
    ]

    assert play(reply(), [*BEGIN, *oddities, *WORDS, *END]) == [*SAID, Finished(COUNTED)]
