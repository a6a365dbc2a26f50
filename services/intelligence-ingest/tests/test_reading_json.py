"""Values of a provider's JSON, however they are written, and None where there are none."""

import pytest

from intelligence_ingest.reading_json import Json, clean, items, moment, number, parse
from trunkline.errors import Invalid


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1.5", 1.5), (2, 2.0), ("nan", None), (True, None), (None, None), ("1e999", None)],
)
def test_a_figure_may_be_written_as_a_string(value: object, expected: float | None) -> None:
    assert number({"n": value}, "n") == expected


@pytest.mark.parametrize(
    "value", ["2026-11-20T10:00:00Z", "Fri, 20 Nov 2026 10:00:00 +0000", "2026-11-20T10:00:00"]
)
def test_a_time_is_read_in_every_form_that_twilio_writes(value: str) -> None:
    found = moment({"at": value}, "at")

    assert found is not None
    assert found.isoformat() == "2026-11-20T10:00:00+00:00"


@pytest.mark.parametrize(
    "value",
    [
        *("0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00", "2026-13-40T00:00:00Z"),
        *("Fri, 31 Dec 9999 23:59:59 -1000", "Fri, 20 Nov 2026 10:00:00 +99999999999", "soon"),
    ],
)
def test_a_time_that_there_cannot_be_is_none(value: str) -> None:
    assert moment({"at": value}, "at") is None


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (b'{"a": "x\\u0000"}', {"a": "x"}),
        ('{"a": "\\ud800"}', {"a": "?"}),
        ('{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    ],
)
def test_json_is_read_as_it_can_be_stored(document: str | bytes, found: object) -> None:
    assert parse(document) == found


@pytest.mark.parametrize(
    "document",
    [
        *("", "{", b"\xff", "nothing"),
        *("[" * 100_000 + "]" * 100_000, '[{"a":' * 600 + '"\\u0000"' + "}]" * 600),
    ],
)
def test_what_is_no_json_is_invalid(document: str | bytes) -> None:
    with pytest.raises(Invalid):
        parse(document)


def test_what_the_database_cannot_hold_is_cleaned_at_any_depth() -> None:
    assert clean({"a\0": ["x\0", {"b": "\ud800"}]}) == {"a": ["x", {"b": "?"}]}


@pytest.mark.parametrize(
    "page",
    [
        {"meta": {"key": "things"}, "things": [{"n": 1}], "others": [{"n": 2}]},
        {"things": [{"n": 1}], "page": 0},
        {"meta": {}, "things": [{"n": 1}, None]},
    ],
)
def test_a_page_lists_what_its_metadata_name_or_the_only_list_there_is(page: Json) -> None:
    assert items(page) == [{"n": 1}]
