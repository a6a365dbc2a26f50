"""Suppressing numbers: from the end of the transaction on, nobody in the scope rings them.

The numbers' locks come first, as in every write-ahead: a call that was written ahead before is
ended before anybody answers it, and one that comes after finds the suppression.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api.row_messages import MESSAGES
from dialer.api.suppression_models import NumberError, Scope, Terms
from dialer.attempt_events import Cancel, CancelWanted
from dialer.contact import ContactState, leave
from dialer.ids import new_id
from dialer.importer.mask import masked
from dialer.numbers import normalise
from dialer.rows import RowCode
from dialer.store import attempts, contacts
from dialer.store.locks import lock_numbers
from dialer.store.reduction import Chances, Reduction, Todo
from trunkline.protect import NumberVault


class Anywhere:
    """Every country: numbers that nobody would call may be suppressed, too."""

    def __contains__(self, _: object) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Wanted:
    """Numbers that are not to be called, and those that were none."""

    numbers: Sequence[str] = field(repr=False)
    errors: Sequence[NumberError]


def read_numbers(raw: Sequence[str], region: str) -> Wanted:
    """Each number once, in E.164; what is none is told by its place."""
    found: dict[str, None] = {}
    errors = []
    for index, text_ in enumerate(raw):
        number = normalise(text_, region or None, Anywhere())
        if isinstance(number, RowCode):
            errors.append(_error(index, number, text_))
        else:
            found[number.e164] = None
    return Wanted(list(found), errors)


def _error(index: int, code: RowCode, value: str) -> NumberError:
    return NumberError(index=index, code=code, message=MESSAGES[code], value_masked=masked(value))


def scope_key(terms: Terms) -> str:
    """What the scope is about; empty for the tenant. Raises `ValueError` for what does not fit."""
    keys = {
        Scope.TENANT: "",
        Scope.ACCOUNT: terms.account_sid or "",
        Scope.CAMPAIGN: str(terms.campaign_id or ""),
    }
    given = [name for name, key in keys.items() if key]
    if given != ([] if terms.scope is Scope.TENANT else [terms.scope]):
        raise ValueError("the scope and what it is about do not belong together")
    return keys[terms.scope]


# The unique index finds it: once for each number and scope. What holds longer stays as it is.
_INSERT = text("""
INSERT INTO dialer.suppression AS kept (id, tenant_id, scope, scope_key, num_key, num_hmac, num_enc,
                                        reason, source, created_by, expires_at)
VALUES (:id, :tenant_id, :scope, :scope_key, :num_key, :num_hmac, :num_enc, :reason, :source,
        :created_by, :expires_at)
ON CONFLICT (tenant_id, num_hmac, scope, scope_key) DO UPDATE
SET expires_at = excluded.expires_at, reason = excluded.reason, source = excluded.source,
    created_by = excluded.created_by, created_at = clock_timestamp()
WHERE kept.expires_at < coalesce(excluded.expires_at, 'infinity')
""")

# suppression's unique index finds what was there before.
_KNOWN = text("""
SELECT count(*) FROM dialer.suppression
WHERE tenant_id = :tenant_id AND num_hmac = ANY (CAST(:hmacs AS bytea[]))
  AND scope = :scope AND scope_key = :scope_key
  AND (expires_at IS NULL OR expires_at > clock_timestamp())
""")

# attempt_live holds those that still have their number.
_LIVE = text("""
SELECT id FROM dialer.attempt
WHERE tenant_id = :tenant_id AND num_hmac = ANY (CAST(:hmacs AS bytea[])) AND holds_number
  AND (CAST(:scope AS text) = 'tenant'
       OR CAST(:scope_key AS text) = CASE CAST(:scope AS text) WHEN 'account' THEN account_sid
                                     ELSE CAST(campaign_id AS text) END)
""")

_CAMPAIGNS = text("SELECT id FROM dialer.campaign WHERE account_sid = :account_sid")

# contact_callee and attempt_live: whom of these somebody still wants to call, or is calling.
_CONCERNED = text("""
SELECT DISTINCT num_hmac FROM dialer.contact
WHERE tenant_id = :tenant_id AND num_hmac = ANY (CAST(:hmacs AS bytea[]))
  AND state IN ('ready', 'waiting', 'dialing', 'needs_review', 'needs_timezone')
UNION
SELECT num_hmac FROM dialer.attempt
WHERE tenant_id = :tenant_id AND num_hmac = ANY (CAST(:hmacs AS bytea[])) AND holds_number
""")


@dataclass(frozen=True, slots=True)
class Suppressor:
    """Suppresses numbers for one tenant on the same terms."""

    vault: NumberVault
    chances: Chances
    tenant_id: str
    actor: str
    terms: Terms

    @property
    def _scope(self) -> dict[str, str]:
        return {"scope": self.terms.scope.value, "scope_key": scope_key(self.terms)}

    async def lock(self, connection: AsyncConnection, numbers: Sequence[str]) -> None:
        """Take turns with whoever is about to call one of them; the first thing to be done."""
        keys = (key for number in numbers for key in self.vault.locks(self.tenant_id, number))
        await lock_numbers(connection, keys)

    async def write(self, connection: AsyncConnection, numbers: Sequence[str]) -> int:
        """Write them down; returns how many were suppressed so already."""
        if not numbers:
            return 0
        values = {"tenant_id": self.tenant_id, "hmacs": self._hmacs(numbers), **self._scope}
        known: int = (await connection.execute(_KNOWN, values)).scalar_one()
        await connection.execute(_INSERT, [self._row(number) for number in numbers])
        return known

    async def silence(self, connection: AsyncConnection, numbers: Sequence[str]) -> Sequence[Todo]:
        """Let no call of the scope to them begin, and none ring."""
        work = await Reduction.begin(connection, self.chances)
        hmacs = self._hmacs(numbers)
        values = {"tenant_id": self.tenant_id, "hmacs": hmacs, **self._scope}
        live = list((await connection.execute(_LIVE, values)).scalars())
        for held in (await attempts.lock(connection, live)).values():
            await work.feed(held, CancelWanted(Cancel.UNANSWERED))
        within = await self._campaigns(connection)
        for contact in await contacts.lock_callee(connection, self.tenant_id, hmacs):
            if within is None or contact.campaign_id in within:
                left = leave(contact.value, ContactState.SUPPRESSED, self.terms.reason.value)
                await contacts.save(connection, contact, left, work.told)
        await work.finish()
        return work.todo

    async def concerned(self, connection: AsyncConnection, numbers: Sequence[str]) -> Sequence[str]:
        """Those that somebody wants to call, or is calling: few, of a long list."""
        values = {"tenant_id": self.tenant_id, "hmacs": self._hmacs(numbers)}
        hmacs = set((await connection.execute(_CONCERNED, values)).scalars())
        return [number for number in numbers if hmacs & set(self._hmacs([number]))]

    async def _campaigns(self, connection: AsyncConnection) -> set[uuid.UUID] | None:
        """Whose contacts are left out; None: everybody's."""
        match self.terms.scope:
            case Scope.TENANT:
                return None
            case Scope.CAMPAIGN:
                return {uuid.UUID(scope_key(self.terms))}
            case Scope.ACCOUNT:
                rows = await connection.execute(_CAMPAIGNS, {"account_sid": scope_key(self.terms)})
                return set(rows.scalars())

    def _hmacs(self, numbers: Sequence[str]) -> list[bytes]:
        return [
            index.hmac for number in numbers for index in self.vault.indexes(self.tenant_id, number)
        ]

    def _row(self, number: str) -> dict[str, str | bytes | uuid.UUID | datetime | None]:
        index = self.vault.index(self.tenant_id, number)
        return {
            "id": new_id(),
            "tenant_id": self.tenant_id,
            "num_key": index.key,
            "num_hmac": index.hmac,
            "num_enc": self.vault.encrypt(number),
            "reason": self.terms.reason.value,
            "source": self.terms.source,
            "created_by": self.actor,
            "expires_at": self.terms.expires_at,
            **self._scope,
        }
