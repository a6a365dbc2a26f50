"""Rows made ready for the database."""

import json

from cryptography.fernet import Fernet
from intakes import NOW, intake

from dialer.importer.columns import read_columns
from dialer.importer.prepare import COLUMNS, Preparer
from dialer.importer.prepared import Batch
from dialer.importer.records import Row, Unreadable
from dialer.rows import RowCode
from trunkline.protect import NumberVault

VAULT = NumberVault({"new": b"n" * 32, "old": b"o" * 32}, [Fernet.generate_key().decode()])
PREPARER = Preparer("acme", VAULT, intake())
HEADINGS = read_columns(["number", "name", "language"], {}, ["name"])


def shown(text: str) -> bytes:
    """What the text of a bytea says."""
    return bytes.fromhex(text.removeprefix("\\\\x"))


def test_a_row_becomes_what_the_contact_table_takes() -> None:
    batch = Batch(2, [Row(2, ["+12025550143 x9", "Ana", "es-MX"])], HEADINGS)

    (ready,) = PREPARER.batch(batch).ready

    row = dict(zip(COLUMNS, ready.copied.decode().rstrip("\n").split("\t"), strict=True))
    assert ready.hmacs == tuple(i.hmac for i in VAULT.indexes("acme", "+12025550143"))
    assert (row["num_key"], shown(row["num_hmac"])) == ("new", ready.hmacs[0])
    assert VAULT.decrypt(shown(row["num_enc"])) == "+12025550143"
    assert VAULT.decrypt(shown(row["extension_enc"])) == "9"
    assert json.loads(VAULT.decrypt(shown(row["variables_enc"]))) == {"name": "Ana"}
    assert json.loads(row["overrides"]) == {"language": "es-MX"}
    assert (row["state"], row["next_at"]) == ("ready", NOW.isoformat())
    assert (row["expires_at"], row["zones"]) == ("\\N", "{America/New_York}")


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
