"""What can be asked of the program besides running."""

import asyncpg
import pytest

from dialer.commands import acknowledge_restore, obey


def test_what_nobody_knows_is_answered_with_what_there_is() -> None:
    with pytest.raises(SystemExit, match="acknowledge-restore"):
        obey(["dance"])


def test_a_database_that_is_not_there_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    with pytest.raises(SystemExit, match="database cannot be reached"):
        obey(["acknowledge-restore"])


async def test_a_restored_database_is_acknowledged_once(
    database_url: str, connection: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    await connection.execute(
        "INSERT INTO dialer.fence (system_identifier, timeline_id, changed_at, acknowledged_by)"
        " VALUES ('1', 1, clock_timestamp(), 'operator must acknowledge')"
    )
    await acknowledge_restore(database_url)

    assert "compared" in capsys.readouterr().out
    assert await connection.fetchval("SELECT acknowledged_by FROM dialer.fence") == "command-line"


async def test_where_nothing_was_restored_nothing_waits(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await acknowledge_restore(database_url)

    assert "Nothing waited" in capsys.readouterr().out
