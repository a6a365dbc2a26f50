"""A wrong address of the database ends the start with a sentence that does not repeat it."""

from pathlib import Path

import pytest

from trunkline.database.engine import Limits
from trunkline.database.settings import DatabaseSettings
from trunkline.settings import load_settings


@pytest.fixture(autouse=True)
def _empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_limits_of_the_engine_come_from_the_settings() -> None:
    settings = DatabaseSettings(
        database_url="postgresql://u:p@localhost/db",
        database_connections=4,
        database_statement_timeout_seconds=2,
        database_lock_timeout_seconds=1,
    )

    assert settings.database_limits == Limits(connections=4, statement_seconds=2, lock_seconds=1)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite:///hunter2.db", "SQLite cannot be used"),
        ("sqlite+aiosqlite://", "SQLite cannot be used"),
        ("mysql://u:hunter2@localhost/db", "only PostgreSQL"),
        ("postgresql+psycopg://u:hunter2@localhost/db", "only PostgreSQL"),
        ("hunter2", "not a URL"),
        ("postgresql://u:hunter2@localhost:port/db", "not a URL"),
    ],
)
def test_another_database_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, url: str, why: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(SystemExit, match=f"DATABASE_URL is wrong: .*{why}") as stopped:
        load_settings(DatabaseSettings)

    assert "hunter2" not in str(stopped.value)


def test_a_missing_address_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)

    with pytest.raises(SystemExit, match="DATABASE_URL is not set"):
        load_settings(DatabaseSettings)
