"""Rows out of the lines of a CSV file: any usual delimiter, quoted line ends, stray quotes; pure.

Rows are numbered as a spreadsheet shows them: the header is row 1.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dialer.importer.lines import BROKEN, Line, Overlong
from dialer.rows import RowCode

MAX_LINES = (
    100  # of one row: an address with line ends has a few; a stray quote would take them all
)
DELIMITERS = ",;\t|"


class Row(NamedTuple):
    """One row as it stands there. A tuple, as a million of them are handed on."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that cannot be read, and why."""

    number: int
    code: RowCode


Record = Row | Unreadable


class CsvRecords:
    """Reads rows as lines come in. An empty `delimiter` is guessed from the header."""

    def __init__(self, delimiter: str = "") -> None:
        self._delimiter = delimiter
        self._lines: deque[Line] = deque()
        self._source = _Source(self._lines)
        self._reader: Iterator[list[str]] | None = None
        self._number = 0

    def feed(self, lines: Iterable[Line], *, final: bool = False) -> list[Record]:
        """The rows that are complete now; empty ones are counted and left out."""
        self._lines.extend(lines)
        if self._reader is None and self._lines:
            self._reader = self._opened(self._lines[0])
        found: list[Record] = []
        while self._lines and self._reader is not None:
            found += self._plain()
            if not self._lines:
                break
            record = self._take(self._reader, final)
            if record is None:
                break  # the rest of the row is yet to come
            self._number += 1
            if isinstance(record, Unreadable) or any(record.cells):
                found.append(record)
        return found

    def _opened(self, first: Line) -> Iterator[list[str]]:
        text = "" if isinstance(first, Overlong) else first
        if text.lower().startswith("sep=") and len(text) == 5:  # a spreadsheet's own remark
            self._lines.popleft()
            self._delimiter = self._delimiter or text[4]
        self._delimiter = self._delimiter or max(DELIMITERS, key=text.count)
        return csv.reader(self._source, delimiter=self._delimiter)

    def _plain(self) -> Iterator[Record]:
        """The rows that stand in a line each, read in one go: nearly all do."""
        lines = []
        for line in self._lines:
            if isinstance(line, Overlong) or not _is_plain(line):
                break
            lines.append(line)
        for cells in csv.reader(lines, delimiter=self._delimiter):
            self._lines.popleft()
            self._number += 1
            if any(cells):
                yield Row(self._number, cells)

    def _take(self, reader: Iterator[list[str]], final: bool) -> Record | None:
        number = self._number + 1
        if isinstance(self._lines[0], Overlong):
            self._lines.popleft()
            return Unreadable(number, RowCode.VARIABLE_TOO_LONG)
        taken = self._source.begin()
        try:
            cells = next(reader)
        except (_Incomplete, csv.Error):
            self._lines.extendleft(reversed(taken))
            if not final and len(taken) == len(self._lines) < MAX_LINES:
                return None
            self._lines.popleft()  # its quote is a stray one: this row is lost, and no other
            return Unreadable(number, RowCode.MALFORMED_ROW)
        broken = any("\0" in line or BROKEN in line for line in taken)
        return Unreadable(number, RowCode.BAD_ENCODING) if broken else Row(number, cells)


def _is_plain(line: str) -> bool:
    """Whether it is a row by itself, whatever stands around it."""
    return not ('"' in line or "\r" in line or "\0" in line or BROKEN in line)


class _Incomplete(Exception):
    """The row goes on in lines that are not there."""


class _Source:
    """Hands lines to the reader, which asks for more while a quoted cell is open."""

    def __init__(self, lines: deque[Line]) -> None:
        self._lines = lines
        self._taken: list[str] = []

    def begin(self) -> list[str]:
        """A new row begins; the list holds the lines that it takes."""
        self._taken = []
        return self._taken

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._lines or len(self._taken) == MAX_LINES:
            raise _Incomplete
        line = self._lines.popleft()
        if isinstance(line, Overlong):
            self._lines.appendleft(line)
            raise _Incomplete
        self._taken.append(line)
        return line + "\n"
