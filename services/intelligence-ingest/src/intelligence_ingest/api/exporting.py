"""Exported rows as lines of CSV or NDJSON: pure."""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel

from trunkline.api.spreadsheet import BYTE_ORDER_MARK, csv_lines


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
    return BYTE_ORDER_MARK + csv_lines([columns]) if format_ is Format.CSV else ""


def lines(format_: Format, rows: Sequence[BaseModel], columns: Sequence[str]) -> str:
    """The rows, one a line."""
    if format_ is Format.NDJSON:
        return "".join(f"{row.model_dump_json(include=set(columns))}\n" for row in rows)
    plain = [row.model_dump(mode="json", include=set(columns)) for row in rows]
    return csv_lines([each[column] for column in columns] for each in plain)
