"""Start, pause, resume and cancel, each as often as one likes."""

import asyncio
import uuid

import asyncpg
import pytest
from house import EMERGENCY, NUMBER, SILENT, Client, House, a_draft


async def state_of(client: Client, campaign: str) -> str:
    found: str = (await client.get(f"/v1/campaigns/{campaign}"))["state"]
    return found


async def test_a_command_is_accepted_once_and_is_so_already_afterwards(client: Client) -> None:
    campaign = await a_draft(client)

    for command, state in (
        ("start", "running"),
        ("pause", "pausing"),
        ("resume", "running"),
        ("cancel", "cancelling"),
    ):
        first = await client.send("POST", f"/v1/campaigns/{campaign}/{command}")
        again = await client.send("POST", f"/v1/campaigns/{campaign}/{command}")

        assert (first.status_code, again.status_code) == (202, 200), command
        assert first.json()["state"] == again.json()["state"] == state
        assert first.headers["etag"] == again.headers["etag"]


async def test_what_cannot_be_done_now_is_refused(client: Client) -> None:
    campaign = await a_draft(client)

    answer = await client.send("POST", f"/v1/campaigns/{campaign}/pause")

    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


async def test_a_campaign_whose_time_is_to_come_is_scheduled(client: Client) -> None:
    campaign = await a_draft(client, starts_at="2099-01-01T09:00:00Z")

    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)
    assert await state_of(client, campaign) == "scheduled"

    await client.post(f"/v1/campaigns/{campaign}/pause", expected=202)
    assert await state_of(client, campaign) == "paused"


async def test_a_campaign_without_a_number_to_call_from_does_not_start_in_silence(
    client: Client,
) -> None:
    campaign = await a_draft(client, from_pool="empty")

    answer = await client.send("POST", f"/v1/campaigns/{campaign}/start")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
    assert answer.json()["errors"][0]["code"] == "no_calling_number"


async def test_an_agent_that_does_not_say_what_it_is_does_not_start(client: Client) -> None:
    campaign = await a_draft(client, agent_id=SILENT.id)
    path = f"/v1/campaigns/{campaign}"

    refused = await client.send("POST", f"{path}/start")
    call = {"number": NUMBER, "agent_id": SILENT.id, **EMERGENCY}
    also_refused = await client.send("POST", "/v1/calls", call)
    because = {"policy": {"undisclosed_because": "The greeting says it itself."}}
    await client.send("PATCH", path, because, If_Match="*")

    for answer in (refused, also_refused):
        errors = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
        assert (answer.status_code, errors) == (409, [("#/agent_id", "no_disclosure")])
    assert (await client.send("POST", f"{path}/start")).status_code == 202


async def test_a_message_of_marketing_without_a_number_for_opting_out_does_not_start(
    client: Client,
) -> None:
    policy = {"answering_machines": {"then": "message"}, "undisclosed_because": "A mere test."}
    campaign = await a_draft(client, agent_id=SILENT.id, purpose="marketing", policy=policy)

    answer = await client.send("POST", f"/v1/campaigns/{campaign}/start")

    errors = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
    assert errors == [
        ("#/agent_id", "no_opt_out_in_voicemail"),
        ("#/policy/opt_out_number", "no_opt_out_number"),
    ]


async def test_a_cancel_can_be_made_firmer_and_not_less_firm(client: Client) -> None:
    campaign = await a_draft(client)
    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)
    path = f"/v1/campaigns/{campaign}/cancel"

    modes = []
    for mode, status in (("cancel_queued", 202), ("hangup", 202), ("drain", 200)):
        modes.append((await client.post(path, {"mode": mode}, status))["cancel_mode"])

    assert modes == ["cancel_queued", "hangup", "hangup"]


async def test_every_pause_lets_nothing_that_was_reserved_before_be_posted(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)
    before = await generation(connection, campaign)

    async with asyncio.timeout(5):
        for command in ("pause", "resume", "pause"):
            await client.post(f"/v1/campaigns/{campaign}/{command}", expected=202)

    assert await state_of(client, campaign) == "pausing"
    assert await generation(connection, campaign) == before + 3


async def generation(connection: asyncpg.Connection, campaign: str) -> int:
    found: int = await connection.fetchval(
        "SELECT generation FROM dialer.campaign WHERE id = $1", uuid.UUID(campaign)
    )
    return found


async def test_a_pause_waits_for_the_write_ahead_that_is_under_way(
    client: Client, connection: asyncpg.Connection
) -> None:
    """Whoever is told that a campaign pauses may rely on it: no call is written ahead later."""
    campaign = await a_draft(client)
    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)
    writing = connection.transaction()
    await writing.start()
    await connection.execute(
        "SELECT FROM dialer.campaign WHERE id = $1 FOR SHARE", uuid.UUID(campaign)
    )

    async with asyncio.TaskGroup() as tasks:
        pausing = tasks.create_task(
            client.send("POST", f"/v1/campaigns/{campaign}/pause"), name="p"
        )
        await locked(connection)
        assert not pausing.done()
        await writing.rollback()

    assert pausing.result().status_code == 202


async def locked(connection: asyncpg.Connection) -> None:
    """Wait until somebody waits for a lock."""
    async with asyncio.timeout(10):
        while not await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
        ):
            continue


async def test_each_change_is_told_and_audited(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)
    await client.post(f"/v1/campaigns/{campaign}/pause", expected=202)
    await client.post(f"/v1/campaigns/{campaign}/pause", expected=200)

    log = await client.get(f"/v1/audit-log?subject_id={campaign}")

    actions = [entry["action"] for entry in log["data"]]
    assert actions == ["campaign.pause", "campaign.start", "campaign.created"]
    assert log["data"][0]["change"] == {"from": "running", "to": "pausing", "mode": None}
    told = await connection.fetch("SELECT type, campaign_version FROM dialer.outbox ORDER BY id")
    assert [row["type"] for row in told] == ["CampaignChanged", "CampaignChanged"]


@pytest.mark.parametrize("scope", ["campaigns:write", "campaigns:read"])
async def test_control_needs_its_own_scope(house: House, client: Client, scope: str) -> None:
    campaign = await a_draft(client)
    weak = await house.client([scope])

    answer = await weak.send("POST", f"/v1/campaigns/{campaign}/start")

    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


async def test_a_campaign_does_not_start_with_another_version_than_it_asks_for(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client, agent_version="v1")
    await connection.execute("UPDATE dialer.campaign SET agent_version = 'v0'")

    answer = await client.send("POST", f"/v1/campaigns/{campaign}/start")
    diagnostics = await client.get(f"/v1/campaigns/{campaign}/diagnostics")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
    assert answer.json()["errors"][0]["code"] == "unknown_version"
    assert ("campaign", "agent_version") in [
        (each["gate"], each["reason"]) for each in diagnostics["blocked_by"]
    ]
