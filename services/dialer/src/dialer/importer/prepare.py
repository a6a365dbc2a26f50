"""Rows made ready for the database, in a process of its own: most of an import's work is here.

What is handed in and out is pickled; keys and campaign are handed in once, when the process starts.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from dialer.ids import new_id
from dialer.importer.columns import Columns
from dialer.importer.contacts import Contact, RowError, read_contact
from dialer.importer.copytext import copy_row
from dialer.importer.intake import Intake
from dialer.importer.listed import Listed
from dialer.importer.ndjson import read_line
from dialer.importer.prepared import Batch, Entry, JsonLine, Prepared, Ready
from dialer.importer.records import Unreadable
from dialer.rows import RowCode
from trunkline.protect import Index, NumberVault

COLUMNS = (
    *("id", "external_id", "num_key", "num_hmac", "num_enc", "extension_enc", "country"),
    *("subdivisions", "zones", "variables_enc", "overrides", "consent", "consent_at"),
    *("consent_source", "scrubbed_at", "state", "next_at", "expires_at"),
)
"""The columns of the contact table that come from a row, in the order in which they are copied."""


@dataclass(frozen=True)
class Preparer:
    """Makes rows ready for one campaign. Numbers and variables are hidden here, and stay so."""

    tenant_id: str
    vault: NumberVault
    intake: Intake

    def batch(self, batch: Batch) -> Prepared:
        """Everything that can be said of these rows without the database."""
        return self.prepared(batch.last_row, [_read(one, batch.columns) for one in batch.entries])

    def prepared(self, last_row: int, rows: Sequence[Listed | list[RowError]]) -> Prepared:
        """The contacts of these rows, each number once, and their mistakes."""
        ready: dict[bytes, Ready] = {}
        errors: list[RowError] = []
        for row in rows:
            found = read_contact(row, self.intake) if isinstance(row, Listed) else row
            if isinstance(found, list):
                errors += found
                continue
            contact = self._ready(found)
            if contact.hmacs[0] in ready:
                errors.append(RowError(contact.row, "number", RowCode.DUPLICATE_IN_FILE))
            else:
                ready[contact.hmacs[0]] = contact
        return Prepared(last_row, list(ready.values()), errors)

    def _ready(self, contact: Contact) -> Ready:
        indexes = self.vault.indexes(self.tenant_id, contact.number.e164)
        hmacs = tuple(index.hmac for index in indexes)
        copied = copy_row(self._values(contact, indexes[0]))
        return Ready(contact.row, hmacs, contact.external_id, copied)

    def _values(self, contact: Contact, index: Index) -> tuple[object, ...]:
        number, times, encrypt = contact.number, contact.times, self.vault.encrypt
        return (
            new_id(),
            contact.external_id or None,
            index.key,
            index.hmac,
            encrypt(number.e164),
            encrypt(number.extension) if number.extension else None,
            number.country,
            contact.subdivisions,
            contact.zones,
            encrypt(json.dumps(contact.variables)) if contact.variables else None,
            json.dumps(contact.overrides),
            contact.consent.name.lower(),
            times.get("consent_at"),
            contact.consent_source or None,
            times.get("scrubbed_at"),
            "ready" if contact.zones else "needs_timezone",
            times.get("not_before", self.intake.now),
            times.get("expires_at"),
        )


def _read(one: Entry, columns: Columns | None) -> Listed | list[RowError]:
    if isinstance(one, JsonLine):
        return read_line(*one)
    if isinstance(one, Unreadable):
        return [RowError(one.number, "", one.code)]
    if columns is None or len(one.cells) > columns.width:
        return [RowError(one.number, "", RowCode.TOO_MANY_COLUMNS)]
    return columns.listed(one.number, one.cells)


_preparer: Preparer | None = None


def start(
    peppers: dict[str, bytes], fernet_keys: Sequence[str], tenant_id: str, intake: Intake
) -> None:
    """Begin a process; what it works with stays in it."""
    global _preparer
    _preparer = Preparer(tenant_id, NumberVault(peppers, fernet_keys), intake)


def prepare(batch: Batch) -> Prepared:
    """One batch, in a process that was started."""
    assert _preparer is not None
    return _preparer.batch(batch)
