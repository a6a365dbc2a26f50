"""Files as they are read, in batches, from the beginning or from where somebody stopped."""

import pytest

from dialer.importer.columns import NoSuchList
from dialer.importer.contacts import RowError
from dialer.importer.options import Format, ImportOptions
from dialer.importer.prepared import Batch
from dialer.importer.reading import MAX_UNREADABLE, Reading
from dialer.rows import RowCode

CSV = b"number,name\n" + b"".join(b"+1202555%04d,x\n" % n for n in range(10))


def read(content: bytes, kind: Format = Format.CSV, done: int = 0, size: int = 7) -> list[Batch]:
    reading = Reading(kind, ImportOptions(), ["name"], done=done, chunk_rows=4)
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    return [batch for part in parts for batch in reading.feed(part)] + list(reading.finish())


def test_rows_come_in_batches_that_say_how_far_they_reach() -> None:
    batches = read(CSV)

    assert [(len(batch.entries), batch.last_row) for batch in batches] == [(4, 5), (4, 9), (2, 11)]


def test_whoever_goes_on_gets_the_rows_that_are_left() -> None:
    (batch,) = read(CSV, done=9)

    assert (len(batch.entries), batch.last_row) == (2, 11)
    assert batch.columns is not None


def test_lines_of_json_are_numbered_and_empty_ones_left_out() -> None:
    (batch,) = read(b'{"number": "+1"}\n\n{"number": "+2"}', Format.NDJSON)

    assert batch.entries == [(1, '{"number": "+1"}'), (3, '{"number": "+2"}')]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n", "empty_file"),
        (b"name\nAna\n", "no_number_column"),
        (b"x" * 70_000 + b"\n1", "no_header"),
        (b"number\n" + b"\0\n" * (MAX_UNREADABLE + 100), "not_a_list"),
    ],
)
def test_what_is_no_list_says_why(content: bytes, code: str) -> None:
    with pytest.raises(NoSuchList) as raised:
        read(content, size=100_000)

    assert raised.value.code == code


def test_mistakes_are_told_with_the_files_own_headings() -> None:
    reading = Reading(Format.CSV, ImportOptions(), ["name"])
    list(reading.feed(b"Phone,NAME\n"))

    named = reading.named(
        [
            RowError(2, "number", RowCode.NOT_A_NUMBER),
            RowError(2, "variables.name", RowCode.MISSING_VARIABLE),
        ]
    )

    assert [error.column for error in named] == ["Phone", "NAME"]
