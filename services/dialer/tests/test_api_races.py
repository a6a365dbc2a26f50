"""What a person decides against the write-ahead that is under way: one sees what the other did."""

import asyncio
import uuid
from datetime import timedelta

import asyncpg
import pytest
from cryptography.fernet import Fernet
from house import EMERGENCY, KEYS, Client, House, a_draft, add

from dialer.gates import Deferred, Gate, Terminal, Verdict
from dialer.invitations import Invitations
from dialer.store.claim import Claimant, Reserved
from dialer.store.reduction import Chances
from dialer.store.snapshot import World
from dialer.store.workers import register
from dialer.store.write_ahead import Ahead, Lost, WriteAhead
from trunkline.database.transaction import transaction

CHANCES = Chances(lambda: 0.0)
TICKET_KEY = Fernet.generate_key().decode()
OPEN = World(timedelta(0), 1000)
ROUNDS = 12


class Placing:
    """A worker that is about to call everybody in a campaign."""

    def __init__(self, house: House, epoch: uuid.UUID, reserved: list[Reserved]) -> None:
        self._house = house
        self._epoch = epoch
        self.reserved = reserved

    async def write_ahead(self, reserved: Reserved) -> Ahead | Lost | Verdict:
        async with transaction(self._house.engine) as connection:
            invite = Invitations([TICKET_KEY], KEYS.vault()).of
            ahead = WriteAhead(KEYS.vault(), CHANCES, invite)
            return await ahead.commit(connection, self._epoch, reserved, OPEN)


async def placing(house: House, client: Client, count: int = 1) -> tuple[str, Placing]:
    """A running campaign whose contacts are all reserved."""
    campaign = await a_draft(client, **EMERGENCY)
    await add(client, campaign, *(f"+1202555{n:04d}" for n in range(100, 100 + count)))
    await client.post(f"/v1/campaigns/{campaign}/start", expected=202)
    async with transaction(house.engine) as connection:
        epoch, _ = await register(connection, "test")
    async with transaction(house.engine) as connection:
        claimed = await Claimant(KEYS.vault(), CHANCES).claim(
            connection, epoch, uuid.UUID(campaign), {2: count}, OPEN
        )
    assert len(claimed.reserved) == count
    return campaign, Placing(house, epoch, list(claimed.reserved))


async def test_an_opt_out_and_a_write_ahead_at_once_leave_nobody_called_who_opted_out(
    house: House, client: Client, connection: asyncpg.Connection
) -> None:
    _, worker = await placing(house, client, ROUNDS)

    async def race(reserved: Reserved) -> Ahead | Lost | Verdict:
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(worker.write_ahead(reserved), name="write ahead")
            body = {"numbers": [reserved.e164], "reason": "opt_out"}
            tasks.create_task(client.post("/v1/suppressions", body, 201), name="suppress")
        return writing.result()

    for reserved in worker.reserved:
        verdict = await race(reserved)

        row = await connection.fetchrow(
            "SELECT state, cancel FROM dialer.attempt WHERE id = $1", reserved.attempt_id
        )
        if isinstance(verdict, Ahead):
            assert (row["state"], row["cancel"]) == ("posting", "unanswered")
        else:
            assert row["state"] == "released"
            if isinstance(verdict, Terminal):
                assert verdict.gate is Gate.SUPPRESSION


async def test_after_an_answered_suppression_nothing_is_written_ahead(
    house: House, client: Client
) -> None:
    _, worker = await placing(house, client)
    await client.post("/v1/suppressions", {"numbers": [worker.reserved[0].e164]}, 201)

    assert not isinstance(await worker.write_ahead(worker.reserved[0]), Ahead)


@pytest.mark.parametrize("scope", ["tenant", "account"])
async def test_after_an_answered_stop_nothing_is_written_ahead(
    house: House, client: Client, scope: str
) -> None:
    _, worker = await placing(house, client)
    account = {"account_sid": "AC" + "0" * 32} if scope == "account" else {}
    body = {"scope": scope, "reason": "something is wrong", **account}
    stop = await client.post("/v1/emergency-stops", body, 201)

    verdict = await worker.write_ahead(worker.reserved[0])

    assert isinstance(verdict, Deferred)
    assert (verdict.gate, verdict.reason) == (Gate.EMERGENCY_STOP, scope)
    await client.post(f"/v1/emergency-stops/{stop['id']}/lift")


async def test_what_was_reserved_before_a_pause_is_not_posted_after_it_was_resumed(
    house: House, client: Client
) -> None:
    campaign, worker = await placing(house, client)
    for command in ("pause", "resume", "pause", "resume"):
        await client.post(f"/v1/campaigns/{campaign}/{command}", expected=202)

    verdict = await worker.write_ahead(worker.reserved[0])

    assert isinstance(verdict, Deferred)
    assert (verdict.gate, verdict.reason) == (Gate.CAMPAIGN, "generation")


async def test_what_is_reserved_after_a_change_of_the_rules_keeps_them(
    house: House, client: Client
) -> None:
    campaign, worker = await placing(house, client)
    answer = await client.send(
        "PATCH", f"/v1/campaigns/{campaign}", {"max_in_flight": 0}, If_Match="*"
    )
    assert answer.status_code == 200

    assert not isinstance(await worker.write_ahead(worker.reserved[0]), Ahead)
