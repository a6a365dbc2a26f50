"""`trunkline calls` against the query API itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from typer.testing import CliRunner, Result

from intelligence_ingest.api.app import ingest_api
from intelligence_ingest.api.context import Parts
from intelligence_ingest.migrate import MIGRATIONS, SCHEMA
from trunkline.api.key_store import KeyStore, NewKey
from trunkline.database.engine import open_engine
from trunkline.database.migrate import migrate
from trunkline.database.transaction import transaction
from trunkline.health import serve
from trunkline.protect import NumberVault
from trunkline_cli.main import app

CALL = "CA" + "c" * 32
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

STORED = (
    """INSERT INTO intelligence.call (call_sid, filed_at, tenant_id, agent_id, direction,
       started_at, end_epoch, end_reason, ended_at, turns)
       VALUES (:call, :at, 'acme', 'receptionist', 'inbound', :at, 0, 'caller_hung_up',
               CAST(:at AS timestamptz) + interval '1 minute', 1)""",
    """INSERT INTO intelligence.turn (call_sid, turn, filed_at, tenant_id, epoch, agent_id,
       agent_version, language, asked, said, heard, interrupted, attempts, fillers, apologised,
       model, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, queued_ms,
       first_token_ms, total_ms, tools_ms, asked_at, first_words_ms, finished_at)
       VALUES (:call, 1, :at, 'acme', 0, 'receptionist', 'v1', 'en-US',
               'I want a [bold]refund[/bold]', 'Certainly.', 'Certainly', true, 1, 0, false,
               '', 0, 0, 0, 0, 0, 0, 0, 0, :at, 300, :at)""",
    """INSERT INTO intelligence.tool_use (call_sid, turn, use_id, filed_at, tenant_id, round, tool,
       status, model) VALUES (:call, 1, 'u', :at, 'acme', 0, 'refund', 'succeeded', '')""",
    """INSERT INTO intelligence.operator_result (subject_id, result_key, filed_at, tenant_id,
       source, call_sid, call_filed_at, operator_name, operator_type, label, score)
       VALUES (:call, 's', :at, 'acme', 'own', :call, :at, 'service-classifier', 'classifier',
               'refunds', 0.93)""",
)

Run = Callable[..., Coroutine[Any, Any, Result]]


@pytest.fixture
async def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Run]:
    """Runs the command line beside an API that knows one call."""
    await migrate(database_url, MIGRATIONS)
    fernet = Fernet.generate_key().decode()
    async with open_engine(database_url, "test") as engine, asyncio.TaskGroup() as tasks:
        async with transaction(engine) as connection:
            for statement in STORED:
                await connection.execute(text(statement), {"call": CALL, "at": AT})
            new = NewKey("acme", "test", ["calls:read"], "test", requests_per_second=1000)
            key = (await KeyStore(engine, SCHEMA).create(connection, new)).text()
        api = ingest_api(Parts(engine, NumberVault({"k1": b"p" * 32}, [fernet])), [fernet])
        port: asyncio.Queue[int] = asyncio.Queue(1)
        served = serve(api, "127.0.0.1", 0, listening=port.put_nowait)
        task = tasks.create_task(served, name="api")
        monkeypatch.setenv("INGEST_URL", f"http://127.0.0.1:{await port.get()}")
        monkeypatch.setenv("INGEST_API_KEY", key)

        async def run(*arguments: str) -> Result:
            return await asyncio.to_thread(CliRunner().invoke, app, ["calls", *arguments])

        yield run
        task.cancel()


async def test_calls_are_listed_by_filters(run: Run) -> None:
    found = json.loads((await run("list", "--label", "refunds", "--json")).output)
    nothing = json.loads((await run("list", "--agent", "nobody", "--json")).output)

    assert [call["call_sid"] for call in found["data"]] == [CALL]
    assert nothing["data"] == []
    assert "refunds" in (await run("list")).output


async def test_a_list_goes_on_behind_its_first_page(run: Run, database_url: str) -> None:
    other = "CA" + "d" * 32
    async with open_engine(database_url, "test") as engine, transaction(engine) as connection:
        await connection.execute(text(STORED[0]), {"call": other, "at": AT + timedelta(hours=1)})

    first = (await run("list", "--limit", "1")).output
    cursor = first.split("--cursor ")[1].strip()
    second = (await run("list", "--limit", "1", "--cursor", cursor)).output

    assert (other in first, CALL in second) == (True, True)
    assert "--cursor" not in second


async def test_a_call_is_read_as_a_conversation_with_its_results(run: Run) -> None:
    told = (await run("show", CALL)).output

    assert "customer: I want a [bold]refund[/bold]" in told  # words, not markup
    assert "agent: Certainly …interrupted" in told
    assert "tool: refund succeeded" in told
    assert "service-classifier:  refunds (0.93)" in told
    assert "caller_hung_up" in told


async def test_a_search_shows_where_the_words_were_spoken(run: Run) -> None:
    told = (await run("search", "refunds", "--agent", "receptionist")).output
    nothing = (await run("search", "refunds", "--agent", "nobody")).output

    assert CALL in told
    assert CALL not in nothing
    assert "customer: want a [bold]refund" in told


async def test_what_is_refused_is_told_as_a_sentence(run: Run) -> None:
    missing = await run("show", "CA0")
    wrong = await run("list", "--number", "4155")

    assert (missing.exit_code, wrong.exit_code) == (1, 1)
    assert "There is no such thing" in missing.output
    assert "query/number" in wrong.output


async def test_an_api_that_is_not_there_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGEST_URL", "http://127.0.0.1:1")

    result = await run("list")

    assert result.exit_code == 1
    assert "INGEST_URL" in result.output
