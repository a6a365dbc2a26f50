"""Progress, plan, diagnostics and attempts: what is seen of a campaign."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from house import EMERGENCY, KEYS, NUMBER, SILENT, Client, House, a_draft, add
from rows import TENANT, an_attempt

from dialer.gates import Gate
from dialer.presets_table import VERSION
from dialer.store.fence import Recovery
from dialer.store.snapshot import World


async def attempt_of(
    connection: asyncpg.Connection, campaign: str, contact: str, number: str, **values: Any
) -> uuid.UUID:
    return await an_attempt(
        connection,
        uuid.UUID(campaign),
        uuid.UUID(contact),
        num_hmac=KEYS.vault().index(TENANT, number).hmac,
        posting_at=await connection.fetchval("SELECT clock_timestamp()"),
        **values,
    )


async def finish(connection: asyncpg.Connection, contact: str, state: str, how: str) -> None:
    await connection.execute(
        "UPDATE dialer.contact SET state = $2, disposition = $3 WHERE id = $1",
        uuid.UUID(contact), state, how,
    )  # fmt: skip


async def test_counts_are_derived_and_add_up(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    numbers = [f"+1202555010{n}" for n in range(4)]
    human, machine, busy, ready = await add(client, campaign, *numbers)
    now = await connection.fetchval("SELECT clock_timestamp()")
    over: dict[str, Any] = {"holds_number": False, "ended_at": now}
    await attempt_of(
        connection, campaign, human, numbers[0], state="completed", sid="CA1", answered_at=now,
        answered_by="human", abandoned=True, **over,
    )  # fmt: skip
    await attempt_of(
        connection, campaign, machine, numbers[1], state="completed", sid="CA2", answered_at=now,
        answered_by="machine_end_beep", **over,
    )  # fmt: skip
    await attempt_of(connection, campaign, busy, numbers[2], state="busy", sid="CA3", **over)
    await finish(connection, human, "done", "human")
    await finish(connection, machine, "done", "machine")

    progress = await client.get(f"/v1/campaigns/{campaign}/progress")

    assert progress["accepted"] == sum(progress["contacts"].values()) == 4
    assert progress["finished"] == sum(progress["dispositions"].values()) == 2
    assert progress["attempts"] == {"completed": 2, "busy": 1}
    assert progress["in_flight"] == 0
    assert progress["reached"] == {"count": 1, "of": 3, "share": 0.3333}
    assert progress["answered"] == {"count": 2, "of": 3, "share": 0.6667}
    assert progress["machines"] == {"count": 1, "of": 2, "share": 0.5}
    assert progress["abandoned"] == {"count": 1, "of": 1, "share": 1.0}
    assert ready


async def test_a_call_whose_answer_was_told_by_nobody_counts_as_answered(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    (contact,) = await add(client, campaign, NUMBER)
    await attempt_of(
        connection, campaign, contact, NUMBER, state="completed", sid="CA1", abandoned=True
    )

    progress = await client.get(f"/v1/campaigns/{campaign}/progress")

    assert progress["answered"] == progress["abandoned"] == {"count": 1, "of": 1, "share": 1.0}


async def test_a_campaign_without_anybody_has_no_shares(client: Client) -> None:
    progress = await client.get(f"/v1/campaigns/{await a_draft(client)}/progress")

    assert progress["accepted"] == 0
    assert progress["reached"] == {"count": 0, "of": 0, "share": None}


async def test_a_plan_says_who_would_be_called_and_who_would_not(client: Client) -> None:
    window = {"days": ["mon"], "opens": "09:00", "closes": "09:30"}
    campaign = await a_draft(client, policy={"windows": [window], "call_cost_micros": 10})
    await add(client, campaign, "+12025550101", "+14155550101")
    without_consent = {"contacts": [{"number": "+12025550102", "consent": {"type": "none"}}]}
    await client.post(f"/v1/campaigns/{campaign}/contacts", without_consent)

    plan = await client.post(f"/v1/campaigns/{campaign}:validate")

    assert (plan["looked_at"], plan["complete"]) == (3, True)
    assert plan["callable_now"] + plan["callable_later"] == 2
    assert plan["not_callable"] == 1
    gates = {(gate["gate"], gate["reason"]): gate["contacts"] for gate in plan["gates"]}
    assert gates[("consent", "consent_missing")] == 1
    assert sum(hour["contacts"] for hour in plan["hours"]) == 2
    assert plan["cost_micros"] == 20
    assert plan["pace"]["calls_per_second"] == 4.9
    assert [example["greeting"] for example in plan["examples"]] == ["Hello you."] * 3


async def test_a_plan_looks_as_if_the_campaign_were_running(client: Client) -> None:
    campaign = await a_draft(client, **EMERGENCY)
    await add(client, campaign, NUMBER)

    plan = await client.post(f"/v1/campaigns/{campaign}:validate")

    assert (plan["callable_now"], plan["gates"]) == (1, [])
    assert plan["pace"]["eta_seconds"] == 0


async def test_a_plan_names_what_a_start_would_be_refused_for(client: Client) -> None:
    ready = await client.post(f"/v1/campaigns/{await a_draft(client)}:validate")
    wrong = await a_draft(client, agent_id=SILENT.id, from_pool="empty")
    plan = await client.post(f"/v1/campaigns/{wrong}:validate")

    refused = await client.send("POST", f"/v1/campaigns/{wrong}/start")

    assert ready["missing"] == []
    assert [each["code"] for each in plan["missing"]] == ["no_disclosure", "no_calling_number"]
    assert plan["missing"] == refused.json()["errors"]


async def test_a_plan_shows_no_number_and_no_words_to_those_who_may_not(
    house: House, client: Client
) -> None:
    campaign = await a_draft(client, **EMERGENCY)
    await add(client, campaign, NUMBER, variables={"name": "Ana"})
    reader = await house.client(["campaigns:read"])

    plan = await reader.post(f"/v1/campaigns/{campaign}:validate")

    assert plan["examples"][0]["number"] == "+•••••••••43"
    assert plan["examples"][0]["greeting"] is None


async def test_diagnostics_name_the_gate_that_holds_everybody(house: House, client: Client) -> None:
    campaign = await a_draft(client, **EMERGENCY)
    await add(client, campaign, NUMBER)
    path = f"/v1/campaigns/{campaign}/diagnostics"

    async def blocked() -> list[tuple[str, str]]:
        found = await client.get(path)
        return [(each["gate"], each["reason"]) for each in found["blocked_by"]]

    assert await blocked() == [("campaign", "draft")]

    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)
    assert await blocked() == []
    assert (await client.get(path))["gates"] == {"open": {"open": 1}}

    house.world = World(None, 10)
    assert await blocked() == [("bus", "callbacks_late")]
    assert (await client.get(path))["surroundings"]["bus_lag_seconds"] is None

    house.world = World(timedelta(0), 0)
    assert await blocked() == [("concurrency", "no_free_agent")]

    house.world = World(timedelta(0), 10, Recovery(datetime.now(UTC)))
    assert await blocked() == [("recovery", "database_changed")]
    around = (await client.get(path))["surroundings"]
    assert around["recovering"]
    assert not around["waits_for_person"]
    assert around["compared_until"] is None

    house.world = World(timedelta(0), 10)
    await client.post("/v1/emergency-stops", {"scope": "tenant", "reason": "test"}, 201)
    assert await blocked() == [("emergency_stop", "tenant")]


async def test_diagnostics_name_what_the_agent_of_a_running_campaign_leaves_unsaid(
    client: Client,
) -> None:
    because = {"undisclosed_because": "The greeting says it itself."}
    campaign = await a_draft(client, agent_id=SILENT.id, policy=because, **EMERGENCY)
    path = f"/v1/campaigns/{campaign}"
    await client.post(f"{path}/start", expected=202)
    await client.send("PATCH", path, {"policy": {}}, If_Match="*")

    (obstacle,) = (await client.get(f"{path}/diagnostics"))["blocked_by"]

    assert (obstacle["gate"], obstacle["reason"]) == ("campaign", "no_disclosure")


async def test_diagnostics_tell_of_numbers_breakers_and_limits(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client, **EMERGENCY)
    await add(client, campaign, NUMBER)
    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)
    (sender,) = await client.get("/v1/from-numbers")
    await client.send("PATCH", f"/v1/from-numbers/{sender['id']}", {"state": "resting"})
    await connection.execute(
        "UPDATE dialer.account SET breaker = 'open', breaker_reason = 'suspended'"
    )
    await connection.execute(
        "INSERT INTO dialer.gcra (key, tenant_id, rate, ceiling) VALUES ($1, 'acme', 2, 4)",
        f"campaign:{campaign}",
    )

    found = await client.get(f"/v1/campaigns/{campaign}/diagnostics")

    reasons = [each["reason"] for each in found["blocked_by"]]
    assert reasons == ["suspended", "no_calling_number"]
    assert found["breaker"] == {"open": True, "reason": "suspended", "until": None}
    assert (found["limiters"][0]["calls_per_second"], found["limiters"][0]["ceiling"]) == (2, 4)
    assert (found["active_numbers"], found["contacts"]) == (0, {"ready": 1})


async def test_an_attempt_tells_its_life_and_what_permitted_it(
    house: House, client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    (contact,) = await add(client, campaign, NUMBER)
    attempt = await attempt_of(
        connection, campaign, contact, NUMBER, state="ringing", sid="CA1", rules_version=VERSION
    )
    await connection.execute(
        'INSERT INTO dialer.inbox (topic, partition, "offset", tenant_id, kind, call_sid, news,'
        " attempt_id) VALUES ('t', 0, 0, 'acme', 'status', 'CA1', 'ringing', $1)",
        attempt,
    )
    await connection.execute(
        "INSERT INTO dialer.listing (attempt_id, tenant_id, clean) VALUES ($1, 'acme', true)",
        attempt,
    )

    found = await client.get(f"/v1/attempts/{attempt}")

    assert (found["state"], found["call_sid"], found["number"]) == ("ringing", "CA1", NUMBER)
    assert found["permitted"]["gates"] == [gate.value for gate in Gate]
    assert found["permitted"]["rules_version"] == VERSION
    assert found["permitted"]["consent"]["type"] == "express"
    told = {(moment["what"], moment["detail"]) for moment in found["timeline"]}
    assert {("status", "ringing"), ("listing", "no_call"), ("reserved", None)} <= told
    times = [moment["at"] for moment in found["timeline"]]
    assert times == sorted(times)
    reader = await house.client(["campaigns:read"])
    assert (await reader.get(f"/v1/attempts/{attempt}"))["number"] == "+•••••••••43"


async def test_an_attempt_tells_what_it_came_to_and_where_its_words_are(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    (contact,) = await add(client, campaign, NUMBER)
    over: dict[str, Any] = {"state": "completed", "holds_number": False}
    first = await attempt_of(
        connection, campaign, contact, NUMBER, sid="CA1", outcome="machine", **over
    )
    last = await attempt_of(
        connection, campaign, contact, NUMBER, sid="CA2", outcome="human", attempt_no=2, **over
    )
    open_one = await attempt_of(connection, campaign, contact, NUMBER, attempt_no=3)
    await finish(connection, contact, "done", "human")
    await connection.execute("UPDATE dialer.contact SET last_attempt_no = 2")
    path = f"/v1/campaigns/{campaign}/attempts"

    found = {each["id"]: each for each in (await client.get(path))["data"]}
    people = (await client.get(f"{path}?outcome=human"))["data"]

    told = [
        (
            found[str(each)]["outcome"],
            found[str(each)]["disposition"],
            found[str(each)]["transcript"],
        )
        for each in (first, last, open_one)
    ]
    assert told == [
        ("machine", None, "/v1/calls/CA1"),
        ("human", "human", "/v1/calls/CA2"),
        (None, None, None),
    ]
    assert [each["id"] for each in people] == [str(last)]


async def test_attempts_have_pages_and_can_be_narrowed(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    numbers = [f"+1202555010{n}" for n in range(3)]
    contacts = await add(client, campaign, *numbers)
    made = [
        str(await attempt_of(connection, campaign, contact, number))
        for contact, number in zip(contacts, numbers, strict=True)
    ]

    path = f"/v1/campaigns/{campaign}/attempts"
    first = await client.get(f"{path}?limit=2")
    second = await client.get(f"{path}?limit=2&cursor={first['next_cursor']}")
    own = await client.get(f"{path}?contact_id={contacts[1]}&state=reserved")

    assert [each["id"] for each in [*first["data"], *second["data"]]] == made[::-1]
    assert [each["id"] for each in own["data"]] == [made[1]]


@pytest.mark.parametrize("path", ["attempts", "contacts", "calls", "imports"])
async def test_what_there_is_not_is_not_found(client: Client, path: str) -> None:
    answer = await client.send("GET", f"/v1/{path}/{uuid.uuid4()}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
