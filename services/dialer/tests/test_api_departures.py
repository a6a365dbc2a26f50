"""What a campaign does without, by whom, and why."""

from typing import Any

import pytest
from house import DRAFT, EMERGENCY, EVERYTHING, Client, House, a_draft

CLERK = [scope for scope in EVERYTHING if scope != "policy:override"]
UNDISCLOSED: dict[str, Any] = {"policy": {"undisclosed_because": "The greeting says it itself."}}


async def reasons(client: Client, campaign: str) -> list[tuple[Any, str]]:
    """What the audit log says of a campaign's departures, the latest first."""
    log = (await client.get(f"/v1/audit-log?subject_id={campaign}"))["data"]
    departed = [entry for entry in log if entry["action"] == "campaign.departed"]
    return [(entry["change"]["rule"], entry["reason"]) for entry in departed]


@pytest.mark.parametrize("departure", [EMERGENCY, UNDISCLOSED])
async def test_a_protection_is_given_up_by_those_who_may_alone(
    house: House, client: Client, departure: dict[str, Any]
) -> None:
    clerk = await house.client(CLERK)

    answer = await clerk.send("POST", "/v1/campaigns", {**DRAFT, **departure})

    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert (await client.get("/v1/campaigns"))["data"] == []


async def test_what_is_given_up_stands_in_the_audit_log_with_its_reason(client: Client) -> None:
    campaign = await a_draft(client, **EMERGENCY, **UNDISCLOSED)

    assert await reasons(client, campaign) == [
        ("disclosure", UNDISCLOSED["policy"]["undisclosed_because"]),
        ("hours, caps and consent", EMERGENCY["emergency_reason"]),
    ]


async def test_an_emergency_without_a_reason_is_none(client: Client) -> None:
    answer = await client.send("POST", "/v1/campaigns", {**DRAFT, "purpose": "emergency"})

    errors = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
    assert (answer.status_code, errors) == (422, [("#/emergency_reason", "missing")])


async def test_an_edit_gives_nothing_up_unless_its_author_may(house: House, client: Client) -> None:
    campaign = await a_draft(client)
    path = f"/v1/campaigns/{campaign}"
    clerk = await house.client(CLERK)

    refused = await clerk.send("PATCH", path, UNDISCLOSED, If_Match="*")
    allowed = await client.send("PATCH", path, UNDISCLOSED, If_Match="*")
    again = await clerk.send("PATCH", path, UNDISCLOSED, If_Match="*")

    assert [each.status_code for each in (refused, allowed, again)] == [403, 200, 200]
    assert [rule for rule, _ in await reasons(client, campaign)] == ["disclosure"]
