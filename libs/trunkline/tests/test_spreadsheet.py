"""No cell of a file for a spreadsheet is a formula."""

import pytest

from trunkline.api.spreadsheet import csv_lines, harmless


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (-5, "-5"),
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-cmd", "'-cmd"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\u3000\uff20SUM", "'\u3000\uff20SUM"),
        (" =1", "' =1"),
        ("\n", "'\n"),
        (["=x", "y"], "'=x; y"),
        (True, "true"),
        ({"a": "=1"}, '{"a": "=1"}'),
        ([{"a": 1}], '[{"a": 1}]'),
    ],
)
def test_a_cell_is_never_a_formula(value: object, cell: str) -> None:
    assert harmless(value) == cell


def test_cells_with_separators_are_quoted() -> None:
    assert csv_lines([("a", 1), ('say "so"', "x,y")]) == 'a,1\r\n"say ""so""","x,y"\r\n'
