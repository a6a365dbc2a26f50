"""An import's mistakes as CSV, for a spreadsheet."""

import csv
import io
import uuid
from collections.abc import AsyncIterator, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.api import import_rows
from trunkline.database.transaction import transaction

AT_ONCE = 1_000
_HEADINGS = ("row", "column", "code", "message", "value_masked")

# What a spreadsheet takes for the beginning of a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


async def error_report(engine: AsyncEngine, import_id: uuid.UUID) -> AsyncIterator[str]:
    """The report, some rows at a time: it may be as long as the list was."""
    yield "\ufeff" + _lines([_HEADINGS])  # the mark makes Excel read UTF-8
    place = (0, -1)
    while True:
        async with transaction(engine) as connection:
            rows = await import_rows.errors(connection, import_id, place, AT_ONCE)
        if not rows:
            return
        place = (rows[-1].row_no, rows[-1].error_no)
        yield _lines([tuple(import_rows.problem(row).model_dump().values()) for row in rows])


def _lines(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue()


def harmless(cell: object) -> str:
    """A cell that no spreadsheet calculates."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULAS) else text
