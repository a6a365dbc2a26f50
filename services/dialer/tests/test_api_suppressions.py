"""Who may not be called."""

import asyncio
import json
import uuid
from typing import Any

import asyncpg
import pytest
from house import KEYS, NUMBER, Client, House, a_draft, add
from rows import ACCOUNT, TENANT, an_attempt
from sqlalchemy import text

from dialer.attempt_events import CancelCall
from dialer.store.locks import lock_numbers
from trunkline.database.transaction import transaction

OTHER = "+12025550144"


async def suppress(client: Client, *numbers: str, **terms: Any) -> Any:
    return await client.post("/v1/suppressions", {"numbers": list(numbers), **terms}, 201)


async def state_of(client: Client, contact: str) -> str:
    found: str = (await client.get(f"/v1/contacts/{contact}"))["state"]
    return found


async def test_a_number_is_suppressed_once_and_found_again(house: House, client: Client) -> None:
    first = await suppress(client, "(202) 555-0143", "nonsense", region="US", reason="complaint")
    again = await suppress(client, NUMBER)

    assert (first["suppressed"], first["known"]) == (1, 0)
    assert [(error["index"], error["code"]) for error in first["errors"]] == [(1, "not_a_number")]
    assert (again["suppressed"], again["known"]) == (0, 1)
    (found,) = await client.post("/v1/suppressions/lookup", {"number": NUMBER})
    assert (found["number"], found["reason"], found["scope"]) == (NUMBER, "complaint", "tenant")
    assert await client.post("/v1/suppressions/lookup", {"number": OTHER}) == []
    reader = await house.client(["suppressions:read"])
    assert (await reader.get("/v1/suppressions"))["data"][0]["number"] == "+•••••••••43"


async def test_contacts_of_the_scope_leave_the_queue_at_once(client: Client) -> None:
    here, there = await a_draft(client), await a_draft(client)
    (own,) = await add(client, here, NUMBER)
    (same,) = await add(client, there, NUMBER)
    (other,) = await add(client, here, OTHER)

    await suppress(client, NUMBER, scope="campaign", campaign_id=here)
    assert [await state_of(client, each) for each in (own, same)] == ["suppressed", "ready"]

    await suppress(client, NUMBER, scope="account", account_sid=ACCOUNT)
    assert [await state_of(client, each) for each in (same, other)] == ["suppressed", "ready"]

    await suppress(client, OTHER)
    assert await state_of(client, other) == "suppressed"


async def test_a_call_that_rings_is_ended(
    house: House, client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    (contact,) = await add(client, campaign, NUMBER)
    await ringing(connection, campaign, contact)

    await suppress(client, NUMBER)

    assert [todo.effect for todo in house.errands] == [CancelCall("CA1")]
    assert await connection.fetchval("SELECT cancel FROM dialer.attempt") == "unanswered"


async def ringing(connection: asyncpg.Connection, campaign: str, contact: str) -> None:
    """The contact's telephone rings."""
    await an_attempt(
        connection,
        uuid.UUID(campaign),
        uuid.UUID(contact),
        num_hmac=KEYS.vault().index(TENANT, NUMBER).hmac,
        state="ringing",
        sid="CA1",
        posting_at=await connection.fetchval("SELECT clock_timestamp()"),
    )
    await connection.execute("UPDATE dialer.contact SET state = 'dialing'")


async def test_a_suppression_waits_for_whoever_is_about_to_call_the_number(
    house: House, client: Client
) -> None:
    """A write-ahead holds the number's lock: one of the two sees what the other has done."""
    done = asyncio.Event()
    async with asyncio.TaskGroup() as tasks, transaction(house.engine) as writing:
        await lock_numbers(writing, KEYS.vault().locks(TENANT, NUMBER))

        async def tell() -> None:
            await suppress(client, NUMBER)
            done.set()

        tasks.create_task(tell(), name="suppress")
        await waiting(house)
        assert not done.is_set()


async def waiting(house: House) -> None:
    """Wait until somebody waits for a lock."""
    asked = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
    async with asyncio.timeout(10):
        while True:
            async with transaction(house.engine) as connection:
                if (await connection.execute(asked)).scalar_one():
                    return


@pytest.mark.parametrize(
    "terms",
    [
        {"scope": "campaign"},
        {"scope": "account"},
        {"scope": "tenant", "account_sid": ACCOUNT},
        {"scope": "account", "account_sid": ACCOUNT, "campaign_id": str(uuid.uuid4())},
        {"scope": "account", "account_sid": "AC" + "f" * 32},
        {"reason": "dislike"},
        {"expires_at": "tomorrow"},
    ],
)
async def test_terms_that_mean_nothing_are_refused(client: Client, terms: dict[str, Any]) -> None:
    answer = await client.send("POST", "/v1/suppressions", {"numbers": [NUMBER], **terms})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_suppression_ends_when_it_is_told_to(client: Client) -> None:
    await suppress(client, NUMBER, expires_at="2099-01-01T00:00:00Z")
    (found,) = (await client.get("/v1/suppressions"))["data"]
    path = f"/v1/suppressions/{found['id']}"

    ended = await client.send("PATCH", path, {"expires_at": "2026-01-01T00:00:00Z"})

    assert ended.json()["expires_at"] == "2026-01-01T00:00:00Z"
    assert await client.post("/v1/suppressions/lookup", {"number": NUMBER}) == []
    assert (await suppress(client, NUMBER))["suppressed"] == 1


async def test_what_holds_longer_is_not_shortened_by_saying_it_again(client: Client) -> None:
    await suppress(client, NUMBER)
    await suppress(client, NUMBER, expires_at="2099-01-01T00:00:00Z", reason="complaint")

    (found,) = (await client.get("/v1/suppressions"))["data"]
    assert (found["expires_at"], found["reason"]) == (None, "manual")


async def test_an_opt_out_is_lifted_by_those_alone_who_may_override(
    house: House, client: Client
) -> None:
    await suppress(client, NUMBER, reason="opt_out")
    (found,) = (await client.get("/v1/suppressions"))["data"]
    path = f"/v1/suppressions/{found['id']}"
    weak = await house.client(["suppressions:write"])

    assert (await weak.send("DELETE", f"{path}?reason=why")).status_code == 403
    assert (await weak.send("PATCH", path, {"expires_at": None})).status_code == 403
    assert (await client.send("DELETE", path)).status_code == 422
    assert (await client.send("DELETE", f"{path}?reason=asked+for+it")).status_code == 204
    assert (await client.get("/v1/suppressions"))["data"] == []
    (entry,) = (await client.get(f"/v1/audit-log?subject_id={found['id']}"))["data"]
    assert (entry["action"], entry["reason"]) == ("suppression.lifted", "asked for it")


async def test_a_scope_is_lifted_as_a_whole_but_for_opt_outs(client: Client) -> None:
    campaign = await a_draft(client)
    terms = {"scope": "campaign", "campaign_id": campaign, "source": "list"}
    await suppress(client, NUMBER, **terms)
    await suppress(client, OTHER, **terms, reason="opt_out")
    await suppress(client, "+12025550145")

    answer = await client.send(
        "DELETE", f"/v1/suppressions?scope=campaign&key={campaign}&source=list&reason=over"
    )

    assert answer.json() == {"lifted": 1}
    assert len((await client.get("/v1/suppressions"))["data"]) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"number\n+12025550143\n+12025550144\n+1202\n",
        b"+12025550143\n+12025550144\n+1202",
        b"name;phone number\nAna;+12025550143\nBea;+12025550144\nCy;+1202\n",
        "number\n+12025550143\n+12025550144\n+1202\n".encode("utf-16"),
    ],
)
async def test_registers_lists_are_taken_in_as_they_come(client: Client, content: bytes) -> None:
    campaign = await a_draft(client)
    (contact,) = await add(client, campaign, NUMBER)

    answer = await client.http.post(
        "/v1/suppressions/imports",
        params={"terms": json.dumps({"reason": "do_not_call_list", "source": "register"})},
        content=content,
        headers={"Authorization": f"Bearer {client.key}", "Content-Type": "text/csv"},
    )

    done = answer.json()
    assert (answer.status_code, done["suppressed"], done["known"]) == (200, 2, 0)
    assert [error["code"] for error in done["errors"]] == ["invalid_length"]
    assert await state_of(client, contact) == "suppressed"
    (found,) = await client.post("/v1/suppressions/lookup", {"number": OTHER})
    assert (found["reason"], found["source"]) == ("do_not_call_list", "register")


async def test_a_list_that_is_no_text_is_refused(client: Client) -> None:
    answer = await client.http.post(
        "/v1/suppressions/imports",
        params={"terms": "{}"},
        content=b"PK\x03\x04",
        headers={"Authorization": f"Bearer {client.key}", "Content-Type": "text/csv"},
    )

    assert answer.status_code == 415
