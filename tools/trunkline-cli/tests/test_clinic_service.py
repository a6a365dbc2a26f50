"""The clinic over HTTP: who is let in, and what can go wrong on request."""

import asyncio
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from trunkline_cli.demo.clinic_service import ClinicService, beside_stack, open_clinic
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.options import StackOptions

TOKEN = "let-me-in"
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "X-Trunkline-Call": "CA1",
    "Idempotency-Key": "k1",
}
WISH = {"slot_id": "monday-okafor-four-oclock", "name": "Ann"}


@pytest.fixture
async def clinic() -> AsyncIterator[ClinicService]:
    async with open_clinic(TOKEN) as service:
        yield service


@asynccontextmanager
async def client_of(service: ClinicService) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=service.url, headers=HEADERS, trust_env=False) as client:
        yield client


async def test_each_tool_of_the_receptionist_is_answered(clinic: ClinicService) -> None:
    async with client_of(clinic) as client:
        slots = await client.get("/slots", params={"day": "monday", "doctor": "okafor"})
        booked = await client.post("/appointments", json=WISH)
        referral = await client.get("/referrals/1234")

    assert [answer.status_code for answer in (slots, booked, referral)] == [200, 201, 200]
    assert all(answer.json()["spoken"] for answer in (slots, booked, referral))
    assert [(one.call, one.key, one.path) for one in clinic.requests] == [
        ("CA1", "k1", "/slots"),
        ("CA1", "k1", "/appointments"),
        ("CA1", "k1", "/referrals/1234"),
    ]


async def test_without_the_token_nothing_is_done(clinic: ClinicService) -> None:
    async with client_of(clinic) as client:
        headers = {"Authorization": "Bearer other"}
        refused = await client.post("/appointments", json=WISH, headers=headers)

    assert refused.status_code == 401
    assert clinic.clinic.ledger == []


async def test_an_answer_that_is_held_comes_after_its_effect(clinic: ClinicService) -> None:
    clinic.hold()
    async with client_of(clinic) as client, asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(client.post("/appointments", json=WISH), name="booking")
        await clinic.until(lambda: bool(clinic.clinic.ledger))
        assert not asked.done()

        clinic.release()

    assert asked.result().status_code == 201


async def test_a_broken_clinic_answers_with_an_error_and_does_nothing(
    clinic: ClinicService,
) -> None:
    clinic.broken = True
    async with client_of(clinic) as client:
        answer = await client.post("/appointments", json=WISH)

    assert answer.status_code == 503
    assert clinic.clinic.ledger == []


async def test_an_error_of_the_caller_leaves_the_clinic_as_it_is() -> None:
    with pytest.raises(KeyError, match="mine"):
        async with open_clinic(TOKEN):
            raise KeyError("mine")


async def test_the_workers_are_told_where_it_is_and_what_its_token_is(tmp_path: Path) -> None:
    options = StackOptions(state_dir=tmp_path / "state", environment={"GATEWAY_SLOTS": "3"})

    async with beside_stack(options, CliSettings()) as (told, clinic):
        secret = tmp_path / "state" / "tool-secrets" / "clinic_token"
        headers = {"Authorization": f"Bearer {secret.read_text()}"}
        async with client_of(clinic) as client:
            answer = await client.get("/referrals/1234", headers=headers)

    assert answer.status_code == 200
    assert told.environment["TOOL_SECRETS_DIR"] == str(secret.parent)
    assert told.environment["TOOL_HOSTS"] == f"clinic.example={clinic.url}"
    assert told.environment["GATEWAY_SLOTS"] == "3"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
