"""The one file of a multipart/form-data body, as it comes in; pure.

Nothing of it is kept but small fields: the file may be as large as it likes.
"""

import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from enum import Enum, auto

from trunkline.errors import Invalid

MAX_HEAD = 16 * 1024
MAX_FIELD = 64 * 1024
MAX_FIELDS = 20

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{1,70}")


class MalformedForm(Invalid):
    """The body is not a form with one file."""


class _At(Enum):
    """What comes next."""

    BODY = auto()
    MARK = auto()
    HEAD = auto()
    END = auto()


@dataclass(slots=True)
class OneFileForm:
    """A form on its way in: bytes in, the file's bytes out."""

    boundary: str
    fields: dict[str, str] = field(default_factory=dict)
    file_name: str = ""
    file_type: str = ""
    _buffer: bytes = b"\r\n"
    _at: _At = _At.BODY
    _name: str = ""
    _is_file: bool = False
    _field: bytes = b""

    def __post_init__(self) -> None:
        if not _BOUNDARY.fullmatch(self.boundary):
            raise MalformedForm

    def feed(self, part: bytes) -> bytes:
        """What of the file is in these bytes. Raises `MalformedForm`."""
        self._buffer += part
        found: list[bytes] = []
        while (step := self._step()) is not None:
            found.append(step)
        return b"".join(found)

    def finish(self) -> None:
        """Raises `MalformedForm` if the body was cut off, or had no file."""
        if self._at is not _At.END or not self.file_name:
            raise MalformedForm

    def _step(self) -> bytes | None:
        """One step through the buffer; None: more bytes are needed."""
        match self._at:
            case _At.BODY:
                return self._body()
            case _At.MARK:
                return self._mark()
            case _At.HEAD:
                return self._head()
            case _At.END:
                self._buffer = b""
                return None

    def _body(self) -> bytes | None:
        mark = b"\r\n--" + self.boundary.encode()
        at = self._buffer.find(mark)
        if at >= 0:
            content, self._buffer = self._buffer[:at], self._buffer[at + len(mark) :]
            self._at = _At.MARK
            return self._content(content, ended=True)
        sure = len(self._buffer) - len(mark) + 1  # what follows may be the beginning of a mark
        if sure <= 0:
            return None
        content, self._buffer = self._buffer[:sure], self._buffer[sure:]
        return self._content(content, ended=False) or None

    def _content(self, content: bytes, *, ended: bool) -> bytes:
        if self._is_file:
            return content
        self._field += content
        if len(self._field) > MAX_FIELD:
            raise MalformedForm
        if ended and self._name:
            self.fields[self._name] = self._field.decode("utf-8", "replace")
        return b""

    def _mark(self) -> bytes | None:
        if len(self._buffer) < 2:
            return None
        after, self._buffer = self._buffer[:2], self._buffer[2:]
        if after not in (b"--", b"\r\n"):
            raise MalformedForm
        self._at = _At.END if after == b"--" else _At.HEAD
        return b""

    def _head(self) -> bytes | None:
        at = self._buffer.find(b"\r\n\r\n")
        if at < 0 and len(self._buffer) <= MAX_HEAD:
            return None
        if at < 0 or len(self.fields) == MAX_FIELDS:
            raise MalformedForm
        head = HeaderParser().parsestr(self._buffer[:at].decode("utf-8", "replace"))
        self._buffer, self._at, self._field = self._buffer[at + 4 :], _At.BODY, b""
        self._begin(head)
        return b""

    def _begin(self, head: Message) -> None:
        name = head.get_param("name", "", "content-disposition")
        file_name = head.get_filename("")
        self._name, self._is_file = str(name), bool(file_name)
        if self._is_file:
            if self.file_name:
                raise MalformedForm  # a second file
            self.file_name, self.file_type = file_name, head.get_content_type()
