"""The tables that the dialer and the ingest need, and keys to their APIs."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.api.scopes import SCOPES as DIALER_SCOPES
from dialer.migrate import migrate as migrate_dialer
from intelligence_ingest.api.scopes import SCOPES as INGEST_SCOPES
from intelligence_ingest.migrate import MIGRATIONS, SCHEMA
from trunkline.api.key_command import ACTOR
from trunkline.api.key_store import KeyStore, NewKey
from trunkline.database.engine import open_engine
from trunkline.database.migrate import migrate
from trunkline.database.transaction import transaction
from trunkline_cli.stack.options import StackOptions

_TENANT = "default"
_KEY_LIVES = timedelta(days=7)  # each start makes them: they are not to pile up, usable for ever


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """A key to each API that runs, which may do what a tenant may; empty where none does."""

    dialer: str = field(default="", repr=False)
    ingest: str = field(default="", repr=False)


async def prepare_database(url: str, options: StackOptions) -> ApiKeys:
    """Bring the tables of what will run up to date, and make keys to its APIs."""
    dialer = ingest = ""
    async with open_engine(url, "trunkline-up") as engine:
        if options.dialers:
            await migrate_dialer(url)
            dialer = await _key(engine, "dialer", DIALER_SCOPES.keys() - {"platform:admin"})
        if options.ingests:
            await migrate(url, MIGRATIONS)
            ingest = await _key(engine, SCHEMA, INGEST_SCOPES)
    return ApiKeys(dialer, ingest)


async def _key(engine: AsyncEngine, schema: str, scopes: Collection[str]) -> str:
    """As the services' own `create-key` makes it."""
    new = NewKey(_TENANT, "local stack", sorted(scopes), ACTOR, expires_in=_KEY_LIVES)
    async with transaction(engine) as connection:
        return (await KeyStore(engine, schema).create(connection, new)).text()
