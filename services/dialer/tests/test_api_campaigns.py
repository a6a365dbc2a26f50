"""`/v1/campaigns`: drafted, read, edited, deleted."""

import asyncio
import uuid
from typing import Any

import asyncpg
import pytest
from house import DRAFT, Client, House, a_draft, add

OTHER = {"name": "Autumn"}


async def test_a_campaign_is_drafted_and_read_with_its_etag(client: Client) -> None:
    created = await client.send("POST", "/v1/campaigns", {**DRAFT, "cps": 2})

    campaign = created.json()
    assert created.status_code == 201
    assert created.headers["location"] == f"/v1/campaigns/{campaign['id']}"
    assert (campaign["state"], campaign["cps"]) == ("draft", 2)
    read = await client.send("GET", f"/v1/campaigns/{campaign['id']}")
    assert read.json() == campaign
    assert read.headers["etag"] == created.headers["etag"] == '"1"'


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"agent_id": "nobody"}, "#/agent_id"),
        ({"agent_version": "v0"}, "#/agent_version"),
        ({"account_sid": "AC" + "f" * 32}, "#/account_sid"),
        ({"purpose": "fun"}, "#/purpose"),
        ({"name": ""}, "#/name"),
        ({"cps": 0}, "#/cps"),
        ({"starts_at": "2026-12-01T10:00:00"}, "#/starts_at"),
        ({"policy": {"ring_seconds": 5}}, "#/policy/ring_seconds"),
        ({"colour": "red"}, "#/colour"),
    ],
)
async def test_a_draft_that_means_nothing_is_refused_by_field(
    client: Client, change: dict[str, Any], pointer: str
) -> None:
    answer = await client.send("POST", "/v1/campaigns", {**DRAFT, **change})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_request")
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


async def test_fifty_creations_with_one_key_make_one_campaign(
    client: Client, connection: asyncpg.Connection
) -> None:
    async with asyncio.TaskGroup() as tasks:
        sent = [
            tasks.create_task(
                client.send("POST", "/v1/campaigns", dict(DRAFT), Idempotency_Key="once"),
                name=str(n),
            )
            for n in range(50)
        ]
    answers = [task.result() for task in sent]

    created = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert all(answer.headers["retry-after"] for answer in answers if answer.status_code == 409)
    assert len({answer.json()["id"] for answer in created}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in created) == 1
    assert await connection.fetchval("SELECT count(*) FROM dialer.campaign") == 1


async def test_a_key_that_was_used_for_another_body_is_refused(client: Client) -> None:
    await client.send("POST", "/v1/campaigns", dict(DRAFT), Idempotency_Key="k")

    answer = await client.send("POST", "/v1/campaigns", {**DRAFT, **OTHER}, Idempotency_Key="k")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_creation_without_a_key_is_refused(client: Client) -> None:
    answer = await client.send("POST", "/v1/campaigns", dict(DRAFT), Idempotency_Key="")

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


async def test_pages_are_stable_while_campaigns_are_added(client: Client) -> None:
    drafts = [await a_draft(client) for _ in range(5)]

    first = await client.get("/v1/campaigns?limit=2")
    await a_draft(client)
    second = await client.get(f"/v1/campaigns?limit=2&cursor={first['next_cursor']}")
    third = await client.get(f"/v1/campaigns?limit=2&cursor={second['next_cursor']}")

    pages = [*first["data"], *second["data"], *third["data"]]
    assert [campaign["id"] for campaign in pages] == drafts[::-1]
    assert third["next_cursor"] is None


async def test_a_list_can_be_narrowed_to_a_state(client: Client) -> None:
    running, draft = await a_draft(client), await a_draft(client)
    await client.post(f"/v1/campaigns/{running}/start", expected=202)

    drafts = await client.get("/v1/campaigns?state=draft")

    assert [campaign["id"] for campaign in drafts["data"]] == [draft]


async def test_an_edit_changes_what_it_names_and_nothing_else(client: Client) -> None:
    campaign = await a_draft(client, cps=1, weight=2)

    answer = await client.send(
        "PATCH", f"/v1/campaigns/{campaign}", {"cps": None, "max_in_flight": 7}, If_Match='"1"'
    )

    edited = answer.json()
    assert (edited["cps"], edited["max_in_flight"], edited["weight"]) == (None, 7, 2)
    assert answer.headers["etag"] == '"2"'


async def test_rates_change_while_calls_go_on(client: Client) -> None:
    campaign = await a_draft(client, cps=1)
    started = await client.send("POST", f"/v1/campaigns/{campaign}/start")

    answer = await client.send(
        "PATCH",
        f"/v1/campaigns/{campaign}",
        {"cps": 3, "max_in_flight": 50},
        If_Match=started.headers["etag"],
    )

    assert (answer.json()["state"], answer.json()["cps"]) == ("running", 3)


@pytest.mark.parametrize(
    ("tag", "status", "code"),
    [("", 428, "if_match_required"), ('"7"', 412, "version_changed")],
)
async def test_an_edit_names_the_version_it_has_seen(
    client: Client, tag: str, status: int, code: str
) -> None:
    campaign = await a_draft(client)

    for method, body in (("PATCH", OTHER), ("DELETE", None)):
        answer = await client.send(method, f"/v1/campaigns/{campaign}", body, If_Match=tag)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_agent_of_a_running_campaign_stays(client: Client) -> None:
    campaign = await a_draft(client)
    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)

    answer = await client.send(
        "PATCH", f"/v1/campaigns/{campaign}", {"agent_version": "v1"}, If_Match="*"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "not_editable")


async def test_of_a_cancelled_campaign_the_name_alone_can_be_changed(client: Client) -> None:
    campaign = await a_draft(client)
    await client.post(f"/v1/campaigns/{campaign}/cancel", expected=202)
    path = f"/v1/campaigns/{campaign}"

    assert (await client.send("PATCH", path, {"cps": 1}, If_Match="*")).status_code == 409
    assert (await client.send("PATCH", path, OTHER, If_Match="*")).json()["name"] == "Autumn"


async def test_what_a_campaign_must_have_cannot_be_emptied(client: Client) -> None:
    campaign = await a_draft(client)

    answer = await client.send("PATCH", f"/v1/campaigns/{campaign}", {"name": None}, If_Match="*")

    assert answer.json()["errors"][0]["pointer"] == "#/name"


async def test_a_draft_is_deleted_with_its_contacts(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    await add(client, campaign, "+12025550143")

    answer = await client.send("DELETE", f"/v1/campaigns/{campaign}", If_Match='"1"')

    assert answer.status_code == 204
    assert (await client.send("GET", f"/v1/campaigns/{campaign}")).status_code == 404
    assert await connection.fetchval("SELECT count(*) FROM dialer.contact") == 0


async def test_a_campaign_that_was_started_is_not_deleted(client: Client) -> None:
    campaign = await a_draft(client)
    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)

    answer = await client.send("DELETE", f"/v1/campaigns/{campaign}", If_Match="*")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_editable")


async def test_another_tenant_sees_nothing_of_it(house: House, client: Client) -> None:
    campaign = await a_draft(client)
    stranger = await house.client(tenant="others")

    assert (await stranger.get("/v1/campaigns"))["data"] == []
    for path in ("", "/contacts", "/imports", "/attempts", "/progress", "/diagnostics"):
        answer = await stranger.send("GET", f"/v1/campaigns/{campaign}{path}")
        assert answer.status_code == 404, path
    for command in ("start", "pause", "resume", "cancel"):
        answer = await stranger.send("POST", f"/v1/campaigns/{campaign}/{command}")
        assert answer.status_code == 404, command


@pytest.mark.parametrize("key", ["", "tk_" + "0" * 32 + "_" + "x" * 43, "nonsense"])
async def test_without_a_valid_key_nothing_is_answered(client: Client, key: str) -> None:
    answer = await Client(client.http, key).send("GET", "/v1/campaigns")

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")


async def test_a_key_does_what_its_scopes_say_and_no_more(house: House, client: Client) -> None:
    campaign = await a_draft(client)
    reader = await house.client(["campaigns:read"])

    assert (await reader.send("GET", f"/v1/campaigns/{campaign}")).status_code == 200
    for method, path, body in (
        ("POST", "/v1/campaigns", dict(DRAFT)),
        ("PATCH", f"/v1/campaigns/{campaign}", OTHER),
        ("POST", f"/v1/campaigns/{campaign}/start", None),
        ("POST", f"/v1/campaigns/{campaign}/contacts", {"contacts": []}),
        ("POST", "/v1/calls", {}),
        ("GET", "/v1/suppressions", None),
        ("GET", "/v1/audit-log", None),
    ):
        answer = await reader.send(method, path, body)
        assert (answer.status_code, path) in {(403, path), (422, path)}


async def test_a_campaign_that_there_is_not_is_not_found(client: Client) -> None:
    answer = await client.send("GET", f"/v1/campaigns/{uuid.uuid4()}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
