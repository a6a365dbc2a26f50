"""Rows in the text format of COPY, as PostgreSQL reads them."""

import uuid
from datetime import UTC, datetime
from io import BytesIO

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.importer.copytext import copy_row

NOW = datetime(2026, 11, 24, 15, 0, 0, 250_000, UTC)
ROW = (uuid.UUID(int=7), b"\x00\xff\\n", NOW, ("America/New_York", "Etc/GMT+5"), None)
TEXTS = [
    "",
    "\\N",
    "a\tb",
    "a\nb\rc",
    "\\",
    "\\.",
    "Zoë 李",
    "\u2028",
    '{"a": "b\\nc"}',
    "\x0b\x7f",
]


async def test_postgresql_reads_what_was_written(connection: asyncpg.Connection) -> None:
    await connection.execute(
        "CREATE TABLE t (i uuid, b bytea, w timestamptz, z text[], n text, x text)"
    )

    copied = b"".join(copy_row((*ROW, text)) for text in TEXTS)
    await connection.copy_to_table("t", source=BytesIO(copied))

    rows = await connection.fetch("SELECT * FROM t")
    assert [row["x"] for row in rows] == TEXTS
    assert all(tuple(row)[:3] == ROW[:3] for row in rows)
    assert rows[0]["z"] == ["America/New_York", "Etc/GMT+5"]
    assert rows[0]["n"] is None


@given(st.text())
def test_no_text_ends_its_row_or_its_column(text: str) -> None:
    copied = copy_row((text, ""))

    assert (copied.count(b"\n"), copied.count(b"\t")) == (1, 1)


@pytest.mark.parametrize("name", ["a b", 'a"', "a,b", "}", ""])
def test_an_array_holds_plain_names_alone(name: str) -> None:
    with pytest.raises(ValueError, match="plain"):
        copy_row([(name,)])
