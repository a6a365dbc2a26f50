"""What passes between the parts of an import; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from dialer.importer.columns import Columns
from dialer.importer.contacts import RowError
from dialer.importer.lines import Line
from dialer.importer.records import Record


class JsonLine(NamedTuple):
    """One line of NDJSON."""

    number: int
    line: Line


Entry = Record | JsonLine


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in the order of their file; `last_row` is the number of the last one."""

    last_row: int
    entries: Sequence[Entry]
    columns: Columns | None = None


class Ready(NamedTuple):
    """A contact as the database takes it. A tuple, as a million of them are handed on."""

    row: int
    hmacs: tuple[bytes, ...]
    """Its number under all keys."""
    external_id: str
    copied: bytes
    """Its row in the text format of COPY, which begins with its id."""

    @property
    def id(self) -> UUID:
        """The contact's id."""
        return UUID(self.copied[:36].decode())


@dataclass(frozen=True, slots=True)
class Prepared:
    """What became of the rows up to and with `last_row`."""

    last_row: int
    ready: Sequence[Ready]
    errors: Sequence[RowError]
