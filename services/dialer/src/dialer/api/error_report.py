"""An import's mistakes as CSV, for a spreadsheet."""

import uuid
from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.api import import_rows
from trunkline.api.spreadsheet import BYTE_ORDER_MARK, csv_lines
from trunkline.database.transaction import transaction

AT_ONCE = 1_000
_HEADINGS = ("row", "column", "code", "message", "value_masked")


async def error_report(engine: AsyncEngine, import_id: uuid.UUID) -> AsyncIterator[str]:
    """The report, some rows at a time: it may be as long as the list was."""
    yield BYTE_ORDER_MARK + csv_lines([_HEADINGS])
    place = (0, -1)
    while True:
        async with transaction(engine) as connection:
            rows = await import_rows.errors(connection, import_id, place, AT_ONCE)
        if not rows:
            return
        place = (rows[-1].row_no, rows[-1].error_no)
        yield csv_lines(tuple(import_rows.problem(row).model_dump().values()) for row in rows)
