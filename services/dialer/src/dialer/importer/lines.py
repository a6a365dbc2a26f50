"""Cuts a file into lines as its parts come in: whatever its encoding, and however long they are."""

import codecs
import io
import re
from dataclasses import dataclass

MAX_LINE = 64 * 1024  # characters: an honest row has a few hundred, a hostile one a hundred million
BROKEN = "\ufffd"  # stands where bytes were no text

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Without a mark, text of which every second byte is zero is UTF-16; ASCII in it is enough.
_UTF16 = (
    (re.compile(rb"(?:[^\0]\0){4}"), "utf-16-le"),
    (re.compile(rb"(?:\0[^\0]){4}"), "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Overlong:
    """Stands for a line of which only its length was read."""


Line = str | Overlong


class Lines:
    """One file on its way in. An empty `encoding` is guessed from the first part."""

    def __init__(self, encoding: str = "") -> None:
        self._encoding = encoding
        self._decoder: io.IncrementalNewlineDecoder | None = None
        self._rest: list[str] = []
        self._length = 0

    def feed(self, part: bytes) -> list[Line]:
        """The lines that are complete now, without their ends."""
        return self._cut(self._decode(part, final=False))

    def finish(self) -> list[Line]:
        """The last line, if the file does not end with one's end."""
        lines = self._cut(self._decode(b"", final=True))
        last, self._rest = self._joined(), []
        return [*lines, last] if last else lines

    def _decode(self, part: bytes, *, final: bool) -> str:
        if self._decoder is None:
            encoding, part = _guess(part) if not self._encoding else (self._encoding, part)
            bytes_decoder = codecs.getincrementaldecoder(encoding)("replace")
            self._decoder = io.IncrementalNewlineDecoder(bytes_decoder, translate=True)
        return self._decoder.decode(part, final)

    def _cut(self, text: str) -> list[Line]:
        first, *others = text.split("\n")
        self._keep(first)
        if not others:
            return []
        *complete, rest = others
        lines = [self._joined(), *(_bounded(line) for line in complete)]
        self._rest, self._length = [], 0
        self._keep(rest)
        return lines

    def _keep(self, text: str) -> None:
        self._length += len(text)
        if self._length <= MAX_LINE:
            self._rest.append(text)

    def _joined(self) -> Line:
        return Overlong() if self._length > MAX_LINE else "".join(self._rest)


def _bounded(line: str) -> Line:
    return Overlong() if len(line) > MAX_LINE else line


def _guess(part: bytes) -> tuple[str, bytes]:
    for mark, encoding in _BOMS:
        if part.startswith(mark):
            return encoding, part.removeprefix(mark)
    for pattern, encoding in _UTF16:
        if pattern.match(part):
            return encoding, part
    return "utf-8", part
