"""`trunkline campaign` and `trunkline call` against the dialer's own API."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner, Result

from dialer.api.app import dialer_api, key_store
from dialer.api.context import Parts
from dialer.api.scopes import SCOPES
from dialer.importer.campaign import Campaigns
from dialer.importer.jobs import ImportJobs
from dialer.importer.upload import Uploads
from dialer.importer.workers import Keys
from dialer.migrate import migrate
from dialer.store.reduction import Chances
from dialer.store.snapshot import World
from trunkline.agents.load import load_agents
from trunkline.api.key_store import NewKey
from trunkline.database.engine import open_engine
from trunkline.database.transaction import transaction
from trunkline.health import serve
from trunkline_cli.dialing.client import open_client
from trunkline_cli.main import app
from trunkline_cli.paths import ROOT

TENANT = "default"
ACCOUNT = "AC" + "0" * 32

Run = Callable[..., Coroutine[Any, Any, Result]]


@pytest.fixture
async def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Run]:
    """Runs the command line beside a dialer's API, whose customer has an account and a number."""
    await migrate(database_url)
    keys = Keys({"k1": b"p" * 32}, (Fernet.generate_key().decode(),))
    async with open_engine(database_url, "test") as engine, asyncio.TaskGroup() as tasks:
        agents = load_agents(ROOT / "agents")
        campaigns = Campaigns(agents)
        jobs = ImportJobs(engine, campaigns, keys, processes=0)
        parts = Parts(
            engine=engine,
            agents=agents,
            campaigns=campaigns,
            vault=keys.vault(),
            uploads=Uploads(engine, keys.fernet()),
            keys=key_store(engine),
            uploaded=jobs.wake,
            world=lambda: World(timedelta(0), 10),
            chances=Chances(lambda: 0.5),
            errands=lambda _: None,
        )
        async with transaction(engine) as connection:
            new = NewKey(TENANT, "test", list(SCOPES), "test", requests_per_second=1000)
            key = (await parts.keys.create(connection, new)).text()
        port: asyncio.Queue[int] = asyncio.Queue(1)
        api = dialer_api(parts, keys.fernet_keys)
        served = serve(api, "127.0.0.1", 0, listening=port.put_nowait)
        beside = [
            tasks.create_task(served, name="api"),
            tasks.create_task(jobs.run(), name="imports"),
        ]
        monkeypatch.setenv("DIALER_URL", f"http://127.0.0.1:{await port.get()}")
        monkeypatch.setenv("DIALER_API_KEY", key)
        await asyncio.to_thread(furnish)

        async def run(*arguments: str) -> Result:
            return await asyncio.to_thread(CliRunner().invoke, app, [*arguments])

        yield run
        for task in beside:
            task.cancel()


def furnish() -> None:
    with open_client() as client:
        client._answer("PUT", f"/v1/accounts/{ACCOUNT}", json={"cps": 5})
        client.post("/v1/from-numbers", {"number": "+12025550100"})


async def drafted(run: Run, *more: str) -> str:
    result = await run(
        *("campaign", "create", "Spring", "--agent", "receptionist"),
        *("--purpose", "informational", "--json", *more),
    )
    assert result.exit_code == 0, result.output
    found: str = json.loads(result.output)["id"]
    return found


async def test_a_campaign_goes_from_the_draft_to_its_cancel(run: Run) -> None:
    campaign = await drafted(run)

    said = [
        (await run("campaign", *command.split(), campaign)).output.strip()
        for command in ("start", "pause", "resume", "cancel")
    ]

    assert said == [f"Spring is {s}" for s in ("running", "pausing", "running", "cancelling")]
    listed = await run("campaign", "list")
    assert campaign in listed.output
    assert "cancelling" in listed.output


async def test_a_policy_comes_from_a_file(run: Run, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text('windows: [{opens: "09:00", closes: "17:00"}]\nretries: {max_attempts: 2}\n')

    campaign = await drafted(run, "--policy", str(policy), "--cps", "2", "--region", "US")

    found = json.loads((await run("campaign", "show", campaign, "--json")).output)["campaign"]
    assert found["policy"]["retries"]["max_attempts"] == 2
    assert (found["cps"], found["default_region"]) == (2, "US")


async def test_a_list_is_imported_and_its_mistakes_shown_and_kept(run: Run, tmp_path: Path) -> None:
    campaign = await drafted(run, "--region", "US")
    list_, report = tmp_path / "list.csv", tmp_path / "errors.csv"
    list_.write_text("Rufnummer;name\n(202) 555-0143;Ana\n911;Bea\n2025550143;Cy\n")

    result = await run(
        *("campaign", "import", campaign, str(list_), "--column", "Rufnummer=number"),
        *("--errors", str(report)),
    )

    assert result.exit_code == 0, result.output
    assert re.search("completed +1 added +1 duplicates +0 suppressed +1 rejected", result.output)
    assert "emergency_or_short_code" in result.output
    assert report.read_text().count("\n") == 3
    shown = await run("campaign", "show", campaign)
    assert "1 ready" in shown.output
    assert "campaign: draft" in shown.output


async def test_an_import_that_adds_nobody_fails(run: Run, tmp_path: Path) -> None:
    campaign = await drafted(run)
    list_ = tmp_path / "list.csv"
    list_.write_text("name\nAna\n")

    result = await run("campaign", "import", campaign, str(list_))

    assert result.exit_code == 1
    assert "no_number_column" in result.output


async def test_lines_of_json_are_imported(run: Run, tmp_path: Path) -> None:
    campaign = await drafted(run)
    list_ = tmp_path / "list.ndjson"
    list_.write_text('{"number": "+12025550143"}\n')

    result = await run("campaign", "import", campaign, str(list_), "--json")

    answer = result.output[result.output.index("{") :]  # the importer here logs beside it
    assert json.loads(answer)["accepted"] == 1


async def test_a_plan_names_the_gates(run: Run, tmp_path: Path) -> None:
    campaign = await drafted(run)
    list_ = tmp_path / "list.csv"
    list_.write_text("number\n+12025550143\n")
    await run("campaign", "import", campaign, str(list_))

    result = await run("campaign", "plan", campaign)

    assert "consent_missing" in result.output
    assert "0 now" in result.output


async def test_a_plan_says_what_keeps_a_campaign_from_starting(run: Run) -> None:
    wanted = ("A", "--agent", "receptionist", "--purpose", "informational", "--pool", "empty")
    created = await run("campaign", "create", *wanted, "--json")

    result = await run("campaign", "plan", json.loads(created.output)["id"])

    assert "does not start: The pool has no active number of the account." in result.output


async def test_watching_ends_with_the_campaign(run: Run, database_url: str) -> None:
    campaign = await drafted(run)
    connection = await asyncpg.connect(database_url, timeout=10)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(run("campaign", "watch", campaign), name="watch")
        await connection.execute("UPDATE dialer.campaign SET state = 'cancelled'")
    await connection.close()

    assert watching.result().exit_code == 0
    assert "cancelled" in watching.result().output


async def test_what_is_wrong_with_a_request_is_told_by_field(run: Run) -> None:
    result = await run(
        *("campaign", "create", "Spring", "--agent", "nobody", "--purpose", "informational")
    )

    assert result.exit_code == 1
    assert "agent_id: There is no such agent." in result.output


async def test_a_call_that_may_be_placed_is_on_its_way(run: Run) -> None:
    result = await run(
        *("call", "+12025550143", "--agent", "receptionist", "--purpose", "emergency"),
        *("--emergency-reason", "A water pipe has burst."),
    )

    assert result.exit_code == 0, result.output
    assert result.output.strip().endswith("ready")


async def test_an_emergency_is_not_called_without_its_reason(run: Run) -> None:
    result = await run(
        *("campaign", "create", "A", "--agent", "receptionist", "--purpose", "emergency")
    )

    assert result.exit_code == 1
    assert "emergency_reason: An emergency needs its reason." in result.output


async def test_marketing_needs_a_consent_with_its_time_and_source(run: Run) -> None:
    call = ("call", "+12025550143", "--agent", "receptionist", "--purpose", "marketing")
    written = ("--consent", "written")
    proof = ("--consent-at", "2026-11-01T10:00:00Z", "--consent-source", "web form")

    refused = await run(*call, *written)
    taken = await run(*call, *written, *proof, "--json")

    assert refused.exit_code == 1
    assert "consent" in refused.output
    assert taken.exit_code == 0, taken.output
    assert json.loads(taken.output)["contact"]["consent"]["source"] == "web form"


async def test_a_call_that_has_to_wait_says_why(run: Run) -> None:
    result = await run("call", "+12025550143", "--agent", "receptionist")

    assert "waits: consent, consent_missing" in result.output
    assert "+12025550143" not in result.output


@pytest.mark.parametrize("variable", ["name", "=Ana", "name="])
async def test_a_variable_is_written_as_a_pair(run: Run, variable: str) -> None:
    result = await run("call", "+12025550143", "--agent", "receptionist", "--var", variable)

    assert result.exit_code == 2
    assert "NAME=VALUE" in result.output


async def test_a_dialer_that_is_not_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DIALER_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("DIALER_API_KEY", "tk_x")

    result = CliRunner().invoke(app, ["campaign", "list"])

    assert result.exit_code == 1
    assert "cannot be reached" in result.output


async def test_a_key_that_is_not_valid_is_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALER_API_KEY", "tk_x")

    result = await run("campaign", "list")

    assert result.exit_code == 1
    assert "needs a valid API key" in result.output
