"""Single calls."""

from typing import Any

import asyncpg
import pytest
from house import EMERGENCY, EVERYTHING, NUMBER, Client, House, a_draft, add

CALL: dict[str, Any] = {
    "number": NUMBER,
    "agent_id": "receptionist",
    **EMERGENCY,
    "variables": {"name": "Ana"},
}


async def test_a_single_call_is_next_in_the_queue(
    client: Client, connection: asyncpg.Connection
) -> None:
    answer = await client.send("POST", "/v1/calls", CALL)

    call = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/calls/{call['id']}"
    assert (call["contact"]["state"], call["contact"]["priority"]) == ("ready", 0)
    assert call["verdict"]["gate"] is None
    assert await client.get(f"/v1/calls/{call['id']}") == call
    campaign = await client.get(f"/v1/campaigns/{call['campaign_id']}")
    assert (campaign["state"], campaign["policy"]["retries"]["max_attempts"]) == ("running", 1)


async def test_single_calls_are_not_among_the_campaigns(client: Client) -> None:
    await client.post("/v1/calls", CALL, 202)

    assert (await client.get("/v1/campaigns"))["data"] == []


async def test_a_call_that_has_to_wait_says_why(
    client: Client, connection: asyncpg.Connection
) -> None:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    later = days[(await connection.fetchval("SELECT extract(isodow FROM now())::int") + 2) % 7]
    window = {"days": [later], "opens": "09:00", "closes": "18:00"}

    call = await client.post("/v1/calls", {**CALL, "policy": {"windows": [window]}}, 202)

    assert (call["verdict"]["gate"], call["verdict"]["reason"]) == ("window", "outside_window")
    assert call["verdict"]["until"] is not None


async def test_a_call_that_is_sent_again_is_one_call(
    client: Client, connection: asyncpg.Connection
) -> None:
    answers = [await client.send("POST", "/v1/calls", CALL, Idempotency_Key="k") for _ in range(3)]

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await connection.fetchval("SELECT count(*) FROM dialer.contact") == 1


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"number": "911"}, "#/number", "invalid_number"),
        ({"number": "+1202"}, "#/number", "invalid_length"),
        ({"variables": {"x": "y"}}, "#/variables", "unknown_variable"),
        ({"purpose": "marketing"}, "#/consent", "consent_missing"),
        ({"agent_id": "nobody"}, "#/agent_id", "unknown_agent"),
        ({"emergency_reason": None}, "#/emergency_reason", "missing"),
    ],
)
async def test_a_call_that_cannot_be_placed_is_refused_and_leaves_nothing(
    client: Client,
    connection: asyncpg.Connection,
    change: dict[str, Any],
    pointer: str,
    code: str,
) -> None:
    answer = await client.send("POST", "/v1/calls", {**CALL, **change})

    errors = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
    assert (answer.status_code, errors) == (422, [(pointer, code)])
    assert await connection.fetchval("SELECT count(*) FROM dialer.campaign") == 0


async def test_whoever_may_not_be_called_is_not_called_singly(client: Client) -> None:
    await client.post("/v1/suppressions", {"numbers": [NUMBER]}, 201)

    answer = await client.send("POST", "/v1/calls", CALL)

    assert answer.json()["errors"][0]["code"] == "suppressed"


async def test_a_call_is_given_up_by_cancelling_its_campaign(client: Client) -> None:
    call = await client.post("/v1/calls", CALL, 202)

    await client.post(f"/v1/campaigns/{call['campaign_id']}/cancel", expected=202)

    found = await client.get(f"/v1/calls/{call['id']}")
    assert (found["verdict"]["gate"], found["verdict"]["reason"]) == ("campaign", "cancelling")


async def test_a_campaigns_contact_is_no_single_call(client: Client) -> None:
    (contact,) = await add(client, await a_draft(client), NUMBER)

    assert (await client.send("GET", f"/v1/calls/{contact}")).status_code == 404


async def test_only_who_may_depart_from_the_rules_calls_in_an_emergency(
    house: House, client: Client
) -> None:
    clerk = await house.client([scope for scope in EVERYTHING if scope != "policy:override"])

    refused = await clerk.send("POST", "/v1/calls", CALL)
    call = await client.post("/v1/calls", CALL, 202)

    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    log = (await client.get(f"/v1/audit-log?subject_id={call['campaign_id']}"))["data"]
    assert [(entry["action"], entry["reason"]) for entry in log] == [
        ("campaign.departed", CALL["emergency_reason"])
    ]
