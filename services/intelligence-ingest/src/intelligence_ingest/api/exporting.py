"""Exported rows as lines of CSV or NDJSON: pure."""

import csv
import io
import json
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel

# What a spreadsheet takes for the beginning of a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
BLANKS = " \u00a0\u3000"
BYTE_ORDER_MARK = "\ufeff"  # makes Excel read UTF-8


class Format(StrEnum):
    """How rows are written."""

    CSV = "csv"
    NDJSON = "ndjson"

    @property
    def media_type(self) -> str:
        """For Content-Type."""
        return "text/csv; charset=utf-8" if self is Format.CSV else "application/x-ndjson"


def heading(format_: Format, columns: Sequence[str]) -> str:
    """What stands before the first row."""
    return BYTE_ORDER_MARK + _csv([list(columns)]) if format_ is Format.CSV else ""


def lines(format_: Format, rows: Sequence[BaseModel], columns: Sequence[str]) -> str:
    """The rows, one a line."""
    if format_ is Format.NDJSON:
        return "".join(f"{row.model_dump_json(include=set(columns))}\n" for row in rows)
    plain = [row.model_dump(mode="json", include=set(columns)) for row in rows]
    return _csv([[harmless(each[column]) for column in columns] for each in plain])


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


def _csv(rows: Sequence[Sequence[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()
