"""Rows in the text format of COPY, so that the processes that make them write them, too; pure.

https://www.postgresql.org/docs/17/sql-copy.html#id-1.9.3.55.9.2
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PLAIN = re.compile(r"[A-Za-z0-9/_+-]+")  # time zones, subdivisions: what an array holds unquoted


def copy_row(values: Iterable[object]) -> bytes:
    """One row: texts, bytes, ids, times, tuples of plain names, and nothing at all."""
    return ("\t".join([_WRITE[type(value)](value) for value in values]) + "\n").encode()


@lru_cache(maxsize=10_000)
def _array(names: tuple[str, ...]) -> str:
    if not all(map(_PLAIN.fullmatch, names)):
        raise ValueError("not plain names")
    return "{" + ",".join(names) + "}"


_WRITE: Mapping[type, Callable[[Any], str]] = {
    str: lambda text: text.translate(_ESCAPES) if "\\" in text or not text.isprintable() else text,
    type(None): lambda _: "\\N",
    bytes: lambda value: "\\\\x" + value.hex(),
    datetime: datetime.isoformat,
    UUID: str,
    tuple: _array,
}
"""By the value's type, as a million rows have twenty values each."""
