"""A file as it is read: parts of it in, batches of rows out; pure.

Whoever goes on after another reads the file again from its beginning and passes over what is done:
cutting a million rows takes a second, and where a row begins depends on all before it.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from dialer.importer.columns import Columns, NoSuchList, read_columns
from dialer.importer.contacts import RowError
from dialer.importer.lines import Line, Lines
from dialer.importer.options import Format, ImportOptions
from dialer.importer.prepared import Batch, Entry, JsonLine
from dialer.importer.records import CsvRecords, Row, Unreadable

CHUNK_ROWS = 5_000  # stored together: about a third of a second
MAX_UNREADABLE = 10_000  # rows that are no rows: then it is no list


class Reading:
    """One file on its way in; `done` rows were stored before."""

    def __init__(
        self,
        kind: Format,
        options: ImportOptions,
        variables: Collection[str],
        *,
        done: int = 0,
        chunk_rows: int = CHUNK_ROWS,
    ) -> None:
        self._kind = kind
        self._options = options
        self._variables = variables
        self._done = done
        self._chunk_rows = chunk_rows
        self._lines = Lines(options.encoding)
        self._records = CsvRecords(options.delimiter)
        self._number = 0
        self._unreadable = 0
        self._waiting: list[Entry] = []
        self.columns: Columns | None = None

    def feed(self, part: bytes) -> Iterator[Batch]:
        """The batches that are complete now. Raises `NoSuchList`."""
        self._take(self._entries(self._lines.feed(part), final=False))
        while len(self._waiting) >= self._chunk_rows:
            yield self._batch()

    def finish(self) -> Iterator[Batch]:
        """The last rows. Raises `NoSuchList` for a file without any."""
        self._take(self._entries(self._lines.finish(), final=True))
        if self._kind is Format.CSV and self.columns is None:
            raise NoSuchList("empty_file")
        while self._waiting:
            yield self._batch()

    def named(self, errors: Iterable[RowError]) -> list[RowError]:
        """The mistakes, with the columns by the file's own headings."""
        if self.columns is None:
            return list(errors)
        return [replace(error, column=self.columns.heading(error.column)) for error in errors]

    def _entries(self, lines: list[Line], *, final: bool) -> Iterable[Entry]:
        if self._kind is Format.CSV:
            return self._records.feed(lines, final=final)
        first = self._number + 1
        self._number += len(lines)
        return [
            JsonLine(number, line)
            for number, line in enumerate(lines, first)
            if not isinstance(line, str) or line.strip()
        ]

    def _take(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if isinstance(entry, Unreadable):
                self._unreadable += 1
                if self._unreadable > MAX_UNREADABLE:
                    raise NoSuchList("not_a_list")
            if self._kind is Format.CSV and self.columns is None:
                if not isinstance(entry, Row):
                    raise NoSuchList("no_header")
                self.columns = read_columns(entry.cells, self._options.columns, self._variables)
            elif entry.number > self._done:
                self._waiting.append(entry)

    def _batch(self) -> Batch:
        entries = self._waiting[: self._chunk_rows]
        del self._waiting[: self._chunk_rows]
        return Batch(entries[-1].number, entries, self.columns)
