"""Imports as answers have them."""

import uuid
from enum import StrEnum

from pydantic import BaseModel, Field

from dialer.importer.options import Format, ImportOptions
from dialer.rows import RowCode
from trunkline.api.times import Time


class ImportState(StrEnum):
    """How far an import is."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Import(BaseModel):
    """A list that is worked through, or was. Each of its rows is counted once."""

    id: uuid.UUID
    campaign_id: uuid.UUID
    state: ImportState
    format: Format
    options: ImportOptions
    error_code: str | None = Field(description="Why the list as a whole could not be read.")
    sha256: str
    bytes: int
    bytes_done: int
    rows_total: int | None = Field(description="Known once it is completed.")
    accepted: int
    rejected: int
    duplicates: int
    suppressed: int
    errors_url: str
    created_at: Time
    updated_at: Time
    finished_at: Time | None


class RowProblem(BaseModel):
    """One mistake of one row, numbered as a spreadsheet shows it; lines of JSON from 1."""

    row: int
    column: str = Field(description="As the list's header has it; empty: the row as a whole.")
    code: RowCode
    message: str
    value_masked: str | None
