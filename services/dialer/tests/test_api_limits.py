"""Bounds of requests, and what every answer has in common."""

import asyncpg
import pytest
from house import DRAFT, NUMBER, Client, House, a_draft

TRACE = "0af7651916cd43dd8448eb211c80319c"


async def test_a_body_that_is_too_large_is_refused(client: Client) -> None:
    answer = await client.send("POST", "/v1/campaigns", {**DRAFT, "name": "x" * 2 * 1024 * 1024})

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_more_contacts_than_ten_thousand_are_refused_at_once(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    contacts = [{"number": NUMBER}] * 10_001

    answer = await client.send("POST", f"/v1/campaigns/{campaign}/contacts", {"contacts": contacts})

    assert answer.status_code == 422
    assert await connection.fetchval("SELECT count(*) FROM dialer.contact") == 0


async def test_ten_thousand_contacts_are_taken_at_once(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    contacts = [{"number": f"+1202{n}"} for n in range(2000000, 2010000)]

    added = await client.post(f"/v1/campaigns/{campaign}/contacts", {"contacts": contacts})

    assert added["accepted"] == 10_000
    assert await connection.fetchval("SELECT count(*) FROM dialer.contact") == 10_000


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "state=asleep"])
async def test_a_query_that_means_nothing_is_refused_by_its_name(
    client: Client, query: str
) -> None:
    answer = await client.send("GET", f"/v1/campaigns?{query}")

    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert (answer.status_code, pointers) == (422, [f"query/{query.partition('=')[0]}"])


@pytest.mark.parametrize("cursor", ["x", "AAAA", "é", "x" * 400])
async def test_a_cursor_that_was_not_given_out_is_refused(client: Client, cursor: str) -> None:
    answer = await client.send("GET", f"/v1/campaigns?cursor={cursor}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_every_answer_has_a_trace_and_the_keys_allowance(client: Client) -> None:
    answer = await client.send(
        "GET", "/v1/campaigns", traceparent=f"00-{TRACE}-b7ad6b7169203331-01"
    )

    assert answer.headers["x-request-id"] == TRACE
    assert int(answer.headers["ratelimit-remaining"]) > 0


async def test_a_problem_repeats_nothing_of_the_request(client: Client) -> None:
    campaign = await a_draft(client)
    bodies = [
        ("/v1/suppressions", {"numbers": [NUMBER], "scope": NUMBER}),
        ("/v1/calls", {"number": NUMBER, "agent_id": NUMBER, "purpose": NUMBER}),
        (f"/v1/campaigns/{campaign}/contacts", {"contacts": NUMBER, NUMBER: 1}),
        ("/v1/campaigns", {**DRAFT, NUMBER: NUMBER, "policy": {NUMBER: 1}}),
    ]

    for path, body in bodies:
        answer = await client.send("POST", path, body)
        assert answer.status_code == 422, path
        assert "5550143" not in answer.text, path


async def test_a_body_of_another_type_is_refused(client: Client) -> None:
    answer = await client.http.post(
        "/v1/campaigns",
        content="name=x",
        headers={
            "Authorization": f"Bearer {client.key}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Idempotency-Key": "k",
        },
    )

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_what_was_added_to_a_campaign_is_audited_by_number_and_not_by_name(
    house: House, client: Client
) -> None:
    campaign = await a_draft(client)
    await client.post(f"/v1/campaigns/{campaign}/contacts", {"contacts": [{"number": NUMBER}]})
    await client.upload(campaign, b"number\n+12025550144\n")
    await client.post(f"/v1/campaigns/{campaign}/contacts/remove", {"external_ids": ["x"]})
    await house.jobs.work_once()

    log = (await client.get(f"/v1/audit-log?subject_id={campaign}"))["data"]

    assert [(entry["action"], entry["change"].get("added")) for entry in log] == [
        ("contacts.removed", None),
        ("import.created", None),
        ("contacts.added", 1),
        ("campaign.created", None),
    ]
