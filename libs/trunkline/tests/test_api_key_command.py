"""A key made at the command line."""

import pytest
from api_parts import SCHEMA
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.api.authenticate import Authenticator
from trunkline.api.key_command import create_key
from trunkline.api.key_store import KeyStore
from trunkline.database.transaction import transaction

SCOPES = ("campaigns:read", "campaigns:write")


async def test_a_key_is_printed_once_and_stored_nowhere(
    api_engine: AsyncEngine, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--tenant", "acme", "--scopes", "campaigns:write, campaigns:read", "--name", "CI"]
    await create_key([*words, "--expires-days", "30"], database_url, SCHEMA, SCOPES)
    said = capsys.readouterr()
    key = said.out.strip()
    principal = await Authenticator(KeyStore(api_engine, SCHEMA)).authenticate(f"Bearer {key}")
    async with transaction(api_engine) as connection:
        rows = await connection.execute(text(f"SELECT k::text FROM {SCHEMA}.api_key k"))
        audits = await connection.execute(text(f"SELECT a::text FROM {SCHEMA}.audit a"))
        stored = rows.scalar_one() + audits.scalar_one()

    assert (principal.tenant_id, principal.scopes) == ("acme", frozenset(SCOPES))
    assert said.out.count("\n") == 1
    assert key not in said.err
    assert key.rpartition("_")[2] not in stored
    assert "api_key.created" in stored


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--scopes", "campaigns:read"], "--tenant"),
        (["--tenant", "acme"], "--scopes"),
        (["--tenant", "acme", "--scopes", "campaigns:destroy"], "There are: campaigns:read"),
        (["--tenant", "acme", "--scopes", ","], "none given"),
        (
            ["--tenant", "a", "--scopes", "campaigns:read", "--requests-per-second", "0"],
            "above 0",
        ),
    ],
)
async def test_what_is_not_right_is_explained(
    capsys: pytest.CaptureFixture[str], words: list[str], why: str
) -> None:
    with pytest.raises(SystemExit):
        await create_key(words, "postgresql://nobody@127.0.0.1:1/nothing", SCHEMA, SCOPES)

    assert why in capsys.readouterr().err
