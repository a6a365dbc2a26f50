"""Attempts between their rows and the API."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api.attempt_models import Attempt, AttemptInFull, Moment, Permission
from dialer.api.contact_models import Consent
from dialer.attempt_events import State
from dialer.gates import Gate
from dialer.importer.mask import masked_number
from dialer.outcomes import Outcome
from trunkline.api.cursor import Position
from trunkline.api.problem import NotFound
from trunkline.protect import NumberVault

_OWN = (
    *("id", "campaign_id", "contact_id", "attempt_no", "state", "account_sid", "outcome"),
    "reason",
    *("error_code", "sip_code", "answered_by", "abandoned", "attestation", "counted"),
    *("posting_at", "answered_at", "ended_at", "call_seconds", "created_at"),
)
_LIFE = ("reserved_at", "returned_at", "bound_at", "bound_by", "connected_at", "rules_version")
_OF_CONTACT = ("num_enc", "consent", "consent_at", "consent_source")
_SELECT = f"""
SELECT {", ".join(f"attempt.{name}" for name in (*_OWN, *_LIFE))}, attempt.sid AS call_sid,
       CASE attempt.attempt_no WHEN contact.last_attempt_no THEN contact.disposition END
           AS disposition,
       {", ".join(f"contact.{name}" for name in _OF_CONTACT)}
FROM dialer.attempt JOIN dialer.contact ON contact.id = attempt.contact_id
"""

AttemptRow = Row[Any]


def shown(row: AttemptRow, vault: NumberVault, *, in_full: bool) -> Attempt:
    """An attempt as it is answered."""
    return Attempt(**_values(row, vault, in_full))


def _values(row: AttemptRow, vault: NumberVault, in_full: bool) -> dict[str, Any]:
    number = vault.decrypt(row.num_enc)
    own = {name: row._mapping[name] for name in _OWN}
    return {
        **own,
        "call_sid": row.call_sid,
        "transcript": f"/v1/calls/{row.call_sid}" if row.call_sid else None,
        "disposition": row.disposition,
        "number": number if in_full else masked_number(number),
    }


async def read(connection: AsyncConnection, tenant_id: str, attempt_id: uuid.UUID) -> AttemptRow:
    """The tenant's attempt, by its primary key; raises `NotFound`."""
    found = await connection.execute(
        text(f"{_SELECT} WHERE attempt.id = :id AND attempt.tenant_id = :tenant_id"),
        {"id": attempt_id, "tenant_id": tenant_id},
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound
    return row


async def page(
    connection: AsyncConnection,
    campaign_id: uuid.UUID,
    contact_id: uuid.UUID | None,
    state: State | None,
    outcome: Outcome | None,
    after: Position | None,
    limit: int,
) -> Sequence[AttemptRow]:
    """A campaign's attempts, the newest first; attempt_page serves it."""
    rows = await connection.execute(
        text(
            f"{_SELECT} WHERE attempt.campaign_id = :campaign_id"
            " AND (CAST(:contact_id AS uuid) IS NULL OR attempt.contact_id = :contact_id)"
            " AND (CAST(:state AS text) IS NULL OR attempt.state = :state)"
            " AND (CAST(:outcome AS text) IS NULL OR attempt.outcome = :outcome)"
            f" AND {_before(after)}"
            " ORDER BY attempt.created_at DESC, attempt.id DESC LIMIT :limit"
        ),
        {
            **_place(after),
            "campaign_id": campaign_id,
            "contact_id": contact_id,
            "state": state and state.value,
            "outcome": outcome and outcome.value,
            "limit": limit,
        },
    )
    return rows.all()


def _before(after: Position | None) -> str:
    """`keyset` for a join, in which both tables have these columns."""
    if after is None:
        return "true"
    return (
        "(attempt.created_at, attempt.id)"
        " < (to_timestamp(0) + :created_us * interval '1 microsecond', CAST(:last AS uuid))"
    )


def _place(after: Position | None) -> dict[str, object]:
    return {} if after is None else {"created_us": after.created_us, "last": uuid.UUID(after.id)}


# inbox_attempt and the primary key of listing find them.
_NEWS = text("""
SELECT read_at AS at, kind, news, sequence FROM dialer.inbox WHERE attempt_id = :id
UNION ALL
SELECT listed_at, 'listing', CASE WHEN clean THEN 'no_call' ELSE 'candidates' END, -1
FROM dialer.listing WHERE attempt_id = :id
ORDER BY 1 LIMIT 500
""")


async def in_full(
    connection: AsyncConnection, row: AttemptRow, vault: NumberVault, *, numbers: bool
) -> AttemptInFull:
    """An attempt with its life: what was done, what Twilio told, and what its lists have shown."""
    news = await connection.execute(_NEWS, {"id": row.id})
    told = [Moment(at=one.at, what=one.kind, detail=one.news) for one in news]
    moments = sorted([*_moments(row), *told], key=lambda moment: moment.at)
    return AttemptInFull(
        **_values(row, vault, numbers), permitted=_permission(row), timeline=moments
    )


def _moments(row: AttemptRow) -> Iterator[Moment]:
    known = (
        (row.reserved_at, "reserved", None),
        (row.posting_at, "write_ahead_committed", None),
        (row.returned_at, "request_over", row.reason),
        (row.bound_at, "call_known", row.bound_by),
        (row.answered_at, "answered", row.answered_by),
        (row.connected_at, "agent_connected", None),
        (row.ended_at, "ended", row.state),
    )
    for at, what, detail in known:
        if at is not None:
            yield Moment(at=at, what=what, detail=detail)


def _permission(row: AttemptRow) -> Permission | None:
    if row.posting_at is None:
        return None
    consent = Consent(type=row.consent, at=row.consent_at, source=row.consent_source)
    version = row.rules_version
    return Permission(gates=list(Gate), at=row.posting_at, rules_version=version, consent=consent)
