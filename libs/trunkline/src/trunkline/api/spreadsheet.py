"""CSV for spreadsheets, which take some texts for formulas: pure."""

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Sequence

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What they take for the beginning of one."""
BLANKS = " \u00a0\u3000"
BYTE_ORDER_MARK = "\ufeff"
"""Before the first line: makes Excel read UTF-8."""


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """The rows, one a line, none of whose cells is calculated."""
    written = io.StringIO()
    csv.writer(written).writerows([harmless(value) for value in row] for row in rows)
    return written.getvalue()


def harmless(value: object) -> str:
    """A cell that no spreadsheet calculates; figures stay figures, and what is nested is JSON."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    cell = _cell(value)
    # As spreadsheets read it: full-width signs are signs, and blanks before them nothing.
    begins = unicodedata.normalize("NFKC", cell.lstrip(BLANKS)[:1])
    return f"'{cell}" if cell.startswith(FORMULAS) or begins in FORMULAS else cell


def _cell(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "; ".join(value)
    return json.dumps(value, ensure_ascii=False)
