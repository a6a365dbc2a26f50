"""Rows out of lines, as hostile as they come."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.importer.lines import Line, Overlong
from dialer.importer.records import MAX_LINES, CsvRecords, Record, Row, Unreadable
from dialer.rows import RowCode


def rows(lines: Sequence[Line], delimiter: str = "") -> list[Record]:
    records = CsvRecords(delimiter)
    return [*records.feed(lines), *records.feed([], final=True)]


def one_by_one(lines: Sequence[Line]) -> list[Record]:
    records = CsvRecords()
    return [row for line in lines for row in records.feed([line])] + records.feed([], final=True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out_from_the_header(delimiter: str) -> None:
    found = rows([delimiter.join("abc"), delimiter.join(["1", '"x,;"', "3"])])

    assert found == [Row(1, ["a", "b", "c"]), Row(2, ["1", "x,;", "3"])]


def test_a_spreadsheets_remark_about_the_delimiter_is_believed_and_no_row() -> None:
    assert rows(["sep=;", "a;b,c"]) == [Row(1, ["a", "b,c"])]


def test_a_delimiter_can_be_given() -> None:
    assert rows(["a,b;c"], ";") == [Row(1, ["a,b", "c"])]


def test_a_quoted_cell_may_hold_line_ends_quotes_and_delimiters() -> None:
    lines = ["a,b", '1,"x', 'y ""z"", w"', "2,q"]

    expected = [Row(1, ["a", "b"]), Row(2, ["1", 'x\ny "z", w']), Row(3, ["2", "q"])]
    assert rows(lines) == expected
    assert one_by_one(lines) == expected


def test_empty_rows_are_counted_and_left_out() -> None:
    assert rows(["a,b", "", ",", "1,2"]) == [Row(1, ["a", "b"]), Row(4, ["1", "2"])]


@pytest.mark.parametrize("read", [rows, one_by_one])
def test_a_stray_quote_costs_its_own_row_and_no_other(
    read: Callable[[Sequence[Line]], list[Record]],
) -> None:
    lines = ["a,b", '1,"x', *(f"{n},y" for n in range(2, 2 + MAX_LINES))]

    found = read(lines)

    assert found[1] == Unreadable(2, RowCode.MALFORMED_ROW)
    assert found[2:] == [Row(n + 1, [str(n), "y"]) for n in range(2, 2 + MAX_LINES)]


def test_a_quote_inside_a_cell_is_a_character() -> None:
    assert rows(["a,b", 'O"Brien,1', "x,2"])[1:] == [Row(2, ['O"Brien', "1"]), Row(3, ["x", "2"])]


def test_a_quote_that_never_closes_at_the_end_costs_its_row() -> None:
    assert rows(["a,b", '1,"x', "2,y"])[1:] == [
        Unreadable(2, RowCode.MALFORMED_ROW),
        Row(3, ["2", "y"]),
    ]


def test_an_overlong_line_is_a_row_of_its_own() -> None:
    assert rows(["a,b", Overlong(), "1,2"])[1:] == [
        Unreadable(2, RowCode.VARIABLE_TOO_LONG),
        Row(3, ["1", "2"]),
    ]


def test_an_overlong_line_inside_quotes_ends_the_quotes() -> None:
    assert rows(["a,b", '1,"x', Overlong(), "2,y"])[1:] == [
        Unreadable(2, RowCode.MALFORMED_ROW),
        Unreadable(3, RowCode.VARIABLE_TOO_LONG),
        Row(4, ["2", "y"]),
    ]


@pytest.mark.parametrize("text", ["+1202\0,x", "+1202,Zo\ufffd"])
def test_zeros_and_what_is_no_text_cost_their_row(text: str) -> None:
    assert rows(["a,b", text])[1:] == [Unreadable(2, RowCode.BAD_ENCODING)]


@given(st.lists(st.text(alphabet='a,"; ', max_size=8), max_size=12))
def test_no_row_is_lost_whatever_stands_there_and_however_it_comes(lines: list[str]) -> None:
    found = rows(lines)

    assert found == one_by_one(lines)
    assert [row.number for row in found] == sorted({row.number for row in found})
