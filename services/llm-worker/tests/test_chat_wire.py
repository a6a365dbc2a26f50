import json
from collections.abc import Sequence
from itertools import pairwise

import pytest
from chat_chunks import (
    BEGIN,
    COMMENT,
    DONE,
    END,
    GROQ_END,
    WORDS,
    call_part,
    calling,
    chunk,
    event,
    words,
)
from hypothesis import given
from hypothesis import strategies as st
from questions import play

from llm_worker.model import CallBegun, CallDelta, Fault, Finished, ModelFailed, TextDelta
from llm_worker.providers.calls import MAX_ARGUMENTS, MAX_CALLS
from llm_worker.providers.chat_wire import ChatReply
from trunkline.events.call import Usage

COUNTED = Usage("openai/a-model", 80, 5, cached_tokens=64, reasoning_tokens=3)
SAID = [TextDelta("We open"), TextDelta(" at eight.")]
THOUGHTS = [chunk({"reasoning_content": "Hours?"}), chunk({"reasoning": "Hours."})]
COMPLETE = b"".join([*BEGIN, *THOUGHTS, *WORDS, *END])


def reply() -> ChatReply:
    return ChatReply("openai/a-model")


def calls(*events: bytes, finish: str = "tool_calls") -> list[CallDelta]:
    deltas = play(reply(), [*BEGIN, *events, chunk({}, finish), DONE])
    return [delta for delta in deltas if isinstance(delta, CallDelta)]


@pytest.mark.parametrize("end", [END, GROQ_END])
def test_words_come_at_once_and_what_they_cost_at_the_end(end: Sequence[bytes]) -> None:
    assert play(reply(), [*BEGIN, *WORDS, *end]) == [*SAID, Finished(COUNTED)]


def test_thoughts_are_not_words() -> None:
    assert play(reply(), [*BEGIN, *THOUGHTS, *WORDS, *END]) == [*SAID, Finished(COUNTED)]


def test_thoughts_in_tags_are_not_words_either() -> None:
    thought = words("<thi", "nk>Hours?</think>", "\nAt eight.")

    assert play(reply(), [*thought, *END])[:-1] == [TextDelta("\nAt eight.")]


def test_words_that_looked_like_a_tag_are_said_at_the_end() -> None:
    assert play(reply(), [*words("<"), *END])[:-1] == [TextDelta("<")]


@given(st.sets(st.integers(1, len(COMPLETE) - 1)))
def test_the_reply_is_the_same_wherever_the_network_divides_it(cuts: set[int]) -> None:
    pieces = [COMPLETE[a:b] for a, b in pairwise([0, *sorted(cuts), len(COMPLETE)])]

    assert play(reply(), pieces) == [*SAID, Finished(COUNTED)]


@given(st.integers(0, len(COMPLETE)))
def test_a_stream_that_is_cut_is_never_taken_for_a_whole_one(at: int) -> None:
    """Also between two events, where it looks like any other end."""
    finished_at = COMPLETE.index(b"\n", COMPLETE.index(b'"finish_reason": "stop"'))
    listening = reply()

    heard = list(listening.feed(COMPLETE[:at]))

    assert heard == SAID[: len(heard)]
    if at <= finished_at:
        with pytest.raises(ModelFailed) as failed:
            list(listening.end())
        assert failed.value.fault is Fault.CUT
    else:
        assert isinstance(list(listening.end())[-1], Finished)


def test_a_call_is_put_together_from_its_parts() -> None:
    parts = [
        chunk({"tool_calls": [call_part(name="opening_hours", index=0, id="call_a")]}),
        chunk({"tool_calls": [call_part('{"day":', index=0)]}),
        chunk({"tool_calls": [call_part(name="end_call", index=1, id="call_b")]}),
        chunk({"tool_calls": [call_part('"Monday"}', index=0), call_part("{}", index=1)]}),
    ]

    assert calls(*parts) == [
        CallDelta("opening_hours", '{"day":"Monday"}'),
        CallDelta("end_call", "{}"),
    ]


def test_words_may_come_before_a_call_and_stop_may_end_it() -> None:
    part = calling(call_part("{}", name="end_call", index=0, id="a"))

    assert play(reply(), [*WORDS, part, *END]) == [
        *SAID,
        CallBegun(),
        CallDelta("end_call", "{}"),
        Finished(COUNTED),
    ]


def test_a_call_is_announced_once_when_it_begins_and_told_when_all_of_it_has_come() -> None:
    listening = reply()
    parts = ("{", '"day"', ': "Monday"}')
    first, *others = [calling(call_part(part, name="a", index=0)) for part in parts]

    assert list(listening.feed(first)) == [CallBegun()]
    assert list(listening.feed(b"".join(others))) == []
    assert play(listening, [chunk({}, "tool_calls")])[0] == CallDelta("a", '{"day": "Monday"}')


@pytest.mark.parametrize("arguments", ["", "{", '{"day": "Mon'])
@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_a_reply_that_is_stopped_within_a_call_asks_for_nothing(
    arguments: str, finish: str
) -> None:
    """What is left of `cancel(day=Monday)` may be `cancel()`, which is another wish."""
    whole = calling(call_part("{}", name="end_call", index=0))
    begun = calling(call_part(arguments, name="cancel", index=1))

    with pytest.raises(ModelFailed) as failed:
        calls(whole, begun, finish=finish)

    assert failed.value.fault is Fault.CUT


def test_a_call_that_is_whole_is_asked_for_however_the_reply_ends() -> None:
    whole = calling(call_part('{"day": "Monday"}', name="a", index=0))

    assert calls(whole, finish="length") == [CallDelta("a", '{"day": "Monday"}')]


def test_arguments_may_come_as_the_object_that_they_are() -> None:
    function = {"name": "a", "arguments": {"day": "Monday"}}

    assert calls(calling({"index": 0, "function": function})) == [
        CallDelta("a", '{"day":"Monday"}')
    ]


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(
            [call_part("{}", name="a", id="1"), call_part("{}", name="b", id="2")],
            id="no index, but ids",
        ),
        pytest.param(
            [call_part("{}", name="a"), call_part("{}", name="b")], id="neither index nor id"
        ),
        pytest.param(
            [
                call_part("{}", name="a", index=0, id="1"),
                call_part("{}", name="b", index=0, id="2"),
            ],
            id="every call numbered 0",
        ),
        pytest.param(
            [
                call_part("{", name="a", id="1"),
                call_part("}"),
                call_part("{", name="b", id="2"),
                call_part("}", id="2"),
            ],
            id="fragments without an index",
        ),
        pytest.param(
            [
                call_part("{", name="a", index=3, id="1"),
                call_part("}", name="a", index=3),
                call_part("{}", name="b", index=4, id="2"),
            ],
            id="the name in each part",
        ),
    ],
)
def test_calls_are_told_apart_by_whatever_there_is(parts: list[dict[str, object]]) -> None:
    expected = [CallDelta("a", "{}"), CallDelta("b", "{}")]

    assert calls(*(calling(part) for part in parts), finish="stop") == expected
    assert calls(calling(*parts), finish="stop") == expected


def test_a_signature_is_kept_with_its_call_even_if_it_comes_later() -> None:
    signature = {"google": {"thought_signature": "c2ln"}}
    signed = {**call_part("{}", name="a", id="1"), "extra_content": signature}

    (at_once,) = calls(calling(signed), finish="stop")
    (later,) = calls(
        calling(call_part("{}", name="a", id="1")), calling({"extra_content": signature})
    )

    assert json.loads(at_once.extra) == json.loads(later.extra) == signature
    assert at_once.name == later.name == "a"


@pytest.mark.parametrize(("arguments", "told"), [("", "{}"), ("{broken", "{broken"), ("8", "8")])
def test_arguments_are_passed_on_json_or_not(arguments: str, told: str) -> None:
    assert calls(calling(call_part(arguments, name="a", index=0))) == [CallDelta("a", told)]


def test_a_model_that_calls_without_end_has_run_away() -> None:
    many = [calling(call_part("{}", name="a", index=i)) for i in range(MAX_CALLS + 1)]
    long = calling(call_part("x" * (MAX_ARGUMENTS + 1), name="a", index=0))

    for events in (many, [long]):
        with pytest.raises(ModelFailed) as failed:
            calls(*events)
        assert failed.value.fault is Fault.CUT


def test_a_reply_that_reached_its_longest_is_said() -> None:
    assert play(reply(), [*WORDS, chunk({}, "length"), DONE])[:2] == SAID


def test_a_filtered_reply_is_refused_unless_something_was_said() -> None:
    with pytest.raises(ModelFailed) as failed:
        play(reply(), [*BEGIN, chunk({}, "content_filter"), DONE])

    assert (failed.value.fault, failed.value.retryable) == (Fault.REFUSED, False)
    assert play(reply(), [*WORDS, chunk({}, "content_filter"), DONE])[:2] == SAID


@pytest.mark.parametrize(
    ("event_", "fault"),
    [
        (event({"error": {"message": "over"}}), Fault.UNAVAILABLE),
        (b"event: error\n" + event({"error": {"message": "over"}}), Fault.UNAVAILABLE),
        (event({"error": {"code": "tool_use_failed", "status_code": 400}}), Fault.BAD_CALL),
        (event({"choices": [], "x_groq": {"error": "failed"}}), Fault.UNAVAILABLE),
        (b"data: {broken\n\n", Fault.CUT),
        (event({"choices": [{"delta": {}, "finish_reason": "abort"}]}), Fault.CUT),
    ],
)
def test_what_goes_wrong_in_the_stream_is_a_failure_after_the_words_before_it(
    event_: bytes, fault: Fault
) -> None:
    listening = reply()

    assert list(listening.feed(b"".join(WORDS))) == SAID
    with pytest.raises(ModelFailed) as failed:
        play(listening, [event_])
    assert failed.value.fault is fault


def test_usage_on_every_chunk_is_the_last_one() -> None:
    early = {"prompt_tokens": 80, "completion_tokens": 1, "total_tokens": 81}
    counting = [chunk({"content": "Hi"}, usage=early), *END]

    assert play(reply(), counting)[-1] == Finished(COUNTED)


def test_a_count_that_is_missing_costs_no_reply() -> None:
    details = {"cached_tokens": None}
    usage = {"prompt_tokens": None, "completion_tokens": 5, "prompt_tokens_details": details}
    counting = event({"choices": [], "usage": usage})

    assert play(reply(), [*WORDS, chunk({}, "stop"), counting, DONE]) == [
        *SAID,
        Finished(Usage("openai/a-model", 0, 5)),
    ]


def test_what_nobody_asked_for_is_passed_over() -> None:
    oddities = [
        event({"choices": None}),
        event({"choices": [{"index": 0, "delta": None}]}),
        event({"choices": [], "prompt_filter_results": [], "obfuscation": "aaaa"}),
        event({"choices": [{"delta": {"content": None, "tool_calls": None, "audio": {}}}]}),
        COMMENT,
        b"data:\n\n",
        b"data: \n\n",
    ]

    assert play(reply(), [*oddities, *WORDS, *END]) == [*SAID, Finished(COUNTED)]
