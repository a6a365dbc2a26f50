"""`/v1/suppressions/imports`: lists of numbers that may not be called, as registers give them out.

A list is worked through while it comes in: each number holds once its chunk is committed, and a
list that breaks off is simply sent again.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, ValidationError

from dialer.api.context import Parts, WithParts
from dialer.api.scopes import SuppressionWriter
from dialer.api.suppress import Suppressor, read_numbers
from dialer.api.suppression_models import Terms
from dialer.api.suppressions import audited, check_scope, suppressor_of
from dialer.importer.columns import NoSuchList, read_columns
from dialer.importer.lines import Lines
from dialer.importer.records import CsvRecords, Record, Row
from dialer.importer.upload import check_text, in_parts
from dialer.rows import RowCode
from trunkline.api.envelope import allow_body
from trunkline.api.problem import FieldError, InvalidRequest, UnsupportedMediaType
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1/suppressions", tags=["suppressions"])

MAX_BYTES = 64 * 1024 * 1024
CHUNK = 2_000
MAX_ERRORS = 1_000

_FILE = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}


class ListError(BaseModel):
    """A row without a number, counted from 1."""

    row: int
    code: RowCode


class SuppressedList(BaseModel):
    """What became of a list; `known` numbers were suppressed before."""

    suppressed: int = 0
    known: int = 0
    rejected: int = 0
    errors: list[ListError] = Field([], description=f"The first {MAX_ERRORS}.")


@routes.post("/imports", openapi_extra=_FILE)
async def create(
    request: Request,
    principal: SuppressionWriter,
    parts: WithParts,
    terms: Annotated[str, Query(description="Terms as JSON, as in `POST /v1/suppressions`.")],
) -> SuppressedList:
    """Suppress the numbers of a list: one column, or one that is called `number`."""
    allow_body(request, MAX_BYTES)
    if not request.headers.get("content-type", "").startswith(("text/csv", "text/plain")):
        raise UnsupportedMediaType("Send text/csv.")
    suppressor = suppressor_of(parts, principal, _terms(terms))
    async with transaction(parts.engine) as connection:
        await check_scope(connection, principal, suppressor.terms)
    work = _List(parts, suppressor)
    async for chunk in _chunks(request.stream()):
        await work.take(chunk)
    async with transaction(parts.engine) as connection:
        await audited(
            connection, principal, "suppressions.imported", suppressor.terms, work.done.suppressed
        )
    return work.done


def _terms(text: str) -> Terms:
    try:
        return Terms.model_validate_json(text)
    except ValidationError as error:
        found = [
            FieldError("query/terms", str(one["type"]), "It is not one of the terms.")
            for one in error.errors(include_input=False, include_context=False)
        ]
        raise InvalidRequest(errors=found[:10]) from None


async def _chunks(body: AsyncIterator[bytes]) -> AsyncIterator[list[Record]]:
    lines, records, waiting = Lines(), CsvRecords(), list[Record]()
    begun = False
    async for part in in_parts(body):
        if not begun:
            check_text(part)
            begun = True
        waiting += records.feed(lines.feed(part))
        while len(waiting) >= CHUNK:
            yield waiting[:CHUNK]
            del waiting[:CHUNK]
    waiting += records.feed(lines.finish(), final=True)
    if waiting:
        yield waiting


@dataclass(slots=True)
class _List:
    """One list on its way in."""

    parts: Parts
    suppressor: Suppressor
    done: SuppressedList = field(default_factory=SuppressedList)
    column: int | None = None

    async def take(self, records: Sequence[Record]) -> None:
        """Suppress what stands in these rows; in two steps, as most of them nobody wants to call.

        Whoever looks after the first has been committed finds it; whoever looked before is waited
        for in the second, by the number's lock.
        """
        rows = self._rows(records)
        region = self.suppressor.terms.region
        wanted = await asyncio.to_thread(read_numbers, [text for _, text in rows], region)
        for error in wanted.errors:
            self._reject(rows[error.index][0], error.code)
        async with transaction(self.parts.engine) as connection:
            known = await self.suppressor.write(connection, wanted.numbers)
            concerned = await self.suppressor.concerned(connection, wanted.numbers)
        self.done.known += known
        self.done.suppressed += len(wanted.numbers) - known
        async with transaction(self.parts.engine) as connection:
            await self.suppressor.lock(connection, concerned)
            todo = await self.suppressor.silence(connection, concerned)
        self.parts.errands(todo)

    def _rows(self, records: Sequence[Record]) -> list[tuple[int, str]]:
        found = []
        for record in records:
            if not isinstance(record, Row):
                self._reject(record.number, record.code)
            elif self.column is None and self._is_header(record.cells):
                continue
            else:
                cells = record.cells[self.column or 0 :]
                found.append((record.number, cells[0] if cells else ""))
        return found

    def _is_header(self, cells: Sequence[str]) -> bool:
        """Find the column by the first row; a list may do without headings."""
        try:
            self.column = read_columns(cells, {}, ()).fields["number"]
        except NoSuchList:
            self.column = 0
            return False
        return True

    def _reject(self, row: int, code: RowCode) -> None:
        self.done.rejected += 1
        if len(self.done.errors) < MAX_ERRORS:
            self.done.errors.append(ListError(row=row, code=code))
