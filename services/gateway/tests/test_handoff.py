"""What a session that passes its call on says, there and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.handoff import MAX_CHARACTERS, MAX_REASON, Handoff, decode_handoff, encode_handoff

CODES = st.sampled_from(["", "en-US", "pt-BR", "multi"])
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True)


@given(st.builds(Handoff, NAMES, st.text(max_size=MAX_REASON), CODES))
def test_a_handoff_is_read_as_it_was_written(handoff: Handoff) -> None:
    assert decode_handoff(encode_handoff(handoff)) == handoff


@given(NAMES, st.text(min_size=MAX_REASON), CODES)
def test_a_long_reason_is_cut(name: str, reason: str, code: str) -> None:
    text = encode_handoff(Handoff(name, reason, code))

    assert len(text) <= MAX_CHARACTERS
    assert decode_handoff(text) == Handoff(name, reason[:MAX_REASON], code)


def test_the_longest_handoff_stays_within_the_bound() -> None:
    assert len(encode_handoff(Handoff("d" * 63, "\x00" * 10_000, "multi"))) < MAX_CHARACTERS


def test_a_handoff_is_json_that_others_can_read() -> None:
    text = encode_handoff(Handoff("front-desk", 'asked for "Ann"', "es-US"))

    assert json.loads(text) == {
        "destination": "front-desk",
        "reason": 'asked for "Ann"',
        "language": "es-US",
    }


def test_a_handoff_may_say_no_more_than_where() -> None:
    text = '{"destination": "billing", "new_field": [1]}'

    assert decode_handoff(text) == Handoff("billing")


@pytest.mark.parametrize(
    "text",
    [
        *("", "front-desk", "null", "7", '"front-desk"', "[]", "{}", "{", "\ud800"),
        '{"destination": 7}',
        '{"destination": null}',
        '{"destination": ["front-desk"]}',
        '{"destination": "a", "reason": {"b": "c"}}',
        '{"destination": "a", "language": false}',
        '{"reason": "no destination"}',
        '{"destination": "a"} ' + " " * MAX_CHARACTERS,
        "[" * MAX_CHARACTERS,
        '{"destination": "a", "x": ' + "[" * 3900,
    ],
)
def test_anything_else_is_no_handoff(text: str) -> None:
    assert decode_handoff(text) is None


@given(st.text())
def test_no_text_is_too_strange_to_be_refused(text: str) -> None:
    assert decode_handoff(text) is None or "destination" in text
