"""Stops, rules, accounts, numbers, keys and the audit log."""

import uuid
from typing import Any

import asyncpg
import pytest
from house import EVERYTHING, KEYS, NUMBER, SENDER, Client, House, a_draft, add
from rows import ACCOUNT, TENANT, an_attempt

from dialer.attempt_events import CancelCall
from dialer.presets_table import TABLE, VERSION
from trunkline.api.key_store import NewKey
from trunkline.database.transaction import transaction

OTHER_ACCOUNT = "AC" + "1" * 32


async def stop(client: Client, scope: str, expected: int = 201, **values: Any) -> Any:
    body = {"scope": scope, "reason": "something is wrong", **values}
    return await client.post("/v1/emergency-stops", body, expected)


async def a_call(client: Client, connection: asyncpg.Connection, state: str) -> tuple[str, str]:
    campaign = await a_draft(client)
    (contact,) = await add(client, campaign, NUMBER)
    attempt = await an_attempt(
        connection,
        uuid.UUID(campaign),
        uuid.UUID(contact),
        num_hmac=KEYS.vault().index(TENANT, NUMBER).hmac,
        posting_at=await connection.fetchval("SELECT clock_timestamp()"),
        state=state,
        sid="CA1",
    )
    return campaign, str(attempt)


async def test_a_stop_is_set_once_and_lifted(client: Client) -> None:
    first = await stop(client, "tenant")
    again = await stop(client, "tenant", reason="another reason")

    assert again["id"] == first["id"]
    assert again["reason"] == "something is wrong"
    lifted = await client.post(f"/v1/emergency-stops/{first['id']}/lift")
    assert lifted["lifted_by"].startswith("key:")
    assert (await client.get("/v1/emergency-stops"))[0]["lifted_at"] is not None
    assert (await stop(client, "tenant"))["id"] != first["id"]


async def test_a_campaign_is_stopped_by_a_pause(client: Client) -> None:
    campaign = await a_draft(client)
    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)

    stopped = await stop(client, "campaign", campaign_id=campaign)

    found = await client.get(f"/v1/campaigns/{campaign}")
    assert stopped["scope_key"] == campaign
    assert (found["state"], found["pause_reason"]) == ("pausing", "emergency_stop")


async def test_a_draft_that_is_stopped_does_not_start_before_it_is_resumed(client: Client) -> None:
    campaign = await a_draft(client)

    await stop(client, "campaign", campaign_id=campaign)
    start = await client.send("POST", f"/v1/campaigns/{campaign}/start")
    found = await client.get(f"/v1/campaigns/{campaign}")
    resumed = await client.post(f"/v1/campaigns/{campaign}/resume", expected=202)

    assert (start.status_code, start.json()["code"]) == (409, "wrong_state")
    assert (found["state"], found["pause_reason"]) == ("paused", "emergency_stop")
    assert resumed["state"] == "running"


@pytest.mark.parametrize(
    ("calls", "state", "ended"),
    [
        ("drain", "ringing", []),
        ("cancel_queued", "ringing", [CancelCall("CA1")]),
        ("cancel_queued", "in_progress", []),
        ("hangup", "in_progress", [CancelCall("CA1", answered=True)]),
    ],
)
async def test_a_stop_ends_the_calls_it_is_told_to(
    house: House,
    client: Client,
    connection: asyncpg.Connection,
    calls: str,
    state: str,
    ended: list[CancelCall],
) -> None:
    await a_call(client, connection, state)

    await stop(client, "account", account_sid=ACCOUNT, calls=calls)

    assert [todo.effect for todo in house.errands] == ended


async def test_everybody_is_stopped_by_whoever_runs_the_platform_alone(
    house: House, client: Client
) -> None:
    body = {"scope": "everything", "reason": "the gateway speaks in tongues"}
    assert (await client.send("POST", "/v1/emergency-stops", body)).status_code == 403
    platform = await house.client([*EVERYTHING, "platform:admin"], tenant="operator")

    stopped = await platform.post("/v1/emergency-stops", body, 201)

    assert (await client.get("/v1/emergency-stops"))[0]["scope"] == "everything"
    assert (
        await client.send("POST", f"/v1/emergency-stops/{stopped['id']}/lift")
    ).status_code == 403


@pytest.mark.parametrize(
    "values",
    [
        {"scope": "campaign"},
        {"scope": "account", "campaign_id": str(uuid.uuid4())},
        {"scope": "tenant", "account_sid": ACCOUNT},
        {"scope": "account", "account_sid": OTHER_ACCOUNT},
        {"scope": "tenant", "reason": ""},
    ],
)
async def test_a_stop_that_means_nothing_is_refused(client: Client, values: dict[str, Any]) -> None:
    body = {"reason": "something", **values}

    assert (await client.send("POST", "/v1/emergency-stops", body)).status_code == 422


async def test_the_table_of_rules_can_be_read(client: Client) -> None:
    found = await client.get("/v1/rules")

    assert (found["version"], len(found["rules"])) == (VERSION, len(TABLE))
    (spain,) = [rule for rule in found["rules"] if rule["country"] == "ES"]
    assert (spain["hours"], spain["holidays"]) == ("Mon-Fri 09:00-21:00", "closed")


async def test_a_departure_from_a_rule_is_made_with_a_reason_audited_and_revoked(
    client: Client,
) -> None:
    campaign = await a_draft(client, policy={"windows": [{"opens": "00:00", "closes": "24:00"}]})
    await add(client, campaign, NUMBER)
    body = {
        "country": "US",
        "rule": "windows",
        "value": [{"opens": "00:00", "closes": "24:00"}],
        "reason": "Patients asked to be called at night.",
    }

    made = await client.post("/v1/rule-overrides", body, 201)
    plan = await client.post(f"/v1/campaigns/{campaign}:validate")

    assert (made["rule"], made["value"]) == ("windows", body["value"])
    assert plan["callable_now"] == 1
    assert (await client.send("DELETE", f"/v1/rule-overrides/{made['id']}")).status_code == 204
    (listed,) = await client.get("/v1/rule-overrides")
    assert listed["revoked_at"] is not None
    log = (await client.get(f"/v1/audit-log?subject_id={made['id']}"))["data"]
    assert [entry["action"] for entry in log] == [
        "rule_override.revoked",
        "rule_override.created",
    ]
    assert (log[1]["reason"], log[1]["change"]) == (body["reason"], {"rule": "US windows"})


@pytest.mark.parametrize(
    "change", [{"rule": "sources"}, {"rule": "caps", "value": 3}, {"reason": "because"}]
)
async def test_a_departure_that_means_nothing_is_refused(
    client: Client, change: dict[str, Any]
) -> None:
    body = {"country": "US", "rule": "overdial", "value": True, "reason": "A reason that counts."}

    answer = await client.send("POST", "/v1/rule-overrides", {**body, **change})

    assert answer.status_code == 422


async def test_a_departure_needs_its_own_scope(house: House, client: Client) -> None:
    weak = await house.client([scope for scope in EVERYTHING if scope != "policy:override"])
    body = {"country": "US", "rule": "overdial", "value": True, "reason": "A reason that counts."}

    assert (await weak.send("POST", "/v1/rule-overrides", body)).status_code == 403


async def test_an_account_is_set_up_and_its_breaker_closed(
    house: House, client: Client, connection: asyncpg.Connection
) -> None:
    path = f"/v1/accounts/{ACCOUNT}"
    changed = await client.send("PUT", path, {"cps": 10, "max_in_flight": 100})
    await connection.execute("UPDATE dialer.account SET breaker = 'open', breaker_reason = 'auth'")

    closed = await client.post(f"{path}/close-breaker")

    assert (changed.json()["cps"], changed.json()["max_in_flight"]) == (10, 100)
    assert (closed["breaker"], closed["breaker_reason"]) == ("closed", None)
    assert [account["account_sid"] for account in await client.get("/v1/accounts")] == [ACCOUNT]
    stranger = await house.client(tenant="others")
    taken = await stranger.send("PUT", path, {"cps": 1})
    assert (taken.status_code, taken.json()["code"]) == (409, "account_taken")
    assert (await stranger.send("POST", f"{path}/close-breaker")).status_code == 404


async def test_numbers_to_call_from_are_added_once_and_put_to_rest(
    house: House, client: Client
) -> None:
    again = await client.send("POST", "/v1/from-numbers", {"number": SENDER})
    assert (again.status_code, again.json()["code"]) == (409, "number_known")
    (sender,) = await client.get("/v1/from-numbers")
    path = f"/v1/from-numbers/{sender['id']}"

    change = {"state": "resting", "daily_cap": 50, "cps": 0.5}
    rests = await client.send("PATCH", path, change)

    assert (sender["number"], sender["region"]) == (SENDER, "US")
    assert sender["cps"] is None
    assert {name: rests.json()[name] for name in change} == change
    assert (await client.send("PATCH", path, {"pool": None})).status_code == 422
    reader = await house.client(["campaigns:read"])
    assert (await reader.get("/v1/from-numbers"))[0]["number"] == "+•••••••••00"


async def test_a_number_that_is_none_cannot_be_called_from(client: Client) -> None:
    answer = await client.send("POST", "/v1/from-numbers", {"number": "12"})

    assert answer.json()["errors"][0]["pointer"] == "#/number"


async def test_a_key_is_listed_without_its_secret_and_revoked(house: House, client: Client) -> None:
    weak = await house.client(["campaigns:read"])
    listed = (await client.get("/v1/api-keys"))["data"]
    key = next(each for each in listed if each["scopes"] == ["campaigns:read"])
    assert weak.key.startswith(key["prefix"])
    assert weak.key.rpartition("_")[2] not in str(listed)
    assert (await weak.send("GET", "/v1/campaigns")).status_code == 200

    assert (await client.send("DELETE", f"/v1/api-keys/{key['id']}")).status_code == 204

    assert (await weak.send("GET", "/v1/campaigns")).status_code == 401
    assert (await client.send("DELETE", f"/v1/api-keys/{key['id']}")).status_code == 404


async def test_the_audit_log_has_pages_and_knows_no_number(client: Client) -> None:
    await client.post("/v1/suppressions", {"numbers": [NUMBER]}, 201)
    for _ in range(3):
        await a_draft(client)

    first = await client.get("/v1/audit-log?limit=2")
    second = await client.get(f"/v1/audit-log?limit=2&cursor={first['next_cursor']}")

    ids = [entry["id"] for entry in [*first["data"], *second["data"]]]
    assert ids == sorted(ids, reverse=True)
    assert "5550143" not in str(await client.get("/v1/audit-log"))


async def test_a_key_that_asks_too_fast_is_told_when_to_ask_again(house: House) -> None:
    async with transaction(house.engine) as connection:
        slow = NewKey(TENANT, "slow", ["campaigns:read"], "test", requests_per_second=0.5)
        key = (await house.parts.keys.create(connection, slow)).text()

    answers = [await Client(house.http, key).send("GET", "/v1/campaigns") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 429, 429]
    assert int(answers[1].headers["retry-after"]) >= 1
