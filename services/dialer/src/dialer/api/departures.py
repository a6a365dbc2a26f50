"""Protections that a campaign or a call does without, on whose word and why."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api.context import SCHEMA
from dialer.policy import Policy
from dialer.presets import Purpose
from trunkline.api.audit import AuditEntry, record
from trunkline.api.keys import Principal
from trunkline.api.problem import FieldError, InvalidRequest

EmergencyReason = Annotated[
    str | None,
    Field(
        min_length=10,
        max_length=1000,
        description="Why this is an emergency, in which no country's hours, caps and consent hold."
        " It needs the scope policy:override, and stands in the audit log.",
        examples=["A water pipe has burst in the clinic."],
    ),
]


@dataclass(frozen=True, slots=True)
class Departure:
    """What is done without, and why."""

    rule: str
    reason: str


def departures(
    principal: Principal, purpose: Purpose, reason: str | None, policy: Policy
) -> Sequence[Departure]:
    """What this key's holder wants to do without; raises if they may not, or do not say why."""
    return _permitted(principal, [*_emergency(purpose, reason), *_undisclosed(policy)])


def edited(principal: Principal, before: Policy, after: Policy) -> Sequence[Departure]:
    """What an edit does without that was kept before; raises if this key's holder may not."""
    kept = list(_undisclosed(before))
    return _permitted(principal, [each for each in _undisclosed(after) if each not in kept])


async def note(
    connection: AsyncConnection,
    principal: Principal,
    campaign_id: uuid.UUID,
    found: Sequence[Departure],
) -> None:
    """Write down who does without what, and why."""
    for each in found:
        entry = AuditEntry(
            principal.tenant_id,
            principal.actor,
            "campaign.departed",
            "campaign",
            str(campaign_id),
            reason=each.reason,
            change={"rule": each.rule},
        )
        await record(connection, SCHEMA, entry)


def _emergency(purpose: Purpose, reason: str | None) -> Iterator[Departure]:
    if purpose is not Purpose.EMERGENCY:
        return
    if reason is None:
        detail = "An emergency needs its reason."
        raise InvalidRequest(errors=[FieldError("#/emergency_reason", "missing", detail)])
    yield Departure("hours, caps and consent", reason)


def _undisclosed(policy: Policy) -> Iterator[Departure]:
    if policy.undisclosed_because:
        yield Departure("disclosure", policy.undisclosed_because)


def _permitted(principal: Principal, found: Sequence[Departure]) -> Sequence[Departure]:
    if found:
        principal.check("policy:override")
    return found
