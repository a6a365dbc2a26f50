"""What the harness writes into the dialer's tables, and reads out of them, on a real PostgreSQL."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import pytest

from dialer.migrate import migrate
from trunkline_cli.chaos import meddling, tables
from trunkline_cli.chaos.identities import Identities
from trunkline_cli.chaos.seeding import Seeded, Seeder, Wanted

TENANT = "tenant-1"
PEOPLE = ["+12125550160", "+12125550260", "+12125550375"]
ATTEMPT = """
    INSERT INTO dialer.attempt (id, tenant_id, campaign_id, contact_id, attempt_no, account_sid,
                                from_number_id, num_key, num_hmac, generation, state, sid,
                                owner_epoch, lease_until, posting_at, ring_seconds, talk_seconds,
                                holds_number, settled, ended_at)
    SELECT gen_random_uuid(), c.tenant_id, c.campaign_id, c.id, 1, f.account_sid, f.id, c.num_key,
           c.num_hmac, 1, $2, 'CA' || c.id, $3, clock_timestamp(), clock_timestamp(), 25, 600,
           $4, NOT $4, clock_timestamp()
      FROM dialer.contact c, dialer.from_number f WHERE c.id = $1::text::uuid
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """A database with one campaign of three people."""

    connection: asyncpg.Connection
    identities: Identities
    campaign: Seeded

    async def attempt(self, person: int, state: str, *, live: bool) -> None:
        epoch = uuid.uuid4()
        worker = "INSERT INTO dialer.worker (epoch, name, lease_until) VALUES ($1, 'w', now())"
        await self.connection.execute(worker, epoch)
        contact = self.campaign.contacts[person]
        await self.connection.execute(ATTEMPT, contact, state, epoch, live)

    async def contact(self, person: int, state: str, disposition: str | None = None) -> None:
        await self.connection.execute(
            """
            UPDATE dialer.contact SET state = $2, disposition = $3,
                   next_at = clock_timestamp() + interval '15 min' WHERE id = $1::text::uuid
            """,
            *(self.campaign.contacts[person], state, disposition),
        )

    async def one(self, query: str) -> object:
        return await self.connection.fetchval(query)


@pytest.fixture
async def bench(database_url: str) -> AsyncIterator[Bench]:
    await migrate(database_url)
    identities = Identities.make(subaccounts=1, cps=5.0)
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        seeder = Seeder(connection, identities.vault, TENANT, identities.accounts[1])
        await seeder.account("+16465550000")
        yield Bench(connection, identities, await seeder.campaign(Wanted(numbers=PEOPLE)))
    finally:
        await connection.close()


async def test_a_seeded_campaign_runs_and_its_people_are_ready(bench: Bench) -> None:
    contacts = await tables.contacts(bench.connection, TENANT)
    progress = (await tables.progress(bench.connection))[TENANT]

    assert {contact.id for contact in contacts} == set(bench.campaign.contacts)
    assert {contact.state for contact in contacts} == {"ready"}
    assert (progress.contacts, progress.over, progress.settled) == (3, 0, False)
    assert await bench.one("SELECT state FROM dialer.campaign") == "running"


async def test_numbers_are_hidden_as_the_dialer_hides_them(bench: Bench) -> None:
    hidden = await bench.connection.fetch("SELECT num_hmac, num_enc FROM dialer.contact")
    vault = bench.identities.vault

    assert {vault.decrypt(row["num_enc"]) for row in hidden} == set(PEOPLE)
    assert {row["num_hmac"] for row in hidden} == {vault.index(TENANT, n).hmac for n in PEOPLE}


async def test_all_is_settled_once_everybody_has_an_end_and_nothing_is_held(bench: Bench) -> None:
    for person in range(3):
        await bench.contact(person, "done", "human")
    await bench.attempt(0, "completed", live=True)
    held = (await tables.progress(bench.connection))[TENANT]
    await bench.connection.execute("UPDATE dialer.attempt SET holds_number = false, settled = true")
    free = (await tables.progress(bench.connection))[TENANT]

    assert (held.settled, free.settled) == (False, True)
    assert [each.state for each in await tables.attempts(bench.connection, TENANT)] == ["completed"]


@pytest.mark.parametrize(
    ("state", "live", "passes"),
    [("waiting", False, True), ("waiting", True, False), ("ready", False, False)],
)
async def test_time_passes_only_for_those_who_wait_while_nothing_is_live(
    bench: Bench, state: str, live: bool, passes: bool
) -> None:
    for person in (1, 2):
        await bench.contact(person, "done", "human")
    await bench.contact(0, state)
    await bench.attempt(0, "busy", live=live)

    passed = await meddling.pass_time(bench.connection, TENANT, timedelta(minutes=20))
    due = "SELECT bool_and(next_at < clock_timestamp()) FROM dialer.contact"
    old = "SELECT bool_and(ended_at < clock_timestamp() - interval '15 min') FROM dialer.attempt"

    assert passed is passes
    assert (await bench.one(due), await bench.one(old)) == (passes, passes)


async def test_a_pause_is_begun_once_and_taken_back(bench: Bench) -> None:
    generation = "SELECT generation FROM dialer.campaign"
    await meddling.begin_pause(bench.connection, bench.campaign.id)
    await meddling.begin_pause(bench.connection, bench.campaign.id)
    state = await bench.one("SELECT state FROM dialer.campaign")
    paused = await bench.one(generation)
    await meddling.resume(bench.connection, bench.campaign.id)

    assert (state, paused) == ("pausing", 2)
    assert await bench.one("SELECT state FROM dialer.campaign") == "running"
    assert await bench.one(generation) == 3


async def test_a_suppression_is_found_under_the_number_of_the_contact(bench: Bench) -> None:
    for _ in range(2):
        await meddling.suppress(bench.connection, bench.identities.vault, TENANT, PEOPLE[0])
    both = "SELECT count(*) FROM dialer.suppression JOIN dialer.contact USING (tenant_id, num_hmac)"

    assert await bench.one(both) == 1


async def test_costs_are_read_of_campaigns_with_a_cap_alone(bench: Bench) -> None:
    seeder = Seeder(bench.connection, bench.identities.vault, TENANT, bench.identities.accounts[1])
    policy = {"call_cost_micros": 7}
    await seeder.campaign(Wanted(numbers=[], policy=policy, cost_cap_micros=70))
    (cost,) = await tables.costs(bench.connection, TENANT)

    assert (cost.cap, cost.per_call, cost.spent) == (70, 7, 0)
