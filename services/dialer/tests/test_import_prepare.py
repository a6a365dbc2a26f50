"""Rows made ready for the database."""

import json
import uuid

from cryptography.fernet import Fernet
from intakes import NOW, intake

from dialer.importer.columns import read_columns
from dialer.importer.prepare import COLUMNS, Preparer, ordered_uuid
from dialer.importer.prepared import Batch
from dialer.importer.records import Row, Unreadable
from dialer.protect import NumberVault
from dialer.rows import RowCode

VAULT = NumberVault({"new": b"n" * 32, "old": b"o" * 32}, [Fernet.generate_key().decode()])
PREPARER = Preparer("acme", VAULT, intake())
HEADINGS = read_columns(["number", "name", "language"], {}, ["name"])


def test_a_row_becomes_what_the_contact_table_takes() -> None:
    batch = Batch(2, [Row(2, ["+12025550143 x9", "Ana", "es-MX"])], HEADINGS)

    (ready,) = PREPARER.batch(batch).ready

    row = dict(zip(COLUMNS, ready.values, strict=True))
    assert ready.hmacs == tuple(i.hmac for i in VAULT.indexes("acme", "+12025550143"))
    assert (row["num_key"], row["num_hmac"]) == ("new", ready.hmacs[0])
    assert VAULT.decrypt(row["num_enc"]) == "+12025550143"  # type: ignore[arg-type]
    assert VAULT.decrypt(row["extension_enc"]) == "9"  # type: ignore[arg-type]
    assert json.loads(VAULT.decrypt(row["variables_enc"])) == {"name": "Ana"}  # type: ignore[arg-type]
    assert json.loads(str(row["overrides"])) == {"language": "es-MX"}
    assert (row["state"], row["next_at"]) == ("ready", NOW)


def test_a_number_that_comes_twice_is_taken_once() -> None:
    batch = Batch(3, [Row(2, ["+12025550143", "Ana"]), Row(3, ["(202) 555-0143", "Bea"])], HEADINGS)

    prepared = PREPARER.batch(batch)

    assert [ready.row for ready in prepared.ready] == [2]
    assert [(e.row, e.code) for e in prepared.errors] == [(3, RowCode.DUPLICATE_IN_FILE)]


def test_rows_that_are_no_rows_are_told() -> None:
    batch = Batch(
        3,
        [Unreadable(2, RowCode.BAD_ENCODING), Row(3, ["+12025550143", "Ana", "", "more"])],
        HEADINGS,
    )

    assert [(e.row, e.code) for e in PREPARER.batch(batch).errors] == [
        (2, RowCode.BAD_ENCODING),
        (3, RowCode.TOO_MANY_COLUMNS),
    ]


def test_ids_grow_with_time_and_are_valid() -> None:
    ids = [ordered_uuid() for _ in range(50)]

    assert len(set(ids)) == 50
    assert {found.version for found in ids} == {7}
    assert {found.variant for found in ids} == {uuid.RFC_4122}
    assert ids[0].int >> 80 <= ids[-1].int >> 80
