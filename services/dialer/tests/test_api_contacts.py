"""Contacts: added, seen, placed, removed, queued again."""

import uuid
from typing import Any

import asyncpg
import pytest
from house import KEYS, NUMBER, Client, House, a_draft, add
from rows import insert

GOOD = {"number": NUMBER, "variables": {"name": "Ana"}, "external_id": "c-1"}


async def test_each_contact_of_a_request_is_judged_by_itself(client: Client) -> None:
    campaign = await a_draft(client)
    contacts: list[Any] = [
        GOOD,
        {"number": "+1202"},
        {"number": "(202) 555-0144"},
        {"number": NUMBER},
        {"number": "+12025550145", "external_id": "c-1"},
        {"number": "+12025550146", "variables": {"colour": "red"}},
        {"number": "+12025550147", "timezone": "EST", "language": "tlh"},
        {"phone": "+12025550148"},
        "+12025550149",
    ]

    added = await client.post(f"/v1/campaigns/{campaign}/contacts", {"contacts": contacts})

    assert (added["accepted"], added["rejected"]) == (2, 7)
    found = [
        [(error["column"], error["code"]) for error in result["errors"]]
        for result in added["results"]
    ]
    assert found == [
        [],
        [("number", "invalid_length")],
        [],
        [("number", "duplicate_in_file")],
        [("external_id", "duplicate_in_campaign")],
        [("variables", "unknown_variable")],
        [("timezone", "unknown_timezone"), ("language", "invalid_value")],
        [("number", "missing_number"), ("", "malformed_row")],
        [("", "malformed_row")],
    ]
    assert added["results"][1]["errors"][0]["value_masked"] == "+••02"
    assert [result["id"] is not None for result in added["results"]] == [
        *(True, False, True, False, False, False, False, False, False)
    ]


@pytest.mark.parametrize(
    "body", ["[]", "{}", '{"contacts": []}', '{"contacts": 1}', "{", "[" * 10_000]
)
async def test_what_is_no_list_of_contacts_is_refused(client: Client, body: str) -> None:
    campaign = await a_draft(client)

    answer = await client.http.post(
        f"/v1/campaigns/{campaign}/contacts",
        content=body,
        headers={"Authorization": f"Bearer {client.key}", "Idempotency-Key": "k"},
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_request_that_is_sent_again_adds_nobody_again(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    path, body = f"/v1/campaigns/{campaign}/contacts", {"contacts": [GOOD]}

    first = await client.send("POST", path, body, Idempotency_Key="k")
    again = await client.send("POST", path, body, Idempotency_Key="k")

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert await connection.fetchval("SELECT count(*) FROM dialer.contact") == 1


async def test_numbers_and_variables_are_seen_by_those_who_may(
    house: House, client: Client
) -> None:
    campaign = await a_draft(client)
    (contact,) = (await client.post(f"/v1/campaigns/{campaign}/contacts", {"contacts": [GOOD]}))[
        "results"
    ]
    reader = await house.client(["campaigns:read"])

    masked = await reader.get(f"/v1/contacts/{contact['id']}")
    in_full = await client.get(f"/v1/contacts/{contact['id']}")
    page = await reader.get(f"/v1/campaigns/{campaign}/contacts")

    assert (masked["number"], masked["variables"]) == ("+•••••••••43", None)
    assert (in_full["number"], in_full["variables"]) == (NUMBER, {"name": "Ana"})
    assert page["data"][0] == masked
    assert (masked["country"], masked["zones"]) == ("US", ["America/New_York"])


async def test_nothing_in_the_database_shows_a_number(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    await client.post(f"/v1/campaigns/{campaign}/contacts", {"contacts": [GOOD]})
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'dialer'")

    for (table,) in tables:
        rows = await connection.fetch(f"SELECT t::text FROM dialer.{table} AS t")
        assert not [row for (row,) in rows if "2025550143" in row or "Ana" in row], table


async def test_pages_go_through_the_list_in_its_order(client: Client) -> None:
    campaign = await a_draft(client)
    ids = await add(client, campaign, *(f"+120255501{n:02d}" for n in range(5)))

    path, found = f"/v1/campaigns/{campaign}/contacts?limit=2", []
    page = await client.get(path)
    while True:
        found += [contact["id"] for contact in page["data"]]
        if page["next_cursor"] is None:
            break
        page = await client.get(f"{path}&cursor={page['next_cursor']}")

    assert found == ids


async def test_a_cursor_of_another_list_is_refused(client: Client) -> None:
    campaign, other = await a_draft(client), await a_draft(client)
    await add(client, campaign, "+12025550101", "+12025550102")
    page = await client.get(f"/v1/campaigns/{campaign}/contacts?limit=1")

    answer = await client.send(
        "GET", f"/v1/campaigns/{other}/contacts?limit=1&cursor={page['next_cursor']}"
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_lists_can_be_narrowed_by_state_and_outcome(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    busy, ready = await add(client, campaign, "+12025550101", "+12025550102")
    await finish(connection, busy, "exhausted", "busy")

    by_state = await client.get(f"/v1/campaigns/{campaign}/contacts?state=ready")
    by_outcome = await client.get(f"/v1/campaigns/{campaign}/contacts?outcome=busy")

    assert [contact["id"] for contact in by_state["data"]] == [ready]
    assert [contact["id"] for contact in by_outcome["data"]] == [busy]


async def finish(
    connection: asyncpg.Connection, contact: str, state: str, disposition: str
) -> None:
    await connection.execute(
        "UPDATE dialer.contact SET state = $2, disposition = $3, attempts_used = 3 WHERE id = $1",
        uuid.UUID(contact), state, disposition,
    )  # fmt: skip


async def test_whoever_needs_a_time_zone_is_ready_once_it_is_known(client: Client) -> None:
    hour = {"windows": [{"opens": "09:00", "closes": "10:00"}]}
    campaign = await a_draft(client, policy=hour)
    (contact,) = await add(client, campaign, "+18005550143")
    assert (await client.get(f"/v1/contacts/{contact}"))["state"] == "needs_timezone"

    answer = await client.send("PATCH", f"/v1/contacts/{contact}", {"timezone": "America/Denver"})

    assert (answer.json()["state"], answer.json()["zones"]) == ("ready", ["America/Denver"])


async def test_contacts_that_are_removed_are_kept_as_canceled(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    waits, dials = await add(client, campaign, "+12025550101", "+12025550102")
    named = await add(client, campaign, "+12025550103", external_id="c-3")
    await connection.execute(
        "UPDATE dialer.contact SET state = 'dialing' WHERE id = $1", uuid.UUID(dials)
    )

    removed = await client.post(
        f"/v1/campaigns/{campaign}/contacts/remove",
        {"ids": [waits, dials, str(uuid.uuid4())], "external_ids": ["c-3"]},
    )

    assert removed == {"removed": 2, "untouched": 2}
    for contact in (waits, *named):
        found = await client.get(f"/v1/contacts/{contact}")
        assert (found["state"], found["disposition"]) == ("cancelled", "canceled")
    assert (await client.get(f"/v1/contacts/{dials}"))["state"] == "dialing"


async def test_contacts_are_queued_again_by_what_they_came_to(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    busy, human, review = await add(client, campaign, *(f"+1202555010{n}" for n in range(3)))
    await finish(connection, busy, "exhausted", "exhausted")
    await finish(connection, human, "done", "human")
    await connection.execute(
        "UPDATE dialer.contact SET state = 'needs_review' WHERE id = $1", uuid.UUID(review)
    )

    answer = await client.post(
        f"/v1/campaigns/{campaign}/contacts/requeue",
        {"dispositions": ["exhausted"], "states": ["needs_review"]},
    )

    assert answer == {"queued": 2}
    again = await client.get(f"/v1/contacts/{busy}")
    assert (again["state"], again["attempts_used"], again["disposition"]) == ("ready", 0, None)
    assert (await client.get(f"/v1/contacts/{human}"))["state"] == "done"


@pytest.mark.parametrize("disposition", ["human", "suppressed", "invalid_number", "blocked"])
async def test_whoever_was_reached_or_may_not_be_called_is_not_queued_again(
    client: Client, disposition: str
) -> None:
    campaign = await a_draft(client)

    answer = await client.send(
        "POST", f"/v1/campaigns/{campaign}/contacts/requeue", {"dispositions": [disposition]}
    )

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_called_again")


async def test_a_cancelled_campaign_takes_nobody_in(client: Client) -> None:
    campaign = await a_draft(client)
    await client.post(f"/v1/campaigns/{campaign}/cancel", expected=202)

    answer = await client.send("POST", f"/v1/campaigns/{campaign}/contacts", {"contacts": [GOOD]})

    assert (answer.status_code, answer.json()["code"]) == (409, "campaign_closed")


async def test_marketing_needs_written_consent_with_time_and_source(client: Client) -> None:
    campaign = await a_draft(client, purpose="marketing")
    written = {"type": "written", "at": "2026-11-01T10:00:00Z", "source": "web form"}
    contacts = [
        {"number": "+12025550101", "consent": written},
        {"number": "+12025550102", "consent": {**written, "source": ""}},
        {"number": "+12025550103", "consent": {"type": "express"}},
    ]

    added = await client.post(f"/v1/campaigns/{campaign}/contacts", {"contacts": contacts})

    codes = [[error["code"] for error in result["errors"]] for result in added["results"]]
    assert codes == [[], ["consent_missing"], ["consent_missing"]]


async def test_whoever_may_not_be_called_is_not_added(
    client: Client, connection: asyncpg.Connection
) -> None:
    campaign = await a_draft(client)
    hidden = KEYS.vault().index("acme", NUMBER).hmac
    await insert(connection, "suppression", num_hmac=hidden)

    added = await client.post(f"/v1/campaigns/{campaign}/contacts", {"contacts": [GOOD]})

    assert added["results"][0]["errors"][0]["code"] == "suppressed"
