"""Arguments as models write them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_worker.arguments import MAX_CHARACTERS, Arguments, complain, read_arguments

SCHEMA = {
    "type": "object",
    "properties": {
        "day": {"type": "string", "maxLength": 10},
        "people": {"type": "integer", "minimum": 1},
        "at": {"type": "object", "properties": {"hour": {"type": "integer"}}},
    },
    "required": ["day"],
    "additionalProperties": False,
}


def read(text: str) -> Arguments:
    arguments = read_arguments(text)
    assert isinstance(arguments, Arguments), arguments
    return arguments


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}'),
        ('{"a": 2.0}', '{"a": 2}'),
        ('{"a": "\\u00e9"}', '{"a": "é"}'),
        ("", "{}"),
        ('{"a": {"c": [], "b": null}}', '{"a": {"b": null, "c": []}}'),
    ],
)
def test_equal_arguments_have_equal_texts(one: str, other: str) -> None:
    assert read(one).text == read(other).text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("day=Tuesday", "not valid JSON"),
        ('{"day": ', "not valid JSON"),
        ('{"day": NaN}', "not valid JSON"),
        ('{"day": 1e999}', "not valid JSON"),
        ('{"day": "\\ud800"}', "not valid JSON"),
        ("[" * 100_000, "more than"),
        ("[" * 7000, "not valid JSON"),
        ('["Tuesday"]', "must be a JSON object"),
        ('"Tuesday"', "must be a JSON object"),
        ('{"day": "' + "x" * MAX_CHARACTERS + '"}', "more than"),
    ],
)
def test_what_is_no_json_object_is_explained(text: str, complaint: str) -> None:
    read_text = read_arguments(text)

    assert isinstance(read_text, str)
    assert complaint in read_text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{}", "'day' is a required property"),
        ('{"day": 2}', "day: 2 is not of type 'string'"),
        ('{"day": "Tue", "people": 0}', "people: 0 is less than the minimum of 1"),
        ('{"day": "Tue", "at": {"hour": "ten"}}', "at.hour: 'ten' is not of type 'integer'"),
        ('{"day": "Tue", "who": "me"}', "'who' was unexpected"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(text: str, complaint: str) -> None:
    assert complaint in complain(read(text), SCHEMA)


def test_arguments_that_fit_raise_no_complaint() -> None:
    assert complain(read('{"day": "Tue", "people": 2.0, "at": {"hour": 10}}'), SCHEMA) == ""


def test_a_complaint_is_short_whatever_it_quotes() -> None:
    assert len(complain(read('{"day": "' + "x" * 5000 + '"}'), SCHEMA)) < 320


def test_a_schema_that_refers_elsewhere_is_fetched_from_nowhere() -> None:
    assert "cannot be used" in complain(read("{}"), {"$ref": "http://127.0.0.1:1/schema.json"})


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(text=st.text(max_size=40) | values.map(json.dumps))
def test_any_text_is_read_or_explained_and_what_is_read_stays_the_same(text: str) -> None:
    arguments = read_arguments(text)

    if isinstance(arguments, Arguments):
        assert read(arguments.text) == arguments
        complain(arguments, SCHEMA)
